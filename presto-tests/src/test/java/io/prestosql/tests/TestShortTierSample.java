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

import io.airlift.log.Logger;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The short tier runs a part of every engine suite, and the README says how much.
 */
public class TestShortTierSample
{
    private static final Logger log = Logger.get(TestShortTierSample.class);

    private static final int LEAST = 4;

    @Test
    public void testReadme()
            throws IOException
    {
        String table = ShortTierSample.table(TestExcludedCases.suites());
        log.info("What the short tier runs of the engine's own suites:\n%s", table);
        assertThat(Files.readString(Path.of(System.getProperty("basedir", "."), "README.md"))).contains("\n\n" + table + "\n");
    }

    @Test
    public void testSamples()
    {
        for (Class<?> suite : TestExcludedCases.suites()) {
            List<Method> tests = Stream.of(suite.getMethods())
                    .filter(method -> method.isAnnotationPresent(Test.class))
                    .collect(toImmutableList());
            List<String> sample = tests.stream()
                    .filter(test -> ShortTierSample.isSampled(suite, test))
                    .map(Method::getName)
                    .sorted()
                    .collect(toImmutableList());
            log.info("%s: %s of %s cases: %s", suite.getSimpleName(), sample.size(), tests.size(), sample);
            assertThat(sample).as(suite.getName())
                    .containsAll(List.of(suite.getAnnotation(EngineSuite.class).shortTierAlways()))
                    .hasSizeBetween(LEAST, tests.size() / 2);
        }
    }
}
