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
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.security.TlsConf.CertificatesConf;
import org.apache.ratis.security.TlsConf.PrivateKeyConf;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.ProtoUtils;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.Thread.UncaughtExceptionHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * One run of this dispatcher's member of the group. When it has died, another run is opened on the same folder.
 */
final class RaftMember
{
    private static final Logger log = Logger.get(RaftMember.class);

    // the same id for every log: the shared secret keeps the logs of different clusters apart
    private static final RaftGroupId GROUP = RaftGroupId.valueOf(UUID.fromString("70726573-746f-4071-8c6f-670000000001"));

    static {
        RatisLoggers.quieten();
        // Ratis ends the process in some cases, which a library must not do: this makes it throw instead
        UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
        ExitUtils.disableSystemExit();
        ExitUtils.setTerminateOnUncaughtException(false);
        Thread.setDefaultUncaughtExceptionHandler(handler);
    }

    private final RaftServer server;
    private final RaftServer.Division division;
    private final LeaderInquiry inquiry;
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong nextCallId = new AtomicLong(1);

    private RaftMember(RaftServer server, RaftServer.Division division, LeaderInquiry inquiry)
    {
        this.server = requireNonNull(server, "server is null");
        this.division = requireNonNull(division, "division is null");
        this.inquiry = requireNonNull(inquiry, "inquiry is null");
    }

    /**
     * Returns whether the folder has the data of a member.
     */
    static boolean exists(Path directory)
    {
        return Files.exists(current(directory).resolve("raft-meta"));
    }

