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
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks the part of good prose that a program can check: short lines, and sentences that name who acts.
 */
public class TestProse
{
    private static final int MAX_LINE = 120;
    private static final Pattern NAMELESS = Pattern.compile("(?i)\\b(whoever|somebody|nobody|anybody|whatever|everybody|whichever)\\b");
    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|(?m)(?<=^|\\s)//[^\\n]*");
    private static final Pattern NAMELESS_IN_NAME = Pattern.compile("\\b(?:[a-z]\\w*)?(?:Whoever|Somebody|Nobody|Anybody|Whatever|Everybody|Whichever)\\w*\\s*\\(|\\b[A-Z_]*(?:SOME|NO|ANY|EVERY)BODY[A-Z_]*\\b");
    /** A log line or an address, which has to stay in one piece. */
    private static final Pattern ONE_PIECE = Pattern.compile("\\s*(- )?(`[^`]*`|\\S*https?://\\S*)[.,;:]?");
    private static final List<String> MODULES = List.of("presto-spi", "presto-main", "presto-local-cluster", "presto-tests", "presto-product-tests", "presto-docs");

    @Test
    public void testLinesOfPagesAreShort()
            throws IOException
    {
        List<String> tooLong = new ArrayList<>();
        Sources.pages().forEach((page, text) -> {
            for (Line line : proseOf(text)) {
                if (line.text().length() > MAX_LINE && !line.text().strip().startsWith("|") && !ONE_PIECE.matcher(line.text()).matches()) {
                    tooLong.add("%s:%s has %s characters".formatted(Sources.ROOT.relativize(page), line.number(), line.text().length()));
                }
            }
        });
        assertThat(tooLong).as("Lines of more than %s characters; wrap them", MAX_LINE).isEmpty();
    }

    @Test
    public void testPagesNameWhoActs()
            throws IOException
    {
        List<String> found = new ArrayList<>();
        Sources.pages().forEach((page, text) -> {
            for (Line line : proseOf(text)) {
                NAMELESS.matcher(line.text()).results().forEach(match -> found.add("%s:%s says '%s'".formatted(Sources.ROOT.relativize(page), line.number(), match.group())));
            }
        });
        assertThat(found).as("Sentences that do not name who acts: a caller, no dispatcher, any client, each coordinator").isEmpty();
    }

    @Test
    public void testCommentsNameWhoActs()
            throws IOException
    {
        List<String> found = new ArrayList<>();
        int comments = 0;
        for (String module : MODULES) {
            for (Path file : Sources.files(Sources.ROOT.resolve(module).resolve("src"), ".java")) {
                for (MatchResult comment : COMMENT.matcher(Files.readString(file)).results().toList()) {
                    comments++;
                    NAMELESS.matcher(comment.group()).results().forEach(match -> found.add("%s says '%s': %s".formatted(file.getFileName(), match.group(), comment.group())));
                }
            }
        }
        assertThat(comments).isGreaterThan(2000);
        assertThat(found).as("Comments that do not name who acts: a caller, no dispatcher, any client, each coordinator").isEmpty();
    }

    @Test
    public void testNamesNameWhoActs()
            throws IOException
    {
        List<String> found = new ArrayList<>();
        for (String module : MODULES) {
            for (Path file : Sources.files(Sources.ROOT.resolve(module).resolve("src"), ".java")) {
                NAMELESS_IN_NAME.matcher(Files.readString(file)).results().forEach(match -> found.add("%s has %s".formatted(file.getFileName(), match.group())));
            }
        }
        assertThat(found).as("Names of methods and constants that do not name who acts").isEmpty();
    }

    private record Line(int number, String text) {}

    /**
     * Returns the lines of a page that are not code.
     */
    private static List<Line> proseOf(String page)
    {
        List<Line> lines = new ArrayList<>();
        boolean code = false;
        int number = 0;
        for (String text : page.lines().toList()) {
            number++;
            if (text.strip().startsWith("```")) {
                code = !code;
            }
            else if (!code) {
                lines.add(new Line(number, text));
            }
        }
        return lines;
    }
}
