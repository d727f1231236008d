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
package io.prestosql.querylog;

import io.prestosql.querylog.ReferenceQueryLogStore.Defect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * Checks that {@link AbstractTestQueryLog} finds every defect of a store.
 */
@Execution(CONCURRENT)
public class TestBrokenQueryLogs
{
    @ParameterizedTest
    @EnumSource(Defect.class)
    public void testDefectIsFound(Defect defect)
            throws Exception
    {
        assertThat(failingTest(Set.of(defect)))
                .as("test that fails for a store that %s", defect)
                .isPresent();
    }

    @Test
    public void testNothingIsFoundWithoutDefect()
            throws Exception
    {
        assertThat(failingTest(Set.of())).isEmpty();
    }

    private static Optional<String> failingTest(Set<Defect> defects)
            throws Exception
    {
        List<Method> tests = Arrays.stream(AbstractTestQueryLog.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .sorted(Comparator.comparing(Method::getName))
                .collect(toImmutableList());
        assertThat(tests).hasSizeGreaterThan(20);
        for (Method test : tests) {
            AbstractTestQueryLog suite = new AbstractTestQueryLog()
            {
                @Override
                protected QueryLogFixture createFixture()
                {
                    return new ReferenceQueryLogStore(3, Duration.ofMillis(defects.isEmpty() ? 30_000 : 1_000), defects);
                }
            };
            suite.createStore();
            try {
                test.invoke(suite);
            }
            catch (InvocationTargetException e) {
                return Optional.of(test.getName());
            }
            finally {
                suite.removeStore();
            }
        }
        return Optional.empty();
    }
}
