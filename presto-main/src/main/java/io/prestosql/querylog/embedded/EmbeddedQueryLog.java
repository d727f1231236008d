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

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.airlift.stats.CounterStat;
import io.airlift.stats.TimeStat;
import io.airlift.units.Duration;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.querylog.QueryLogStatus;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import io.trino.server.InternalCommunicationConfig;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeer;
import org.weakref.jmx.Managed;
import org.weakref.jmx.Nested;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * A query log on the disks of the dispatchers themselves: of one, or of several that agree with each other (Raft: Ongaro and Ousterhout, "In
 * Search of an Understandable Consensus Algorithm", 2014). More than half of them have to be up.
 * <p>
 * An epoch is a term of the Raft protocol, in which the member that has won the election first writes an entry of its own. When it comes to apply that entry, it has
 * applied all that any leader before could acknowledge: it is elected then, and not before. Another entry tells the others who leads.
 */
public class EmbeddedQueryLog
        implements QueryLog, QueryLogCondition
{
    private static final Logger log = Logger.get(EmbeddedQueryLog.class);

    private static final Duration REOPEN_DELAY = new Duration(2, SECONDS);
    private static final Duration CLOSE_TIMEOUT = new Duration(5, SECONDS);
    private static final Duration LEADERLESS_GRACE = new Duration(2, SECONDS);
    private static final Duration QUESTION_TIMEOUT = new Duration(1, SECONDS);
    private static final long NOBODY = 0;

    private final String nodeId;
    private final Path directory;
    private final List<PeerAddress> peers;
    private final long peersVersion;
    private final Optional<String> bindAddress;
    private final Duration appendTimeout;
    private final Duration electionTimeout;
    private final Duration promptTimeout;
    private final PeerCertificate certificate;
    private final long minBytesBetweenSnapshots;
    private final Parameters parameters;

    private final PendingAppends pendingAppends = new PendingAppends();
    private final ScheduledThreadPoolExecutor supervisor = scheduler("query-log-supervisor-%s");
    private final ScheduledThreadPoolExecutor timer = scheduler("query-log-timer-%s");
    private final ExecutorService submitter = singleThread("query-log-append-%s");
    private final ExecutorService snapshotWriter = singleThread("query-log-snapshot-%s");
    private final ExecutorService answers = singleThread("query-log-answer-%s");
    private final ExecutorService events = singleThread("query-log-listener-%s");
    private final ExecutorService questions = newCachedThreadPool(daemonThreadsNamed("query-log-question-%s"));

    private final CounterStat appends = new CounterStat();
    private final CounterStat failedAppends = new CounterStat();
    private final CounterStat elections = new CounterStat();
    private final TimeStat appendTime = new TimeStat(MILLISECONDS);

    // what the listener was told, or is going to be
    private final Object leadershipLock = new Object();
    private QueryLogMember self;
    private QueryLogListener listener;
    private volatile long leading = NOBODY;
    private long lastLed = NOBODY;
    private Optional<QueryLogLeader> toldLeader = Optional.empty();
    private long nextSequence;
    private volatile boolean closed;

    private volatile RaftMember member;
    private volatile QueryLogStateMachine stateMachine;
    private volatile Throwable failure;
    private volatile String lastError = "";

    // of the supervisor only
    private long announcedTerm;
    private long announcedAt;
    private long openAfter = System.nanoTime();
    private final LeaderlessTime leaderlessTime;
    private CompletableFuture<?> peersChange = CompletableFuture.completedFuture(null);
    private boolean saidNotMember;
    private Optional<LogLeader> followed = Optional.empty();
    private volatile LeaderConnection leaderConnection;
    private final Succession succession = new Succession();
    private OptionalLong leaderless = OptionalLong.empty();
    private long askWhoAnswersAt;
    private Optional<String> toldProblem = Optional.empty();
    private volatile Optional<Set<String>> answering = Optional.empty();

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
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        this.directory = config.getDirectory().toPath().toAbsolutePath();
        this.peers = config.getPeers();
        this.peersVersion = config.getPeersVersion();
        this.appendTimeout = config.getAppendTimeout();
        this.electionTimeout = config.getElectionTimeout();
        this.promptTimeout = RaftSettings.promptTimeout(electionTimeout);
        this.leaderlessTime = new LeaderlessTime(promptTimeout.roundTo(NANOSECONDS), System.nanoTime());
        this.minBytesBetweenSnapshots = minBytesBetweenSnapshots;
        this.parameters = requireNonNull(parameters, "parameters is null");
        if (peers.isEmpty()) {
            // nobody else is to be let in
            this.bindAddress = Optional.of("127.0.0.1");
            this.certificate = new PeerCertificate(UUID.randomUUID().toString());
        }
        else {
            if (peers.stream().noneMatch(peer -> peer.nodeId().equals(nodeId))) {
                throw new IllegalArgumentException("query-log.peers does not list this dispatcher, whose node.id is %s: it lists %s".formatted(nodeId, peers));
            }
            this.bindAddress = config.getBindAddress().or(() -> nodeBindAddress);
            this.certificate = new PeerCertificate(sharedSecret
                    .orElseThrow(() -> new IllegalArgumentException("query-log.peers needs internal-communication.shared-secret, the same on all dispatchers, by which the peers know each other")));
        }
        checkData();
    }

    /**
     * Whether the log in the folder is that of this dispatcher, and of these peers.
     *
     * @return which member of the group this is
     */
    private String checkData()
    {
        KnownPeers.check(directory, peersVersion, peers, RaftMember.exists(directory));
        return KnownMember.check(directory, nodeId, peers, peersVersion);
    }

    private static ExecutorService singleThread(String name)
    {
        return new ThreadPoolExecutor(1, 1, 0, SECONDS, new LinkedBlockingQueue<>(), daemonThreadsNamed(name));
    }

    private static ScheduledThreadPoolExecutor scheduler(String name)
    {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, daemonThreadsNamed(name));
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return executor;
    }

    @Override
    public void start(QueryLogMember self, QueryLogListener listener)
    {
        requireNonNull(self, "self is null");
        requireNonNull(listener, "listener is null");
        synchronized (leadershipLock) {
            checkState(this.listener == null, "already started");
            checkState(!closed, "already closed");
            this.self = self;
            this.listener = listener;
        }
        long interval = Math.max(10, Math.min(100, promptTimeout.toMillis() / 5));
        supervisor.scheduleWithFixedDelay(this::supervise, 0, interval, MILLISECONDS);
    }

    /**
     * What the first leader has said, which every later one repeats.
     */
    @Override
    public Optional<String> identity()
    {
        return Optional.ofNullable(stateMachine).flatMap(QueryLogStateMachine::identity);
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
        return append(epoch, record, sequence -> new LogEntry.Appended(epoch, sequence, record));
    }

    @Override
    public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        requireNonNull(record, "record is null");
        return append(epoch, record, sequence -> new LogEntry.Replaced(epoch, sequence, record));
    }

    private CompletableFuture<Void> append(long epoch, QueryLogRecord record, LongFunction<LogEntry> entry)
    {
        long start = System.nanoTime();
        CompletableFuture<Void> append = write(epoch, entry);
        return answer(append, start, () -> "The record of %s was not durable within %s".formatted(record.key(), appendTimeout))
                .whenComplete((_, failure) -> {
                    appends.update(1);
                    appendTime.addNanos(System.nanoTime() - start);
                    if (failure != null) {
                        failedAppends.update(1);
                    }
                });
    }

    /**
     * That Ratis itself says that it leads is not enough: it does not ask the majority again when nothing was written since it did.
     */
    @Override
    public CompletableFuture<Void> confirm(long epoch)
    {
        long start = System.nanoTime();
        return answer(
                write(epoch, sequence -> new LogEntry.Confirmed(epoch, sequence)),
                start,
                () -> "The leadership could not be confirmed within %s".formatted(appendTimeout));
    }

    private CompletableFuture<Void> write(long epoch, LongFunction<LogEntry> entry)
    {
        synchronized (leadershipLock) {
            if (closed || leading == NOBODY || epoch != leading) {
                return CompletableFuture.failedFuture(new DeposedException(epoch));
            }
            long sequence = nextSequence;
            nextSequence++;
            CompletableFuture<Void> outcome = pendingAppends.add(epoch, sequence);
            submitter.execute(() -> submit(epoch, sequence, entry.apply(sequence)));
            return outcome;
        }
    }

    private void submit(long epoch, long sequence, LogEntry entry)
    {
        RaftMember member = this.member;
        if (member == null) {
            pendingAppends.notSubmitted(epoch, sequence, failure(epoch, new IOException("it is not open")));
            return;
        }
        member.append(entry).whenComplete((reply, failure) -> {
            Throwable problem = failure != null ? failure : reply.getException();
            if (problem != null) {
                // an entry that is in the log already has its outcome from there
                pendingAppends.notSubmitted(epoch, sequence, failure(epoch, problem));
            }
        });
    }

    private RuntimeException failure(long epoch, Throwable problem)
    {
        if (leading != epoch) {
            return new DeposedException(epoch);
        }
        return new QueryLogUnavailableException("The query log takes no records: " + Throwables.getRootCause(problem).getMessage(), problem);
    }

    /**
     * Ends when the outcome is known or the time is over, and tells so on a thread on which nothing else depends.
     */
    private CompletableFuture<Void> answer(CompletableFuture<Void> outcome, long start, Supplier<String> timeoutMessage)
    {
        if (outcome.isCompletedExceptionally()) {
            return outcome;
        }
        CompletableFuture<Void> answer = new CompletableFuture<>();
        Future<?> timeout;
        try {
            timeout = timer.schedule(
                    () -> {
                        QueryLogUnavailableException exception = new QueryLogUnavailableException(timeoutMessage.get());
                        // whatever waits for the answer may be slow, and others may be waiting for theirs
                        outcome.completeExceptionally(exception);
                    },
                    Math.max(0, appendTimeout.toMillis() - (System.nanoTime() - start) / 1_000_000),
                    MILLISECONDS);
        }
        catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new QueryLogUnavailableException("The query log is closed"));
        }
        outcome.whenComplete((_, failure) -> {
            timeout.cancel(false);
            Runnable completion = () -> {
                if (failure == null) {
                    answer.complete(null);
                }
                else {
                    answer.completeExceptionally(failure);
                }
            };
            try {
                answers.execute(completion);
            }
            catch (RejectedExecutionException e) {
                completion.run();
            }
        });
        return answer;
    }

    @Override
    public void close()
    {
        synchronized (leadershipLock) {
            if (closed) {
                return;
            }
        }
        RaftMember current = member;
        if (leading != NOBODY && current != null && current.peers().size() > 1) {
            await(current.transferLeadership(2 * promptTimeout.toMillis()), new Duration(2.0 * promptTimeout.toMillis(), MILLISECONDS));
        }
        shutDown("The query log is closed");
        deposeIfLeading();
        tellLeader(Optional.empty());
        events.shutdown();
    }

    /**
     * Ends without a goodbye: neither the other members nor the listener are told.
     */
    void abort()
    {
        synchronized (leadershipLock) {
            events.shutdownNow();
        }
        shutDown("The query log was killed");
    }

    private void shutDown(String reason)
    {
        synchronized (leadershipLock) {
            closed = true;
        }
        supervisor.shutdown();
        try {
            // closes what is being opened
            if (!supervisor.awaitTermination(CLOSE_TIMEOUT.toMillis(), MILLISECONDS)) {
                log.warn("The query log is still being opened while it is closed");
            }
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeMember();
        submitter.shutdown();
        snapshotWriter.shutdown();
        questions.shutdownNow();
        pendingAppends.lost(reason);
        timer.shutdown();
        answers.shutdown();
    }

    private void closeMember()
    {
        follow(Optional.empty());
        RaftMember current = member;
        member = null;
        if (current != null) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            Thread thread = new ThreadFactoryBuilder().setDaemon(true).setNameFormat("query-log-close-%s").build().newThread(() -> {
                current.close();
                done.complete(null);
            });
            thread.start();
            if (!await(done, CLOSE_TIMEOUT)) {
                log.warn("The query log did not close within %s", CLOSE_TIMEOUT);
            }
        }
    }

    private static boolean await(CompletableFuture<?> future, Duration timeout)
    {
        try {
            future.get(timeout.toMillis(), MILLISECONDS);
            return true;
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    private void supervise()
    {
        if (closed) {
            return;
        }
        try {
            RaftMember current = member;
            if (current != null && (failure != null || !current.isAlive())) {
                Throwable cause = failure;
                log.error(cause, "The query log has failed, and is opened again: %s", cause == null ? "its member of the group has ended" : cause.getMessage());
                deposeIfLeading();
                closeMember();
                openAfter = System.nanoTime() + REOPEN_DELAY.roundTo(NANOSECONDS);
            }
            if (current != null && member != null
                    && leaderlessTime.isOver(current.isPeer(), current.isLeaderKnown(), current.isLeader(), current.isLeaderReady(), System.nanoTime())) {
                log.warn("The query log has had no leader for long, and is opened again here");
                deposeIfLeading();
                closeMember();
            }
            if (member == null) {
                if (System.nanoTime() - openAfter < 0) {
                    return;
                }
                open();
            }
            watch(member, stateMachine);
        }
        catch (IOException | RuntimeException e) {
            openAfter = System.nanoTime() + REOPEN_DELAY.roundTo(NANOSECONDS);
            Throwable cause = Throwables.getRootCause(e);
            String error = describe(cause);
            if (!Objects.equals(error, lastError)) {
                lastError = error;
                log.error(e, "Cannot open the query log in %s, and try again: %s", directory, error);
            }
        }
    }

    private static String describe(Throwable cause)
    {
        if (cause instanceof FileSystemException file && file.getReason() == null) {
            // its message is nothing but the path
            return "%s (query-log.dir has to be a folder that the user of this process may make, read and write)".formatted(file);
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private void open()
            throws IOException
    {
        failure = null;
        // Ratis reads and writes its files in one go, and takes an interrupt for a failure: nothing interrupts this thread
        QueryLogStateMachine newStateMachine = new QueryLogStateMachine(new Replica(), snapshotWriter, minBytesBetweenSnapshots);
        boolean single = peers.size() <= 1;
        int port = peers.stream()
                .filter(peer -> peer.nodeId().equals(nodeId))
                .map(peer -> peer.address().getPort())
                .findFirst()
                .orElse(0);
        RaftProperties properties = RaftSettings.create(directory, bindAddress, port, electionTimeout, single);
        boolean existed = RaftMember.exists(directory);
        String memberId = checkData();
        Files.createDirectories(directory);
        KnownMember.write(directory, memberId);
        List<RaftPeer> addresses = peers.isEmpty() ? List.of(alone(memberId)) : peers.stream().map(RaftMember::peer).collect(toImmutableList());
        stateMachine = newStateMachine;
        member = RaftMember.open(memberId, directory, initialPeers(existed, addresses), addresses, properties, certificate, parameters, newStateMachine);
        KnownPeers.write(directory, peersVersion, peers);
        lastError = "";
        leaderlessTime.opened(System.nanoTime());
        announcedTerm = 0;
        log.info("Query log opened in %s%s", directory, peers.isEmpty() ? "" : ", as %s of %s".formatted(memberId, peers));
    }

    private static RaftPeer alone(String memberId)
    {
        return RaftPeer.newBuilder().setId(memberId).setAddress("127.0.0.1:1").build();
    }

    private List<RaftPeer> initialPeers(boolean existed, List<RaftPeer> configured)
    {
        if (!existed && peersVersion > 1) {
            log.info("This dispatcher has no query log yet, and query-log.peers-version is %s: it waits for the leader to add it", peersVersion);
            return List.of();
        }
        return configured;
    }

    private void watch(RaftMember current, QueryLogStateMachine currentStateMachine)
    {
        updateLeader(current, currentStateMachine);
        succeed(current);
        findOutWhoAnswers(current);
        long led = leading;
        if (led != NOBODY && (!current.isLeader() || current.term() != led)) {
            deposeIfLeading();
        }
        if (current.isLeaderReady()) {
            announce(current, currentStateMachine);
            if (leading != NOBODY) {
                changePeers(current, currentStateMachine);
            }
        }
        if (currentStateMachine.isSnapshotWritten()) {
            // asked for before, but in vain
            current.takeSnapshot(CLOSE_TIMEOUT.toMillis());
        }
        boolean memberOfGroup = current.isPeer();
        if (!memberOfGroup && !saidNotMember && peersVersion == 1) {
            log.warn("This dispatcher is not, or no longer, one of the peers of the query log: they are %s", current.peers());
        }
        saidNotMember = !memberOfGroup;
    }

    /**
     * Takes the place of a leader whose process is dead, or sees to it that another member does.
     */
    private void succeed(RaftMember current)
    {
        if (peers.size() <= 1) {
            return;
        }
        Optional<LogLeader> leader = current.leader();
        if (leader.isPresent() && !leader.equals(followed)) {
            follow(leader);
            if (leaderConnection != null) {
                // so that the connections to the others are there when they are needed
                current.ask(others(current), questions, QUESTION_TIMEOUT.toMillis());
            }
        }
        OptionalLong dead = leaderConnection != null && leaderConnection.isRefused() ? OptionalLong.of(followed.orElseThrow().epoch()) : OptionalLong.empty();
        switch (succession.next(dead, current.term(), System.nanoTime())) {
            case WAIT -> {}
            case ASK -> current.ask(others(current), questions, QUESTION_TIMEOUT.toMillis())
                    .thenAccept(others -> supervise(() -> {
                        succession.answered(dead.orElseThrow(), current.standby(), others, current.peers().size(), System.nanoTime());
                        supervise();
                    }));
            case STAND_FOR_ELECTION -> {
                log.info("The process of dispatcher %s, the leader of the query log in epoch %s, is gone: this dispatcher stands for election", followed.orElseThrow().member(), followed.orElseThrow().epoch());
                current.standForElection(followed.orElseThrow());
            }
        }
    }

    /**
     * The members but this one and the leader that it follows.
     */
    private List<String> others(RaftMember current)
    {
        return members(current)
                .filter(member -> !member.equals(nodeId) && followed.filter(leader -> leader.member().equals(member)).isEmpty())
                .collect(toImmutableList());
    }

    private static Stream<String> members(RaftMember current)
    {
        return current.peers().stream().map(peer -> peer.getId().toString()).sorted();
    }

    /**
     * While nobody leads for longer than an election takes, it is of interest whether enough of the members are there.
     */
    private void findOutWhoAnswers(RaftMember current)
    {
        if (peers.size() <= 1 || !current.isPeer() || (current.isLeaderKnown() && (!current.isLeader() || current.isLeaderReady()))) {
            leaderless = OptionalLong.empty();
            answering = Optional.empty();
            toldProblem = Optional.empty();
            return;
        }
        long now = System.nanoTime();
        if (leaderless.isEmpty()) {
            leaderless = OptionalLong.of(now);
            askWhoAnswersAt = now + LEADERLESS_GRACE.roundTo(NANOSECONDS);
        }
        if (now - askWhoAnswersAt < 0) {
            return;
        }
        askWhoAnswersAt = now + LEADERLESS_GRACE.roundTo(NANOSECONDS);
        List<String> others = members(current).filter(member -> !member.equals(nodeId)).collect(toImmutableList());
        current.ask(others, questions, QUESTION_TIMEOUT.toMillis())
                .thenAccept(answers -> supervise(() -> {
                    if (leaderless.isEmpty()) {
                        return;
                    }
                    answering = Optional.of(Stream.concat(Stream.of(nodeId), answers.stream().map(Standby::member)).collect(toImmutableSet()));
                    Optional<String> problem = getProblem();
                    if (problem.isPresent() && !problem.equals(toldProblem)) {
                        log.warn("No dispatcher leads the queue: %s", problem.get());
                        toldProblem = problem;
                    }
                }));
    }

    @Override
    public Optional<String> getProblem()
    {
        RaftMember current = member;
        String error = lastError;
        if (!error.isEmpty()) {
            return Optional.of("the query log of dispatcher %s cannot be opened: %s".formatted(nodeId, error));
        }
        if (current == null || peers.size() <= 1) {
            return Optional.empty();
        }
        List<String> members = members(current).collect(toImmutableList());
        if (!members.contains(nodeId)) {
            return Optional.of(members.isEmpty() ?
                    "dispatcher %s waits to be added to the peers of the query log".formatted(nodeId) :
                    "dispatcher %s is not one of the peers of the query log, which are %s".formatted(nodeId, String.join(", ", members)));
        }
        int needed = members.size() / 2 + 1;
        return answering
                .map(answers -> members.stream().filter(member -> !answers.contains(member)).collect(toImmutableList()))
                .filter(silent -> members.size() - silent.size() < needed)
                .map(silent -> "%s of the %s dispatchers that keep the query log have to be up, and %s answers: %s do not".formatted(needed, members.size(), members.size() - silent.size(), String.join(", ", silent)));
    }

    /**
     * Whether this member would notice the death of the leader's process.
     */
    boolean isLeaderWatched()
    {
        LeaderConnection connection = leaderConnection;
        return connection != null && connection.isConnected();
    }

    private void follow(Optional<LogLeader> leader)
    {
        followed = leader;
        if (leaderConnection != null) {
            leaderConnection.close();
            leaderConnection = null;
        }
        leader.filter(other -> !other.member().equals(nodeId))
                .flatMap(other -> peers.stream().filter(peer -> peer.nodeId().equals(other.member())).findFirst())
                .ifPresent(peer -> leaderConnection = new LeaderConnection(peer.address(), this::superviseNow));
    }

    /**
     * Says in the log that this member leads. Nothing is heard of an entry that got lost, so it is written again after a time.
     */
    private void announce(RaftMember current, QueryLogStateMachine currentStateMachine)
    {
        long term = current.term();
        boolean known = currentStateMachine.leader().filter(leader -> leader.epoch() == term).isPresent();
        if (known || (announcedTerm == term && System.nanoTime() - announcedAt < SECONDS.toNanos(1))) {
            return;
        }
        announcedTerm = term;
        announcedAt = System.nanoTime();
        current.append(new LogEntry.Leading(term, self, Optional.of(stateMachine.identity().orElseGet(() -> "embedded:" + UUID.randomUUID()))));
    }

    private void changePeers(RaftMember current, QueryLogStateMachine currentStateMachine)
    {
        if (peers.isEmpty() || !peersChange.isDone() || currentStateMachine.peersVersion() >= peersVersion) {
            return;
        }
        long epoch = leading;
        // for Ratis a group with other addresses is the same one
        Set<String> wanted = peers.stream().map(PeerAddress::nodeId).collect(toImmutableSet());
        Set<String> actual = current.peers().stream().map(peer -> peer.getId().toString()).collect(toImmutableSet());
        CompletableFuture<RaftClientReply> change;
        if (wanted.equals(actual)) {
            change = current.append(new LogEntry.PeersChanged(epoch, peersVersion));
        }
        else {
            log.info("Changing the peers of the query log from %s to %s, as query-log.peers-version %s says", actual, wanted, peersVersion);
            change = current.changePeers(peers);
        }
        peersChange = change.handle((reply, failure) -> {
            Throwable problem = failure != null ? failure : reply.getException();
            if (problem != null) {
                log.warn("The peers of the query log could not be changed yet, which is tried again: %s", Throwables.getRootCause(problem).getMessage());
            }
            return null;
        }).thenRunAsync(() -> {}, CompletableFuture.delayedExecutor(500, MILLISECONDS));
    }

    private void updateLeader(RaftMember current, QueryLogStateMachine currentStateMachine)
    {
        synchronized (leadershipLock) {
            if (leading != NOBODY && leading == current.term()) {
                tellLeader(Optional.of(new QueryLogLeader(leading, self)));
                return;
            }
        }
        Optional<QueryLogLeader> leader = current.isLeaderKnown() ? currentStateMachine.leader().filter(known -> known.epoch() == current.term()) : Optional.empty();
        tellLeader(leader);
    }

    private void tellLeader(Optional<QueryLogLeader> leader)
    {
        synchronized (leadershipLock) {
            if (!toldLeader.equals(leader)) {
                toldLeader = leader;
                tell(() -> listener.leaderChanged(leader));
            }
        }
    }

    private void deposeIfLeading()
    {
        synchronized (leadershipLock) {
            deposed(leading);
        }
    }

    private void deposed(long epoch)
    {
        synchronized (leadershipLock) {
            if (epoch == NOBODY || leading != epoch) {
                return;
            }
            leading = NOBODY;
            tell(() -> listener.deposed(epoch));
            if (toldLeader.filter(leader -> leader.epoch() == epoch).isPresent()) {
                tellLeader(Optional.empty());
            }
        }
    }

    private void tell(Runnable event)
    {
        synchronized (leadershipLock) {
            if (listener == null || events.isShutdown()) {
                return;
            }
            events.execute(() -> {
                try {
                    event.run();
                }
                catch (RuntimeException e) {
                    log.error(e, "The listener of the query log has failed");
                }
            });
        }
    }

    private void beginLeading(QueryLogLeader leader, QueryLogStateMachine.LiveRecordsView liveRecords)
    {
        RaftMember current = member;
        if (current == null) {
            return;
        }
        long epoch = leader.epoch();
        synchronized (leadershipLock) {
            if (closed || epoch <= lastLed || !current.isLeader() || current.term() != epoch) {
                return;
            }
            deposed(leading);
            lastLed = epoch;
            List<QueryLogRecord> records = liveRecords.toList();
            nextSequence = 0;
            leading = epoch;
            elections.update(1);
            log.info("Leader of the query log in epoch %s, with %s live records", epoch, records.size());
            tell(() -> listener.elected(epoch, records));
            tellLeader(Optional.of(leader));
        }
    }

    /**
     * What the replica on this member tells.
     */
    private class Replica
            implements QueryLogStateMachine.Observer
    {
        @Override
        public void replaced()
        {
            // a snapshot does not tell which records have gone into it
            pendingAppends.lost("What became of the record cannot be found out");
        }

        @Override
        public void epochBegan(QueryLogLeader leader, QueryLogStateMachine.LiveRecordsView liveRecords)
        {
            pendingAppends.epochBegan(leader.epoch());
            beginLeading(leader, liveRecords);
        }

        @Override
        public void applied(long epoch, long sequence)
        {
            pendingAppends.applied(epoch, sequence);
        }

        @Override
        public void refused(long epoch, long sequence)
        {
            pendingAppends.refused(epoch, sequence);
        }

        @Override
        public void written(long epoch, long sequence)
        {
            pendingAppends.written(epoch, sequence);
        }

        /**
         * That is all that a leader needs, unless the log is new and has no identity yet. The entry that says who leads is for the others, and may come later.
         */
        @Override
        public void leaderReady(QueryLogStateMachine.LiveRecordsView liveRecords)
        {
            RaftMember current = member;
            OptionalLong ready = current == null ? OptionalLong.empty() : current.readyEpoch();
            if (ready.isPresent() && identity().isPresent()) {
                pendingAppends.epochBegan(ready.getAsLong());
                beginLeading(new QueryLogLeader(ready.getAsLong(), self), liveRecords);
            }
            superviseNow();
        }

        @Override
        public void notLeader()
        {
            deposeIfLeading();
        }

        @Override
        public void leaderSeen()
        {
            superviseNow();
        }

        @Override
        public void failed(Throwable cause)
        {
            failure = cause;
            superviseNow();
        }

        @Override
        public void snapshotWritten()
        {
            RaftMember current = member;
            if (current != null) {
                current.takeSnapshot(CLOSE_TIMEOUT.toMillis());
            }
        }
    }

    private void superviseNow()
    {
        supervise(this::supervise);
    }

    private void supervise(Runnable task)
    {
        try {
            supervisor.execute(task);
        }
        catch (RejectedExecutionException _) {
            // it is being closed
        }
    }

    @Override
    public QueryLogStatus getStatus()
    {
        RaftMember current = member;
        if (peers.isEmpty()) {
            // the log may know this dispatcher under a former node id
            return new QueryLogStatus(Store.EMBEDDED, current != null && current.isAlive(), List.of(nodeId), Map.of());
        }
        if (current == null) {
            return new QueryLogStatus(Store.EMBEDDED, false, peers.stream().map(PeerAddress::nodeId).collect(toImmutableList()), Map.of());
        }
        return new QueryLogStatus(
                Store.EMBEDDED,
                current.isAlive(),
                current.peers().stream().map(peer -> peer.getId().toString()).sorted().collect(toImmutableList()),
                current.entriesBehind());
    }

    @Managed(description = "Whether this dispatcher leads the queue")
    public boolean isLeader()
    {
        return leading != NOBODY;
    }

    @Managed(description = "The highest epoch that is known here")
    public long getEpoch()
    {
        RaftMember current = member;
        return current == null ? 0 : current.term();
    }

    @Managed(description = "Whether the log is open here")
    public boolean isOpen()
    {
        RaftMember current = member;
        return current != null && current.isAlive();
    }

    @Managed(description = "Why the log cannot be opened here, or nothing")
    public String getLastError()
    {
        return lastError;
    }

    @Managed(description = "Whether this dispatcher is one of the peers that keep the log")
    public boolean isPeer()
    {
        RaftMember current = member;
        return current != null && current.isPeer();
    }

    @Managed(description = "The peers that keep the log")
    public List<String> getPeers()
    {
        RaftMember current = member;
        // the log may have a former address
        Map<String, String> addresses = peers.stream().collect(toImmutableMap(PeerAddress::nodeId, peer -> peer.address().toString()));
        return current == null ? List.of() : current.peers().stream()
                .map(peer -> peer.getId() + "@" + addresses.getOrDefault(peer.getId().toString(), peer.getAddress()))
                .sorted()
                .collect(toImmutableList());
    }

    @Managed(description = "The version of query-log.peers that is in force")
    public long getPeersVersion()
    {
        QueryLogStateMachine current = stateMachine;
        return current == null ? 0 : current.peersVersion();
    }

    @Managed(description = "Index of the last entry that has been applied here")
    public long getLastAppliedIndex()
    {
        RaftMember current = member;
        return current == null ? -1 : current.lastAppliedIndex();
    }

    @Managed(description = "On the leader: how many entries the follower that is furthest behind lacks")
    public long getFollowersLag()
    {
        RaftMember current = member;
        return current == null ? 0 : current.followersLag();
    }

    @Managed(description = "Records that are not forgotten")
    public int getLiveRecords()
    {
        QueryLogStateMachine current = stateMachine;
        return current == null ? 0 : current.numberOfLiveRecords();
    }

    @Managed(description = "About how many bytes the live records have")
    public long getLiveBytes()
    {
        QueryLogStateMachine current = stateMachine;
        return current == null ? 0 : current.bytesOfLiveRecords();
    }

    @Managed(description = "How many bytes the log takes on disk")
    public long getDiskBytes()
            throws IOException
    {
        if (!Files.exists(directory)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.mapToLong(file -> {
                try {
                    return Files.isRegularFile(file) ? Files.size(file) : 0;
                }
                catch (IOException e) {
                    // gone in the meantime
                    return 0;
                }
            }).sum();
        }
    }

    @Managed(description = "How many snapshots were taken here since the start")
    public long getSnapshots()
    {
        QueryLogStateMachine current = stateMachine;
        return current == null ? 0 : current.snapshots();
    }

    @Managed(description = "Appends whose outcome is not known yet")
    public int getPendingAppends()
    {
        return pendingAppends.size();
    }

    @Managed
    @Nested
    public CounterStat getAppends()
    {
        return appends;
    }

    @Managed
    @Nested
    public CounterStat getFailedAppends()
    {
        return failedAppends;
    }

    @Managed
    @Nested
    public CounterStat getElections()
    {
        return elections;
    }

    @Managed(description = "Milliseconds from the append until its outcome is known")
    @Nested
    public TimeStat getAppendTime()
    {
        return appendTime;
    }
}
