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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.util.Locale.ENGLISH;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Links between pages, and to files of the repository, have existing targets.
 */
public class TestLinks
{
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]*)(?:#([^)]*))?\\)");

    @Test
    public void testLinks()
            throws IOException
    {
        Map<Path, String> pages = Sources.pages();
        for (Map.Entry<Path, String> page : pages.entrySet()) {
            Matcher link = LINK.matcher(page.getValue());
            while (link.find()) {
                Path target = link.group(1).isEmpty() ? page.getKey() : page.getKey().resolveSibling(link.group(1)).normalize();
                assertThat(target).as("%s in %s", link.group(), page.getKey()).satisfies(path -> assertThat(Files.exists(path)).isTrue());
                if (link.group(2) != null) {
                    assertThat(Files.readAllLines(target).stream()
                            .filter(line -> line.startsWith("#"))
                            .map(TestLinks::anchor))
                            .as("%s in %s", link.group(), page.getKey())
                            .contains(link.group(2));
                }
            }
        }
    }

    private static String anchor(String heading)
    {
        return heading.replaceFirst("^#+ ", "")
                .toLowerCase(ENGLISH)
                .replaceAll("[^\\w -]", "")
                .replace(' ', '-');
    }
}
