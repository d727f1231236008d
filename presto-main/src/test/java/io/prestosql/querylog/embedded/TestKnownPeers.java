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
package io.prestosql.querylog.embedded;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestKnownPeers
{
    private static final PeerAddress A = PeerAddress.parse("a@one:1");
    private static final PeerAddress B = PeerAddress.parse("b@two:1");
    private static final PeerAddress C = PeerAddress.parse("c@three:1");
    private static final PeerAddress D = PeerAddress.parse("d@four:1");

    @TempDir
    private Path directory;

    @Test
    public void testChanges()
            throws IOException
    {
        KnownPeers.check(directory, 1, List.of(A, B, C), false);
        KnownPeers.write(directory, 2, List.of(A, B, C));
        KnownPeers.check(directory, 2, List.of(C, A, B), true);
        KnownPeers.check(directory, 3, List.of(A, B, D), true);
        assertThatThrownBy(() -> KnownPeers.check(directory, 2, List.of(A, B, D), true))
                .hasMessage("query-log.peers is [a@one:1, b@two:1, d@four:1], but was [a@one:1, b@two:1, c@three:1] in the same query-log.peers-version 2: raise query-log.peers-version on all dispatchers");
        assertThatThrownBy(() -> KnownPeers.check(directory, 1, List.of(A, B, C), true))
                .hasMessageContaining("query-log.peers-version is 1, but this dispatcher has worked with version 2 already");
        // after the log was removed
        KnownPeers.check(directory, 3, List.of(A, B, D), false);
    }

    @Test
    public void testAddressesChange()
            throws IOException
    {
        KnownPeers.write(directory, 1, List.of(A, B, C));
        KnownPeers.check(directory, 1, List.of(A, B, PeerAddress.parse("c@four:2")), true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "one\na@one:1", "a@one:1\nb@two:1", "2\n@one:1", "2\na", "99999999999999999999\na@one:1", "\u00FF\u00FE"})
    public void testDamaged(String content)
            throws IOException
    {
        Path file = Files.writeString(directory.resolve("peers"), content, ISO_8859_1);
        assertThatThrownBy(() -> KnownPeers.check(directory, 2, List.of(A, B, C), true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("%s is damaged, in which this dispatcher keeps query-log.peers-version and query-log.peers", file)
                .hasMessageEndingWith("restore the file, or remove it when both properties are as they were");
        Files.delete(file);
        KnownPeers.check(directory, 2, List.of(A, B, C), true);
    }

    /**
     * An editor may leave such spaces in the file.
     */
    @Test
    public void testSpaces()
            throws IOException
    {
        Files.writeString(directory.resolve("peers"), "2\r\na@one:1\r\n b@two:1 \r\nc@three:1\r\n\r\n");
        KnownPeers.check(directory, 2, List.of(A, B, C), true);
        assertThatThrownBy(() -> KnownPeers.check(directory, 2, List.of(A, B, D), true))
                .hasMessageContaining("raise query-log.peers-version");
    }

    @Test
    public void testFromSingleMemberToPeers()
            throws IOException
    {
        KnownPeers.write(directory, 1, List.of());
        KnownPeers.check(directory, 1, List.of(), true);
        assertThatThrownBy(() -> KnownPeers.check(directory, 1, List.of(A, B, C), true))
                .hasMessageContaining("raise query-log.peers-version");
        KnownPeers.check(directory, 2, List.of(A, B, C), true);
    }
}
