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

import com.google.common.reflect.ClassPath;
import io.airlift.log.Logger;
import io.prestosql.testing.SharedQueryRunner;
import io.prestosql.tests.ExcludedCases.ExcludedCase;
import io.trino.testing.AbstractTestQueryFramework;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.tests.ExcludedCases.EXCLUDED_CASES;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The cases that are left out of the engine's suites are known: they are in one list, which is printed here and shown in the README.
 */
public class TestExcludedCases
{
    private static final Logger log = Logger.get(TestExcludedCases.class);

    @Test
    public void testReadme()
            throws IOException
    {
        log.info("Cases of the engine's own suites that do not run:\n%s", ExcludedCases.table());
        assertThat(Files.readString(Path.of(System.getProperty("basedir", "."), "README.md"))).contains("\n\n" + ExcludedCases.table() + "\n");
    }

    @Test
    public void testEveryCaseExists()
    {
        for (ExcludedCase excluded : EXCLUDED_CASES) {
            assertThat(Stream.of(excluded.suite().getMethods())
                    .filter(method -> method.isAnnotationPresent(Test.class))
                    .map(Method::getName))
                    .as(excluded.toString())
                    .contains(excluded.test());
            assertThat(suites()).as(excluded.toString()).anyMatch(excluded.suite()::isAssignableFrom);
        }
    }

    @Test
    public void testNothingElseIsExcluded()
    {
        assertThat(suites()).hasSize(11);
        assertThat(EngineSuite.class.getAnnotation(ExtendWith.class).value()).isEqualTo(new Class<?>[] {ExcludedCases.class, ShortTierSample.class, SharedQueryRunner.class});
        for (Class<?> suite : suites()) {
            // no other condition or tag
            assertThat(suite.getDeclaredAnnotations()).as(suite.getName()).singleElement().isInstanceOf(EngineSuite.class);
            // no case is switched off or replaced
            List<String> others = suite == TestSpilledQueries.class ? List.of("startOthers", "runOthers", "checkOthers", "spilledBytes") : List.of();
            assertThat(List.of(suite.getDeclaredMethods()))
                    .filteredOn(method -> !method.isSynthetic())
                    .extracting(Method::getName)
                    .filteredOn(method -> !others.contains(method))
                    .containsExactly("createQueryRunner");
        }
    }

    /**
     * Returns the engine's suites in this package.
     */
    static Set<Class<?>> suites()
    {
        try {
            return ClassPath.from(TestExcludedCases.class.getClassLoader()).getTopLevelClasses(TestExcludedCases.class.getPackageName()).stream()
                    .map(ClassPath.ClassInfo::load)
                    .filter(AbstractTestQueryFramework.class::isAssignableFrom)
                    .collect(toImmutableSet());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
