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
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.util.Locale.ENGLISH;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The tables of our properties list exactly the properties in the sources, with the same defaults.
 */
public class TestConfigurationReference
{
    private static final Pattern CONFIG = Pattern.compile("@Config\\(\"([^\"]+)\"\\)");
    private static final Pattern CONFIG_OF_ANOTHER_FORM = Pattern.compile("@(LegacyConfig|DefunctConfig|Config\\([^\"])");
    private static final Pattern DURATION_FIELD = Pattern.compile("private Duration (\\w+) = new Duration\\((\\d+), (\\w+)\\);");
    private static final Pattern DURATION_SETTER = Pattern.compile("@Config\\(\"([^\"]+)\"\\)\\s+(?:@ConfigDescription\\([^\\n]*\\)\\s+)?public \\w+ set(\\w+)\\(Duration ");
    private static final Map<String, String> UNITS = Map.of("MILLISECONDS", "ms", "SECONDS", "s", "MINUTES", "m", "HOURS", "h", "DAYS", "d");

    // the header of every table of our properties; tables of the engine's properties have a different one
    private static final String HEADER = "| Property | Roles | Default | Type and range | Meaning |";
    private static final Pattern ROW = Pattern.compile("^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$");

    @Test
    public void testEveryPropertyIsDocumented()
            throws IOException
    {
        Set<String> properties = new TreeSet<>();
        for (String source : Sources.classes().values()) {
            CONFIG.matcher(source).results()
                    .map(match -> match.group(1))
                    .forEach(properties::add);
        }
        assertThat(properties).contains("node.role", "discovery.uri");
        assertThat(documentedDefaults().keySet()).containsExactlyInAnyOrderElementsOf(properties);
    }

    /**
     * The other tests would miss properties of another form.
     */
    @Test
    public void testNoPropertyIsWrittenInAnotherForm()
            throws IOException
    {
        Sources.classes().forEach((name, source) ->
                assertThat(CONFIG_OF_ANOTHER_FORM.matcher(source).results().map(MatchResult::group))
                        .as(name)
                        .isEmpty());
    }

    @Test
    public void testDefaultsOfDurations()
            throws IOException
    {
        Map<String, String> documented = documentedDefaults();
        Map<String, String> actual = new TreeMap<>();
        for (String source : Sources.classes().values()) {
            Map<String, String> fields = new HashMap<>();
            DURATION_FIELD.matcher(source).results()
                    .forEach(field -> fields.put(field.group(1).toLowerCase(ENGLISH), "`%s%s`".formatted(field.group(2), UNITS.get(field.group(3)))));
            DURATION_SETTER.matcher(source).results()
                    .forEach(setter -> actual.put(setter.group(1), fields.getOrDefault(setter.group(2).toLowerCase(ENGLISH), "none")));
        }
        assertThat(actual).isNotEmpty();
        assertThat(documented).containsAllEntriesOf(actual);
    }

    private static Map<String, String> documentedDefaults()
            throws IOException
    {
        Map<String, String> defaults = new TreeMap<>();
        boolean inTable = false;
        for (String line : Sources.page("configuration.md")) {
            inTable = line.equals(HEADER) || (inTable && line.startsWith("|"));
            if (!inTable || line.equals(HEADER) || line.startsWith("| ---")) {
                continue;
            }
            Matcher row = ROW.matcher(line);
            assertThat(row.find()).as(line).isTrue();
            assertThat(defaults.put(row.group(1), row.group(3))).as("another row for %s", row.group(1)).isNull();
        }
        return defaults;
    }
}
