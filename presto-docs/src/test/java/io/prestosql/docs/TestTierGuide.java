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
package io.prestosql.docs;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

public class TestTierGuide
{
    private static final Pattern TEST = Pattern.compile("`(Test\\w+)`");
    private static final Pattern LONG_CLASS = Pattern.compile("^@Tag\\(\"long\"\\)", Pattern.MULTILINE);

    /**
     * The table names the tests of the short tier that show each capability: all of them exist, and run in that tier.
     */
    @Test
    public void testTestsOfShortTier()
            throws IOException
    {
        Set<String> named = TEST.matcher(String.join("\n", Sources.section("developer/tests.md", "Capabilities in the short tier"))).results()
                .map(MatchResult::group)
                .map(name -> name.replace("`", ""))
                .collect(toCollection(TreeSet::new));
        assertThat(named).isNotEmpty();

        Map<String, String> tests = tests();
        assertThat(tests.keySet()).containsAll(named);
        assertThat(named).noneMatch(name -> LONG_CLASS.matcher(tests.get(name)).find());
    }

    private static Map<String, String> tests()
            throws IOException
    {
        Map<String, String> tests = new TreeMap<>();
        for (String module : new String[] {"presto-docs", "presto-local-cluster", "presto-main", "presto-product-tests", "presto-tests"}) {
            try (Stream<Path> files = Files.walk(Sources.ROOT.resolve(module).resolve("src/test/java"))) {
                for (Path file : files.filter(path -> path.getFileName().toString().matches("Test\\w+\\.java")).toList()) {
                    tests.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return tests;
    }
}
