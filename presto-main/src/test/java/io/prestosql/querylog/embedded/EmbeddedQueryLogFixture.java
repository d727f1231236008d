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
import com.google.common.collect.ImmutableList;
import io.prestosql.querylog.QueryLogFixture;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.testing.TestingPorts;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Members of the embedded log in this process, each with its own folder. They talk to each other over a network, from which the fixture can
 * cut off any of them.
 */
public final class EmbeddedQueryLogFixture
        implements QueryLogFixture
{
    static final String SECRET = "the secret of the test";

    // several tests share two processors: a leader that gets no processor time for a moment must not be replaced
    private static final io.airlift.units.Duration ELECTION_TIMEOUT = new io.airlift.units.Duration(2, SECONDS);

    private static final io.airlift.units.Duration SLOW_APPEND_TIMEOUT = new io.airlift.units.Duration(300, SECONDS);

    // Ratis names its beans and metrics after the members, so each member of this process needs its own name
    private static final AtomicInteger NEXT_MEMBER = new AtomicInteger();

    private static final ExecutorService ENDS = newCachedThreadPool(daemonThreadsNamed("query-log-fixtures-%s"));

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(EmbeddedQueryLogFixture::awaitEnds));
    }

    private final Path directory;
    private final List<QueryLogMember> members;
    private final List<PeerAddress> peers;
    private final long minBytesBetweenSnapshots;
    private final io.airlift.units.Duration electionTimeout;
    private final PeerNetwork network = new PeerNetwork();
    private io.airlift.units.Duration appendTimeout = new io.airlift.units.Duration(5, SECONDS);
    private boolean busy;
    private final Map<EmbeddedQueryLog, String> open = new HashMap<>();

    public EmbeddedQueryLogFixture(int size)
            throws IOException
    {
        this(size, 1 << 16);
    }

    public EmbeddedQueryLogFixture(int size, long minBytesBetweenSnapshots)
            throws IOException
    {
        this(size, minBytesBetweenSnapshots, ELECTION_TIMEOUT);
    }

    EmbeddedQueryLogFixture(int size, long minBytesBetweenSnapshots, io.airlift.units.Duration electionTimeout)
            throws IOException
    {
        this.minBytesBetweenSnapshots = minBytesBetweenSnapshots;
        this.electionTimeout = requireNonNull(electionTimeout, "electionTimeout is null");
        directory = Files.createTempDirectory("query-log");
        ImmutableList.Builder<QueryLogMember> members = ImmutableList.builder();
        for (int i = 0; i < size; i++) {
            String nodeId = "dispatcher" + NEXT_MEMBER.getAndIncrement();
            members.add(new QueryLogMember(nodeId, URI.create("http://%s.example.com:8080".formatted(nodeId))));
        }
        this.members = members.build();
        peers = size == 1 ? List.of() : addresses(this.members.stream().map(QueryLogMember::nodeId).toList());
    }

    static List<PeerAddress> addresses(List<String> nodeIds)
    {
        return nodeIds.stream()
                .map(nodeId -> PeerAddress.parse("%s@127.0.0.1:%s".formatted(nodeId, TestingPorts.nextPort())))
                .collect(toImmutableList());
    }

    @Override
    public List<QueryLogMember> members()
    {
        return members;
    }

    @Override
    public EmbeddedQueryLog open(QueryLogMember member)
    {
        EmbeddedQueryLog log = open(member.nodeId(), peers, 1, SECRET);
        return log;
    }

    EmbeddedQueryLog open(String nodeId, List<PeerAddress> peers, long peersVersion, String secret)
    {
        return open(directory(nodeId), nodeId, peers, peersVersion, secret);
    }

    EmbeddedQueryLog open(Path directory, String nodeId, List<PeerAddress> peers, long peersVersion, String secret)
    {
        Parameters parameters = new Parameters();
        GrpcConfigKeys.Server.setServicesCustomizer(parameters, network.of(nodeId));
        EmbeddedQueryLog log = new EmbeddedQueryLog(
                new EmbeddedQueryLogConfig()
                        .setDirectory(directory.toFile())
                        .setPeers(Joiner.on(',').join(peers))
                        .setPeersVersion(peersVersion)
                        .setBindAddress("127.0.0.1")
                        .setElectionTimeout(electionTimeout)
                        .setAppendTimeout(appendTimeout),
                nodeId,
                Optional.empty(),
                Optional.of(secret),
                minBytesBetweenSnapshots,
                parameters);
        open.put(log, nodeId);
        return log;
    }

    Path directory(String nodeId)
    {
        return directory.resolve(nodeId);
    }

    List<PeerAddress> peers()
    {
        return peers;
    }

    @Override
    public void allowForBusyMachine()
    {
        appendTimeout = SLOW_APPEND_TIMEOUT;
        busy = true;
    }

    @Override
    public void kill(QueryLog log)
    {
        PromptLogClose.prepare((EmbeddedQueryLog) log);
        ((EmbeddedQueryLog) log).abort();
        network.resume(open.remove(log));
    }

    @Override
    public boolean canPause()
    {
        return members.size() > 1;
    }

    @Override
    public void pause(QueryLog log)
    {
        network.pause(open.get(log));
    }

    @Override
    public void resume(QueryLog log)
    {
        network.resume(open.get(log));
    }

    /**
     * Drops all messages between two members.
     */
    void cut(QueryLog log, QueryLog other)
    {
        network.cut(open.get(log), open.get(other));
    }

    @Override
    public boolean canStopStore()
    {
        return members.size() > 1;
    }

    @Override
    public void stopStore()
    {
        members.forEach(member -> network.pause(member.nodeId()));
    }

    @Override
    public void startStore()
    {
        members.forEach(member -> network.resume(member.nodeId()));
    }

    @Override
    public Duration electionTimeout()
    {
        return busy ? SLOW_APPEND_TIMEOUT.toJavaTime() : Duration.ofSeconds(30);
    }

    @Override
    public Duration replacementTimeout()
    {
        return Duration.ofSeconds(10);
    }

    @Override
    public Duration appendTimeout()
    {
        // leaves room for the time that the log itself takes to notice
        return appendTimeout.toJavaTime().plusSeconds(15);
    }

    /**
     * Does not wait for the end of the members, which takes a second, so that the next test begins.
     */
    @Override
    public void close()
    {
        List<EmbeddedQueryLog> logs = ImmutableList.copyOf(open.keySet());
        open.clear();
        Future<?> _ = ENDS.submit(() -> {
            try (ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("query-log-fixture-%s"))) {
                logs.forEach(log -> executor.execute(log::abort));
            }
            deleteRecursively(directory, ALLOW_INSECURE);
            return null;
        });
    }

    /**
     * Waits until nothing of the fixtures is left, when the process ends.
     */
    private static void awaitEnds()
    {
        ENDS.shutdown();
        try {
            boolean _ = ENDS.awaitTermination(20, SECONDS);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
