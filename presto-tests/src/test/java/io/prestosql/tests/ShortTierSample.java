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
import io.prestosql.testing.TestingTier;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.reflect.Method;
import java.util.Set;
import java.util.stream.Stream;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

/**
 * Runs the short tier's part of an engine suite, which {@link EngineSuite} describes. The part is the same in every run, but differs
 * between two classes with the same suite.
 */
final class ShortTierSample
        implements ExecutionCondition
{
    /**
     * Returns the samples as a Markdown table.
     */
    static String table(Set<Class<?>> suites)
    {
        return suites.stream()
                .sorted(comparing(Class::getSimpleName))
                .map(suite -> {
                    EngineSuite engineSuite = suite.getAnnotation(EngineSuite.class);
                    return "| `%s` | %s | %s |\n".formatted(
                            suite.getSimpleName(),
                            engineSuite.shortTierOneIn(),
                            Stream.of(engineSuite.shortTierAlways()).map("`%s`"::formatted).collect(joining(", ")));
                })
                .collect(joining("", "| class | one case in | and always |\n| --- | --- | --- |\n", ""));
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context)
    {
        if (context.getTestMethod().isEmpty()) {
            return enabled("decided case by case");
        }
        return TestingTier.isLong() || isSampled(context.getRequiredTestClass(), context.getRequiredTestMethod())
                ? enabled("in this tier")
                : disabled("in the long tier only");
    }

    static boolean isSampled(Class<?> suite, Method test)
    {
        EngineSuite engineSuite = suite.getAnnotation(EngineSuite.class);
        return ImmutableList.copyOf(engineSuite.shortTierAlways()).contains(test.getName()) ||
                Math.floorMod((suite.getSimpleName() + "." + test.getName()).hashCode(), engineSuite.shortTierOneIn()) == 0;
    }
}
