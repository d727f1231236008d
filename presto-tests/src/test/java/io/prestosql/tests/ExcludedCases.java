/*
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.prestosql.tests;

import com.google.common.collect.ImmutableList;
import io.trino.testing.AbstractDistributedEngineOnlyQueries;
import io.trino.testing.AbstractTestJoinQueries;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

/**
 * Excludes the cases of the engine's own suites that do not run here, with the reasons. Every suite has to be extended with it.
 */
final class ExcludedCases
        implements ExecutionCondition
{
    /** The case reads statistics, or cancels, through the Java objects of a single stock coordinator. */
    private static final String LOOKS_INTO_A_STOCK_COORDINATOR = "looks into the Java objects of a stock coordinator";

    /**
     * The case writes into the session's catalog. The available connectors that take tables keep them in the memory of one coordinator, and
     * there are two coordinators.
     */
    private static final String WRITES_TABLES = "writes tables, which the memory connector keeps in one coordinator";

    static final List<ExcludedCase> EXCLUDED_CASES = ImmutableList.of(
            new ExcludedCase(AbstractDistributedEngineOnlyQueries.class, "testQueryTransitionsToRunningState", LOOKS_INTO_A_STOCK_COORDINATOR),
            new ExcludedCase(AbstractTestJoinQueries.class, "testOutputDuplicatesInsensitiveJoin", LOOKS_INTO_A_STOCK_COORDINATOR),
            new ExcludedCase(AbstractDistributedEngineOnlyQueries.class, "testCreateTableAsTable", WRITES_TABLES),
            new ExcludedCase(AbstractDistributedEngineOnlyQueries.class, "testImplicitCastToRowWithFieldsRequiringDelimitation", WRITES_TABLES),
            new ExcludedCase(AbstractDistributedEngineOnlyQueries.class, "testInsertTableIntoTable", WRITES_TABLES),
            new ExcludedCase(AbstractDistributedEngineOnlyQueries.class, "testInsertWithCoercion", WRITES_TABLES));

    /**
     * Returns the list as a Markdown table.
     */
    static String table()
    {
        return EXCLUDED_CASES.stream()
                .map(excluded -> "| `%s` | `%s` | %s |\n".formatted(excluded.test(), excluded.suite().getSimpleName(), excluded.reason()))
                .collect(joining("", "| case | suite | why |\n| --- | --- | --- |\n", ""));
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context)
    {
        Optional<Method> method = context.getTestMethod();
        return EXCLUDED_CASES.stream()
                .filter(excluded -> method.map(Method::getName).equals(Optional.of(excluded.test())))
                .filter(excluded -> excluded.suite().isAssignableFrom(context.getRequiredTestClass()))
                .findFirst()
                .map(excluded -> disabled(excluded.reason()))
                .orElseGet(() -> enabled("not excluded"));
    }

    record ExcludedCase(Class<?> suite, String test, String reason)
    {
        ExcludedCase
        {
            requireNonNull(suite, "suite is null");
            requireNonNull(test, "test is null");
            requireNonNull(reason, "reason is null");
        }
    }
}
