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

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import io.prestosql.queue.Release476Records;
import io.prestosql.spi.querylog.QueryLog;
import org.apache.ratis.conf.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Reads the embedded log as release 476-1 has written it: a log of one member, with a snapshot and segments, and a log of three members.
 */
public class TestEmbeddedLogOfRelease476
{
    @TempDir
    private Path folder;

    @Test
    public void testOneMember()
            throws Exception
    {
        unpack("query-log.tar.gz");
        EmbeddedQueryLogConfig config = new EmbeddedQueryLogConfig()
                .setDirectory(folder.resolve("query-log").toFile());
        Release476Records.assertRead(open(config, "dispatcher-1"), "embedded-log/expected.json");
    }

    /**
     * Without {@code node.id}, release 476-1 left a log that belongs to a former node id. This release opens it under another one.
     */
    @Test
    public void testOneMemberUnderAnotherNodeId()
            throws Exception
    {
        unpack("query-log.tar.gz");
        EmbeddedQueryLogConfig config = new EmbeddedQueryLogConfig()
                .setDirectory(folder.resolve("query-log").toFile());
        Release476Records.assertRead(open(config, "8b1a9953-c461-4abc-9d3e-0123456789ab"), "embedded-log/expected.json");
        assertThat(folder.resolve("query-log").resolve("member")).hasContent("dispatcher-1");
    }

    @Test
    public void testThreeMembers()
            throws Exception
    {
        assertThreeRead(Stream.of("dispatcher-1@127.0.0.1:18291", "dispatcher-2@127.0.0.1:18292", "dispatcher-3@127.0.0.1:18293")
                .map(PeerAddress::parse)
                .toList());
    }

    @Test
    public void testThreeMembersElsewhere()
            throws Exception
    {
        assertThreeRead(EmbeddedQueryLogFixture.addresses(List.of("dispatcher-1", "dispatcher-2", "dispatcher-3")));
    }

    @Test
    public void testFolderOfAnotherMember()
            throws Exception
    {
        unpack("query-log.tar.gz");
        unpack("query-log-peers.tar.gz");
        List<PeerAddress> others = EmbeddedQueryLogFixture.addresses(List.of("a", "b", "c"));
        EmbeddedQueryLogConfig single = new EmbeddedQueryLogConfig()
                .setDirectory(folder.resolve("query-log").toFile())
                .setPeers(Joiner.on(',').join(others))
                .setPeersVersion(2);
        assertThatThrownBy(() -> open(single, "a"))
                .hasMessage(("node.id is a, but the query log in %s is that of dispatcher dispatcher-1: set node.id=dispatcher-1, and list this dispatcher so in query-log.peers on all dispatchers. " +
                        "If it is to be a new peer, remove the folder and raise query-log.peers-version on all dispatchers").formatted(folder.resolve("query-log")));
        EmbeddedQueryLogConfig alone = new EmbeddedQueryLogConfig()
                .setDirectory(folder.resolve("query-log-peers").resolve("dispatcher-2").toFile())
                .setPeersVersion(2);
        assertThatThrownBy(() -> open(alone, "dispatcher-2"))
                .hasMessage(("query-log.peers is not set, but the query log in %s is kept by [dispatcher-1, dispatcher-2, dispatcher-3], and more than half of them have to be up: " +
                        "set node.id, query-log.peers and query-log.peers-version as they were").formatted(folder.resolve("query-log-peers").resolve("dispatcher-2")));
    }

    private void assertThreeRead(List<PeerAddress> peers)
            throws Exception
    {
        unpack("query-log-peers.tar.gz");
        ImmutableMap.Builder<String, QueryLog> stores = ImmutableMap.builder();
        for (PeerAddress peer : peers) {
            EmbeddedQueryLogConfig config = new EmbeddedQueryLogConfig()
                    .setDirectory(folder.resolve("query-log-peers").resolve(peer.nodeId()).toFile())
                    .setPeers(Joiner.on(',').join(peers));
            stores.put(peer.nodeId(), open(config, peer.nodeId()));
        }
        Release476Records.assertRead(stores.buildOrThrow(), "embedded-log/expected-peers.json");
    }

    private static EmbeddedQueryLog open(EmbeddedQueryLogConfig config, String nodeId)
    {
        return new EmbeddedQueryLog(
                config
                        .setBindAddress("127.0.0.1")
                        // members that have moved may have to wait for it
                        .setElectionTimeout(new Duration(2, SECONDS))
                        .setAppendTimeout(new Duration(60, SECONDS)),
                nodeId,
                Optional.empty(),
                Optional.of("fixture-secret-476-1"),
                64L << 20,
                new Parameters());
    }

    private void unpack(String archive)
            throws IOException, InterruptedException
    {
        Path copy = folder.resolve(archive);
        try (InputStream input = requireNonNull(getClass().getResourceAsStream("/fixtures/476-1/embedded-log/" + archive), archive)) {
            Files.copy(input, copy);
        }
        // the archive keeps the holes of files whose space is reserved ahead
        Process tar = new ProcessBuilder(List.of("tar", "-xzf", copy.toString(), "-C", folder.toString())).inheritIO().start();
        assertThat(tar.waitFor()).isZero();
    }
}
