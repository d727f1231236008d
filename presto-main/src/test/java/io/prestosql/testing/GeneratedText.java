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
package io.prestosql.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static com.google.common.base.Preconditions.checkArgument;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks text in the repository that a test can generate: a whole file, or a section of a page between two comments. The test fails when
 * the text is out of date; with {@code -Dgenerate} it updates the text instead.
 */
public final class GeneratedText
{
    private static final boolean GENERATE = System.getProperty("generate") != null;

    private GeneratedText() {}

    /** Returns whether this run updates the texts. */
    public static boolean isGenerated()
    {
        return GENERATE;
    }

    /**
     * @param file the path below the root of the repository
     */
    public static void assertFile(String file, String text)
    {
        String written = Files.exists(path(file)) ? read(file) : "";
        assertText(file, written, text, text);
    }

    /**
     * @param page the path below the root of the repository
     * @param section the name of the section, which is between {@code <!-- generated: SECTION -->} and {@code <!-- end of SECTION -->}
     */
    public static void assertSection(String page, String section, String text)
    {
        String begin = "<!-- generated: %s -->\n".formatted(section);
        String end = "<!-- end of %s -->".formatted(section);
        String whole = read(page);
        int from = whole.indexOf(begin) + begin.length();
        int to = whole.indexOf(end);
        checkArgument(from >= begin.length() && to >= from, "%s has no section between %s and %s", page, begin.strip(), end);
        String stripped = text.strip() + "\n";
        assertText(page, whole.substring(from, to), stripped, whole.substring(0, from) + stripped + whole.substring(to));
    }

    private static void assertText(String file, String written, String text, String whole)
    {
        if (GENERATE && !written.equals(text)) {
            try {
                Files.writeString(path(file), whole);
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return;
        }
        assertThat(written)
                .as("%s is out of date. Run this test once more with -Dgenerate, which writes it, look at the difference, and commit it", file)
                .isEqualTo(text);
    }

    public static String read(String file)
    {
        try {
            return Files.readString(path(file));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path path(String file)
    {
        // tests run in their module's directory
        return Path.of("..").resolve(file);
    }
}
