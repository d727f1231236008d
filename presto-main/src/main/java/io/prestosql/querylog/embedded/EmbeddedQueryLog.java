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

import com.google.common.annotations.VisibleForTesting;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.airlift.stats.CounterStat;
import io.airlift.stats.TimeStat;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.querylog.QueryLogStatus;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.trino.server.InternalCommunicationConfig;
import org.apache.ratis.conf.Parameters;
import org.weakref.jmx.Managed;
import org.weakref.jmx.Nested;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.prestosql.querylog.embedded.ToldLeadership.NO_EPOCH;
import static java.util.Objects.requireNonNull;

/**
 * A query log on the disks of the dispatchers themselves: of a single one, or of several that agree with each other (Raft: Ongaro and
 * Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014). More than half of them have to be up.
 * <p>
 * An epoch is a term of the Raft protocol. The member that wins the election first writes an entry of its own. By the time it applies that
 * entry, it has applied everything that any earlier leader could acknowledge. Only then does it count as elected. Another entry tells the
 * other members who leads.
 */
public class EmbeddedQueryLog
        implements QueryLog, QueryLogCondition
{
    private final MemberSettings settings;
    private final ToldLeadership leadership = new ToldLeadership();
    private final DurableAppends appends;
    private final MemberSupervisor supervisor;

    @Inject
    public EmbeddedQueryLog(EmbeddedQueryLogConfig config, NodeInfo nodeInfo, InternalCommunicationConfig internalCommunicationConfig)
    {
        this(config, nodeInfo.getNodeId(), Optional.of(nodeInfo.getBindIp().getHostAddress()), internalCommunicationConfig.getSharedSecret(), 64L << 20, new Parameters());
    }

    EmbeddedQueryLog(
            EmbeddedQueryLogConfig config,
            String nodeId,
            Optional<String> nodeBindAddress,
            Optional<String> sharedSecret,
            long minBytesBetweenSnapshots,
            Parameters parameters)
    {
        settings = MemberSettings.create(config, nodeId, nodeBindAddress, sharedSecret);
        settings.checkData();
        appends = new DurableAppends(config.getAppendTimeout(), leadership, this::member);
        supervisor = new MemberSupervisor(settings, minBytesBetweenSnapshots, parameters, leadership, appends.pending());
    }

    @VisibleForTesting
    Optional<RaftMember> member()
    {
        return supervisor.member();
    }

    @Override
    public void start(QueryLogMember self, QueryLogListener listener)
    {
        requireNonNull(self, "self is null");
        leadership.start(listener);
        supervisor.start(self);
    }

    /**
     * Returns the identity that the first leader has written, and that every later leader repeats.
     */
    @Override
    public Optional<String> identity()
    {
        return supervisor.stateMachine().flatMap(QueryLogStateMachine::identity);
    }

    @Override
    public boolean isDurable()
    {
        return true;
    }

    @Override
    public CompletableFuture<Void> append(long epoch, QueryLogRecord record)
    {
        requireNonNull(record, "record is null");
        return appends.append(epoch, record, sequence -> new LogEntry.Appended(epoch, sequence, record));
    }

    @Override
    public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        requireNonNull(record, "record is null");
        return appends.append(epoch, record, sequence -> new LogEntry.Replaced(epoch, sequence, record));
    }

    @Override
    public CompletableFuture<Void> confirm(long epoch)
    {
        return appends.confirm(epoch);
    }

    @Override
    public void close()
    {
        if (leadership.isClosed()) {
            return;
        }
        supervisor.handOver();
        shutDown("The query log is closed");
        leadership.deposed(leadership.leading());
        leadership.leaderIs(Optional.empty());
        leadership.finishTelling();
    }

    /**
     * Ends abruptly: tells neither the other members nor the listener.
     */
    void abort()
    {
        leadership.stopTelling();
        shutDown("The query log was killed");
    }

    private void shutDown(String reason)
    {
        leadership.close();
        supervisor.close();
        appends.close(reason);
    }

    @Override
    public Optional<String> getProblem()
    {
        return supervisor.problem();
    }

    /**
     * Returns whether this member would notice the death of the leader's process.
     */
    boolean isLeaderWatched()
    {
        return supervisor.leaderWatch().isLeaderWatched();
    }

    @Override
    public QueryLogStatus getStatus()
    {
        RaftMember current = supervisor.member().orElse(null);
        if (settings.peers().isEmpty()) {
            // not from the member, as the log may know this dispatcher under a former node id
            return new QueryLogStatus(Store.EMBEDDED, current != null && current.isAlive(), List.of(settings.nodeId()), Map.of());
        }
        if (current == null) {
            return new QueryLogStatus(Store.EMBEDDED, false, settings.peers().stream().map(PeerAddress::nodeId).collect(toImmutableList()), Map.of());
        }
        return new QueryLogStatus(
                Store.EMBEDDED,
                current.isAlive(),
                current.memberIds(),
                current.entriesBehind());
    }

    @Managed(description = "Whether this dispatcher leads the queue")
    public boolean isLeader()
    {
        return leadership.leading() != NO_EPOCH;
    }

    @Managed(description = "The highest epoch that is known here")
    public long getEpoch()
    {
        RaftMember current = supervisor.member().orElse(null);
        return current == null ? 0 : current.term();
    }

    @Managed(description = "Milliseconds that a leader may be silent, as far as this dispatcher is concerned, before another one is elected")
    public long getElectionTimeoutMillis()
    {
        return supervisor.leaderWatch().timeout().toMillis();
    }

    @Managed(description = "Whether the log is open here")
    public boolean isOpen()
    {
        RaftMember current = supervisor.member().orElse(null);
        return current != null && current.isAlive();
    }

    @Managed(description = "Why the log cannot be opened here, or nothing")
    public String getLastError()
    {
        return supervisor.lastError();
    }

    @Managed(description = "Whether this dispatcher is one of the peers that keep the log")
    public boolean isPeer()
    {
        RaftMember current = supervisor.member().orElse(null);
        return current != null && current.isPeer();
    }

    @Managed(description = "The peers that keep the log")
    public List<String> getPeers()
    {
        RaftMember current = supervisor.member().orElse(null);
        // not from the member, as the log may have a former address
        Map<String, String> addresses = settings.peers().stream().collect(toImmutableMap(PeerAddress::nodeId, peer -> peer.address().toString()));
        return current == null ? List.of() : current.peers().stream()
                .map(peer -> peer.getId() + "@" + addresses.getOrDefault(peer.getId().toString(), peer.getAddress()))
                .sorted()
                .collect(toImmutableList());
    }

    @Managed(description = "The version of query-log.peers that is in force")
    public long getPeersVersion()
    {
        QueryLogStateMachine current = supervisor.stateMachine().orElse(null);
        return current == null ? 0 : current.peersVersion();
    }

    @Managed(description = "Index of the last entry that has been applied here")
    public long getLastAppliedIndex()
    {
        RaftMember current = supervisor.member().orElse(null);
        return current == null ? -1 : current.lastAppliedIndex();
    }

    @Managed(description = "On the leader: how many entries the follower that is furthest behind lacks")
    public long getFollowersLag()
    {
        RaftMember current = supervisor.member().orElse(null);
        return current == null ? 0 : current.followersLag();
    }

    @Managed(description = "Records that are not forgotten")
    public int getLiveRecords()
    {
        QueryLogStateMachine current = supervisor.stateMachine().orElse(null);
        return current == null ? 0 : current.numberOfLiveRecords();
    }

    @Managed(description = "About how many bytes the live records have")
    public long getLiveBytes()
    {
        QueryLogStateMachine current = supervisor.stateMachine().orElse(null);
        return current == null ? 0 : current.bytesOfLiveRecords();
    }

    @Managed(description = "How many bytes the log takes on disk")
    public long getDiskBytes()
            throws IOException
    {
        if (!Files.exists(settings.directory())) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(settings.directory())) {
            return files.mapToLong(file -> {
                try {
                    return Files.isRegularFile(file) ? Files.size(file) : 0;
                }
                catch (IOException e) {
                    // deleted in the meantime
                    return 0;
                }
            }).sum();
        }
    }

    @Managed(description = "How many snapshots were taken here since the start")
    public long getSnapshots()
    {
        QueryLogStateMachine current = supervisor.stateMachine().orElse(null);
        return current == null ? 0 : current.snapshots();
    }

    @Managed(description = "Appends whose outcome is not known yet")
    public int getPendingAppends()
    {
        return appends.pending().size();
    }

    @Managed
    @Nested
    public CounterStat getAppends()
    {
        return appends.appends();
    }

    @Managed
    @Nested
    public CounterStat getFailedAppends()
    {
        return appends.failedAppends();
    }

    @Managed
    @Nested
    public CounterStat getElections()
    {
        return leadership.elections();
    }

    @Managed(description = "Milliseconds from the append until its outcome is known")
    @Nested
    public TimeStat getAppendTime()
    {
        return appends.appendTime();
    }
}