    /**
     * Opens the member with the data of an earlier run, or without any.
     *
     * @param memberId the id of this member of the group
     * @param initialPeers the members of a new log; empty to wait until the leader of an existing log adds this member. With data, the log
     * names the members.
     * @param addresses the addresses of the members, which may be out of date in the log
     * @param certificate the certificate by which peers recognize this member; empty if it is alone
     */
    static RaftMember open(
            String memberId,
            Path directory,
            List<RaftPeer> initialPeers,
            List<RaftPeer> addresses,
            RaftProperties properties,
            Optional<PeerCertificate> certificate,
            Parameters parameters,
            QueryLogStateMachine stateMachine)
            throws IOException
    {
        Files.createDirectories(directory);
        LogFiles.repair(current(directory));
        certificate.map(RaftMember::tls).ifPresent(tls -> GrpcConfigKeys.TLS.setConf(parameters, tls));
        RaftServer server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(memberId))
                .setGroup(RaftGroup.valueOf(GROUP, initialPeers))
                .setOption(exists(directory) ? StartupOption.RECOVER : StartupOption.FORMAT)
                .setStateMachine(stateMachine)
                .setProperties(properties)
                .setParameters(parameters)
                .build();
        try {
            RaftServer.Division division = server.getDivision(GROUP);
            // Ratis uses the first address that it gets for a member, so this comes before the start
            server.getServerRpc().addRaftPeers(addresses);
            server.start();
            return new RaftMember(server, division, new LeaderInquiry(memberId, GROUP, addresses, properties, parameters));
        }
        catch (IOException | RuntimeException e) {
            try {
                server.close();
            }
            catch (IOException | RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private static GrpcTlsConfig tls(PeerCertificate certificate)
    {
        return GrpcTlsConfig.newBuilder()
                .setPrivateKey(new PrivateKeyConf(certificate.privateKey()))
                .setKeyCertificates(new CertificatesConf(certificate.certificate()))
                .setTrustManager(certificate.trustManager())
                .setMutualTls(true)
                // works wherever the JDK does
                .setSslProvider(SslProvider.JDK)
                .build();
    }

    static Path current(Path directory)
    {
        return directory.resolve(GROUP.getUuid().toString()).resolve("current");
    }

    static RaftPeer peer(PeerAddress peer)
    {
        return RaftPeer.newBuilder()
                .setId(peer.nodeId())
                .setAddress(peer.address().toString())
                .build();
    }

    CompletableFuture<RaftClientReply> append(LogEntry entry)
    {
        try {
            return server.submitClientRequestAsync(RaftClientRequest.newBuilder()
                    .setClientId(clientId)
                    .setServerId(server.getId())
                    .setGroupId(GROUP)
                    .setCallId(nextCallId.getAndIncrement())
                    .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry.encode())))
                    .setType(RaftClientRequest.writeRequestType())
                    .build());
        }
        catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    CompletableFuture<RaftClientReply> changePeers(List<PeerAddress> peers)
    {
        try {
            return server.setConfigurationAsync(new SetConfigurationRequest(
                    clientId,
                    server.getId(),
                    GROUP,
                    nextCallId.getAndIncrement(),
                    SetConfigurationRequest.Arguments.newBuilder()
                            .setServersInNewConf(peers.stream().map(RaftMember::peer).collect(toImmutableList()))
                            .build()));
        }
        catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    CompletableFuture<RaftClientReply> takeSnapshot(long timeoutMillis)
    {
        try {
            return server.snapshotManagementAsync(SnapshotManagementRequest.newCreate(clientId, server.getId(), GROUP, nextCallId.getAndIncrement(), timeoutMillis, 1));
        }
        catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Hands the leadership to the follower that has most of the log, if there is one.
     */
    CompletableFuture<RaftClientReply> transferLeadership(long timeoutMillis)
    {
        try {
            Set<RaftPeerId> alive = division.getInfo().getRoleInfoProto().getLeaderInfo().getFollowerInfoList().stream()
                    // a follower that has not answered for long counts as dead
                    .filter(follower -> follower.getLastRpcElapsedTimeMs() < timeoutMillis)
                    .map(follower -> RaftPeerId.valueOf(follower.getId().getId()))
                    .collect(toImmutableSet());
            Optional<RaftPeerId> successor = division.getCommitInfos().stream()
                    .filter(commit -> alive.contains(RaftPeerId.valueOf(commit.getServer().getId())))
                    .max(Comparator.comparingLong(CommitInfoProto::getCommitIndex))
                    .map(commit -> RaftPeerId.valueOf(commit.getServer().getId()));
            if (successor.isEmpty()) {
                return CompletableFuture.completedFuture(null);
            }
            return server.transferLeadershipAsync(new TransferLeadershipRequest(clientId, server.getId(), GROUP, nextCallId.getAndIncrement(), successor.get(), timeoutMillis));
        }
        catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Returns how long this member, as the leader, has had no answers from a majority, itself included; empty when it does not lead.
     */
    OptionalLong majorityHeardNanosAgo()
    {
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        if (role.getRole() != RaftPeerRole.LEADER) {
            return OptionalLong.empty();
        }
        long[] silentMillis = role.getLeaderInfo().getFollowerInfoList().stream()
                .mapToLong(ServerRpcProto::getLastRpcElapsedTimeMs)
                .sorted()
                .toArray();
        int needed = peers().size() / 2;
        if (needed == 0 || silentMillis.length < needed) {
            return OptionalLong.of(0);
        }
        // for a follower that has not been heard from yet, Ratis's time starts before the election
        return OptionalLong.of(MILLISECONDS.toNanos(Math.min(silentMillis[needed - 1], role.getRoleElapsedTimeMs())));
    }

    /**
     * Gives up the leadership to the winner of the next election.
     */
    void stepDown()
    {
        try {
            server.transferLeadershipAsync(new TransferLeadershipRequest(clientId, server.getId(), GROUP, nextCallId.getAndIncrement(), null, 0))
                    .whenComplete((_, failure) -> {
                        if (failure != null) {
                            log.debug(failure, "This dispatcher does not lead any more");
                        }
                    });
        }
        catch (IOException | RuntimeException e) {
            log.warn(e, "This dispatcher could not give the leadership up: %s", e.getMessage());
        }
    }

    boolean isAlive()
    {
        return division.getInfo().isAlive() && !server.getLifeCycleState().isClosingOrClosed() && server.getLifeCycleState() != LifeCycle.State.EXCEPTION;
    }

    boolean isLeader()
    {
        return division.getInfo().isLeader();
    }

    boolean isLeaderReady()
    {
        return division.getInfo().isLeaderReady();
    }

    /**
     * Returns the epoch in which this member leads and has applied all earlier entries of the log; empty when there is none.
     */
    OptionalLong readyEpoch()
    {
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        long epoch = role.getLeaderInfo().getTerm();
        return role.getRole() == RaftPeerRole.LEADER && isLeaderReady() && term() == epoch ? OptionalLong.of(epoch) : OptionalLong.empty();
    }

    boolean isLeaderKnown()
    {
        return division.getInfo().getLeaderId() != null;
    }

    /**
     * Returns the member that leads, perhaps this one.
     */
    Optional<LogLeader> leader()
    {
        long term = term();
        RaftPeerId leader = division.getInfo().getLeaderId();
        return leader == null || term() != term ? Optional.empty() : Optional.of(new LogLeader(term, leader.toString()));
    }

    boolean isFollower()
    {
        return division.getInfo().isFollower();
    }

    /**
     * Returns how long ago this member, as a follower, heard from its leader; empty when it knows none.
     */
    OptionalLong heardNanosAgo()
    {
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        // a follower that is busy with a request of the leader has heard from it
        return role.getFollowerInfo().getOutstandingOp() > 0 ? OptionalLong.of(0) : LeaderInquiry.heardNanosAgo(role);
    }

    /**
     * Asks another member when it last heard from a leader.
     *
     * @return fails when there is no answer
     */
    CompletableFuture<LeaderSighting> askForLeader(String member, Executor executor)
    {
        return CompletableFuture.supplyAsync(() -> inquiry.ask(member), executor);
    }

    Standby standby()
    {
        TermIndex last = lastEntry();
        return new Standby(server.getId().toString(), term(), last.getTerm(), last.getIndex());
    }

    private TermIndex lastEntry()
    {
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        if (last != null) {
            return last;
        }
        // all entries have gone into the snapshot
        SnapshotInfo snapshot = division.getStateMachine().getLatestSnapshot();
        return snapshot == null ? TermIndex.INITIAL_VALUE : snapshot.getTermIndex();
    }

    /**
     * Asks other members for the last entry that they have. Asks for this whether they would vote for a candidate without any entries: they
     * would not, so the question changes nothing for them.
     *
     * @return the answers that came in time
     */
    CompletableFuture<List<Standby>> ask(Collection<String> members, Executor executor, long timeoutMillis)
    {
        Standby self = standby();
        List<CompletableFuture<Optional<Standby>>> answers = members.stream()
                .map(member -> CompletableFuture.supplyAsync(() -> ask(self, member), executor)
                        .exceptionally(_ -> Optional.empty())
                        .completeOnTimeout(Optional.empty(), timeoutMillis, MILLISECONDS))
                .collect(toImmutableList());
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(_ -> answers.stream().flatMap(answer -> answer.join().stream()).collect(toImmutableList()));
    }

    private Optional<Standby> ask(Standby self, String member)
    {
        try {
            RequestVoteReplyProto reply = server.getServerRpc().requestVote(RequestVoteRequestProto.newBuilder()
                    .setServerRequest(request(self.member(), member))
                    .setCandidateTerm(self.epoch())
                    .setCandidateLastEntry(TermIndexProto.getDefaultInstance())
                    .setPreVote(true)
                    .build());
            return Optional.of(new Standby(member, reply.getTerm(), reply.getLastEntry().getTerm(), reply.getLastEntry().getIndex()));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns whether this member certainly has everything that the leader has acknowledged. Without an entry of the leader's epoch that is
     * not certain.
     */
    boolean mayStandForElection()
    {
        return isFollower() && lastEntry().getTerm() >= term();
    }

    /**
     * Stands for election without waiting for a time-out, as if the leader had asked this member to take over.
     *
     * @param leader the leader that is gone; this member itself when it knows none
     * @return whether an election has begun: not when {@link #mayStandForElection} returns false, and not when another election is under
     * way
     */
    boolean standForElection(String leader)
    {
        try {
            return server.startLeaderElection(StartLeaderElectionRequestProto.newBuilder()
                            .setServerRequest(request(leader, server.getId().toString()))
                            .setLeaderLastEntry(toProto(lastEntry()))
                            .build())
                    .getServerReply()
                    .getSuccess();
        }
        catch (IOException | RuntimeException e) {
            log.warn(e, "This dispatcher could not stand for election: %s", e.getMessage());
            return false;
        }
    }

    private static TermIndexProto toProto(TermIndex entry)
    {
        // Ratis takes zeros, and nothing else, for a log that is empty like its own
        return entry.equals(TermIndex.INITIAL_VALUE) ? TermIndexProto.getDefaultInstance() : entry.toProto();
    }

    private RaftRpcRequestProto request(String from, String to)
    {
        return RaftRpcRequestProto.newBuilder()
                .setRequestorId(RaftPeerId.valueOf(from).toByteString())
                .setReplyId(RaftPeerId.valueOf(to).toByteString())
                .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(GROUP))
                .setCallId(nextCallId.getAndIncrement())
                .build();
    }

    /**
     * Returns the highest epoch that this member has heard of.
     */
    long term()
    {
        return division.getInfo().getCurrentTerm();
    }

    long lastAppliedIndex()
    {
        return division.getInfo().getLastAppliedIndex();
    }

    List<RaftPeer> peers()
    {
        return ImmutableList.copyOf(division.getRaftConf().getCurrentPeers());
    }

    /**
     * Returns the ids of all members, this one included, in order.
     */
    List<String> memberIds()
    {
        return peers().stream()
                .map(peer -> peer.getId().toString())
                .sorted()
                .collect(toImmutableList());
    }

    boolean isPeer()
    {
        return division.getRaftConf().getPeer(server.getId()) != null;
    }

    /**
     * Returns how many entries the follower that is furthest behind lacks; 0 when this member does not lead.
     */
    long followersLag()
    {
        DivisionInfo info = division.getInfo();
        long[] positions = info.getFollowerMatchIndices();
        if (positions == null) {
            return 0;
        }
        long last = division.getRaftLog().getLastCommittedIndex();
        long lag = 0;
        for (long position : positions) {
            lag = Math.max(lag, last - position);
        }
        return lag;
    }

    /**
     * Returns, on the leader, how many committed entries each other member does not yet know to be committed, by node id. Omits members
     * that have not been heard from. Empty on other members.
     */
    Map<String, Long> entriesBehind()
    {
        if (!division.getInfo().isLeader()) {
            return Map.of();
        }
        ImmutableMap.Builder<String, Long> behind = ImmutableMap.builder();
        long last = division.getRaftLog().getLastCommittedIndex();
        for (CommitInfoProto info : division.getCommitInfos()) {
            RaftPeerId peer = RaftPeerId.valueOf(info.getServer().getId());
            // a member that has not been heard from in this term has no position
            if (!peer.equals(division.getId()) && info.getCommitIndex() >= 0) {
                behind.put(peer.toString(), Math.max(0, last - info.getCommitIndex()));
            }
        }
        return behind.buildKeepingLast();
    }

    @VisibleForTesting
    RaftLog raftLog()
    {
        return division.getRaftLog();
    }

    void close()
    {
        inquiry.close();
        try {
            server.close();
        }
        catch (IOException | RuntimeException e) {
            log.warn(e, "Could not close the query log properly");
        }
    }
}
