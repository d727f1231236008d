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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Remembers the {@code query-log.peers} with which the log was last opened, to notice a change without a higher version before it does
 * harm: a member that believes it belongs to a new group would let the others overwrite its records. Addresses may change.
 */
final class KnownPeers
{
    private static final String FILE = "peers";

    private KnownPeers() {}

    /**
     * @throws IllegalArgumentException when the configuration is neither the known one nor a later one
     */
    static void check(Path directory, long version, List<PeerAddress> peers, boolean hasLog)
    {
        Path file = directory.resolve(FILE);
        if (!hasLog || !Files.exists(file)) {
            return;
        }
        Known read = read(file);
        long knownVersion = read.version();
        List<String> known = read.peers();
        if (version < knownVersion) {
            throw new IllegalArgumentException("query-log.peers-version is %s, but this dispatcher has worked with version %s already (%s): set both properties as they are on the other dispatchers".formatted(version, knownVersion, known));
        }
        // members are identified by their ids; their addresses come from the configuration
        if (version == knownVersion && !nodeIds(known).equals(nodeIds(lines(peers)))) {
            throw new IllegalArgumentException("query-log.peers is %s, but was %s in the same query-log.peers-version %s: raise query-log.peers-version on all dispatchers".formatted(lines(peers), known, version));
        }
    }

    private record Known(long version, List<String> peers) {}

    private static Known read(Path file)
    {
        try {
            List<String> lines = Files.readAllLines(file, UTF_8).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .collect(toImmutableList());
            checkArgument(!lines.isEmpty(), "it is empty");
            List<String> peers = lines.subList(1, lines.size());
            peers.forEach(peer -> checkArgument(peer.indexOf('@') > 0, "'%s' is no peer", peer));
            return new Known(Long.parseLong(lines.getFirst()), peers);
        }
        catch (CharacterCodingException | IllegalArgumentException e) {
            throw new IllegalArgumentException(("%s is damaged, in which this dispatcher keeps query-log.peers-version and query-log.peers (%s): " +
                    "restore the file, or remove it when both properties are as they were").formatted(file, e.getMessage()));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path directory, long version, List<PeerAddress> peers)
            throws IOException
    {
        DurableFile.write(directory.resolve(FILE), version + "\n" + String.join("\n", lines(peers)));
    }

    private static List<String> nodeIds(List<String> lines)
    {
        return lines.stream()
                .map(line -> line.substring(0, line.indexOf('@')))
                .toList();
    }

    private static List<String> lines(List<PeerAddress> peers)
    {
        return peers.stream()
                .map(PeerAddress::toString)
                .sorted()
                .toList();
    }
}
