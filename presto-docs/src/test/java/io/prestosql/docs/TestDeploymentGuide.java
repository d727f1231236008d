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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Everything that the guide tells operators to watch exists in the sources.
 */
public class TestDeploymentGuide
{
    private static final Pattern MANAGED = Pattern.compile("@Managed\\([^\\n]*\\)\\s+public [\\w<>]+ (?:get|is)(\\w+)\\(");
    private static final Pattern EXPORT = Pattern.compile("\\.export\\((\\w+)\\.class\\)\\.as\\(\"([\\w.]+):name=(\\w+)\"\\)");
    /** One bean for each of several things. */
    private static final Pattern EXPORT_OF_EACH = Pattern.compile("\\.export\\(\"([\\w.]+):name=(\\w+),\\w+=%s\"\\.formatted\\([^\\n]*\\), new (\\w+)\\(");
    private static final Pattern BEAN_ROW = Pattern.compile("^\\| (?:`([\\w.]+):name=(\\w+)(?:,\\w+=[A-Z]+)?`[^|]*)? ?\\|[^|]*\\| `(\\w+)` \\|");
    private static final Pattern LINE_ROW = Pattern.compile("^\\| `([^`]+)` \\|");

    @Test
    public void testAttributesOfBeans()
            throws IOException
    {
        Set<String> actual = new TreeSet<>();
        Map<String, String> names = namesOfBeans();
        Sources.classes().forEach((name, source) -> MANAGED.matcher(source).results()
                .forEach(attribute -> actual.add(names.get(name.substring(name.lastIndexOf('.') + 1)) + "." + attribute.group(1))));
        assertThat(actual).isNotEmpty();

        Set<String> documented = new TreeSet<>();
        String bean = null;
        for (String line : Sources.section("deployment.md", "Our beans")) {
            Matcher row = BEAN_ROW.matcher(line);
            if (row.find()) {
                bean = row.group(1) == null ? bean : row.group(1) + "." + row.group(2);
                documented.add(bean + "." + row.group(3));
            }
        }
        assertThat(documented).containsExactlyElementsOf(actual);
    }

    /**
     * Returns the names under which classes are exported to JMX, by simple class name.
     */
    private static Map<String, String> namesOfBeans()
            throws IOException
    {
        Map<String, String> names = new HashMap<>();
        Sources.classes().values().forEach(source -> {
            EXPORT.matcher(source).results()
                    .forEach(export -> names.put(export.group(1), export.group(2) + "." + export.group(3)));
            EXPORT_OF_EACH.matcher(source).results()
                    .forEach(export -> names.put(export.group(3), export.group(1) + "." + export.group(2)));
        });
        return names;
    }

    @Test
    public void testLogLines()
            throws IOException
    {
        List<String> lines = new ArrayList<>();
        for (String line : Sources.section("deployment.md", "Log lines")) {
            Matcher row = LINE_ROW.matcher(line);
            if (row.find()) {
                lines.add(row.group(1));
            }
        }
        assertThat(lines).isNotEmpty();
        String sources = String.join("\n", Sources.classes().values());
        assertThat(lines).allSatisfy(line -> assertThat(sources).contains("\"" + line + "\""));
    }
}
