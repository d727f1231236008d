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

import org.apache.ratis.proto.RaftProtos.LogEntryProto;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

import static com.google.common.collect.ImmutableSortedSet.toImmutableSortedSet;
import static com.google.common.collect.Iterables.getOnlyElement;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.naturalOrder;

/**
 * Remembers which member of the group the log in a folder belongs to. The other members count its votes under its id, and the log has the
 * id in its list of members. So the id stays with the data, even when {@code node.id} changes.
 * <p>
 * Release 476-1 used {@code node.id} as the member's id and did not write it down. The id is then read from the files of Ratis.
 */
final class KnownMember
{
    private static final String FILE = "member";

    private KnownMember() {}

    /**
     * @param nodeId the {@code node.id} of this process, which becomes the member's id in a new log
     * @return the id under which the log in the folder is opened
     * @throws IllegalArgumentException when the log in the folder belongs to another dispatcher, or needs other peers
     */
    static String check(Path directory, String nodeId, List<PeerAddress> peers, long peersVersion)
    {
        if (!RaftMember.exists(directory)) {
            return nodeId;
        }
        try {
            Set<String> group = group(directory);
            Optional<String> known = read(directory);
            if (peers.isEmpty()) {
                if (group.size() > 1) {
                    throw new IllegalArgumentException(("query-log.peers is not set, but the query log in %s is kept by %s, and more than half of them have to be up: " +
                            "set node.id, query-log.peers and query-log.peers-version as they were").formatted(directory, group));
                }
                if (known.isPresent() && group.size() == 1 && !group.contains(known.get())) {
                    throw new IllegalArgumentException(("%s says that the query log is that of dispatcher %s, but the log itself says that it is that of %s: " +
                            "restore the file, or remove it").formatted(directory.resolve(FILE), known.get(), getOnlyElement(group)));
                }
                return known
                        .or(() -> group.isEmpty() ? votedFor(directory) : Optional.of(getOnlyElement(group)))
                        .orElse(nodeId);
            }
            // a member that is being added to a log of one has the list of members of that log, and has never voted
            Optional<String> member = known.or(() -> group.size() <= 1 ? votedFor(directory) : Optional.empty());
            if (member.isPresent() && !member.get().equals(nodeId)) {
                throw new IllegalArgumentException(("node.id is %s, but the query log in %s is that of dispatcher %s: set node.id=%s, and list this dispatcher so in query-log.peers on all dispatchers. " +
                        "If it is to be a new peer, remove the folder and raise query-log.peers-version on all dispatchers").formatted(nodeId, directory, member.get(), member.get()));
            }
            if (member.isEmpty() && peersVersion == 1 && !group.isEmpty() && !group.contains(nodeId)) {
                throw new IllegalArgumentException("node.id is %s, but the query log in %s is kept by %s: set node.id and query-log.peers as they were".formatted(nodeId, directory, group));
            }
            return nodeId;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the id down, unless the file has it already.
     */
    static void write(Path directory, String memberId)
            throws IOException
    {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), memberId.getBytes(UTF_8))) {
            DurableFile.write(file, memberId);
        }
    }

    private static Optional<String> read(Path directory)
            throws IOException
    {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String memberId;
        try {
            memberId = Files.readString(file, UTF_8).strip();
        }
        catch (CharacterCodingException _) {
            memberId = "";
        }
        if (!PeerAddress.isNodeId(memberId)) {
            throw new IllegalArgumentException(("%s is damaged, in which this dispatcher keeps the id that it has in the query log: " +
                    "restore the file, or remove it when node.id is as it was").formatted(file));
        }
        return Optional.of(memberId);
    }

    /**
     * Returns the ids of the members from the latest list that the log has; none before the first entry of the log is applied.
     */
    private static Set<String> group(Path directory)
            throws IOException
    {
        Path file = RaftMember.current(directory).resolve("raft-meta.conf");
        if (!Files.exists(file)) {
            return Set.of();
        }
        try (InputStream input = Files.newInputStream(file)) {
            return LogEntryProto.parseFrom(input).getConfigurationEntry().getPeersList().stream()
                    .map(peer -> peer.getId().toStringUtf8())
                    .collect(toImmutableSortedSet(naturalOrder()));
        }
    }

    /**
     * Returns the candidate of this member's last vote. The only member of a log votes for itself.
     */
    private static Optional<String> votedFor(Path directory)
    {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(RaftMember.current(directory).resolve("raft-meta"), UTF_8)) {
            properties.load(reader);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Optional.ofNullable(properties.getProperty("votedFor")).filter(id -> !id.isEmpty());
    }
}
