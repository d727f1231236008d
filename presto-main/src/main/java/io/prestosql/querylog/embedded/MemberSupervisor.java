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
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogMember;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftPeer;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.querylog.embedded.ToldLeadership.NO_EPOCH;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newSingleThreadExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Keeps this dispatcher's member of the group open. Checks it several times a second, opens it again when it has failed or has had no
 * leader for long, and reports who leads.
 */
final class MemberSupervisor
{
    private static final Logger log = Logger.get(MemberSupervisor.class);

    private static final Duration REOPEN_DELAY = new Duration(2, SECONDS);
    private static final Duration CLOSE_TIMEOUT = new Duration(5, SECONDS);

    private final MemberSettings settings;
    private final long minBytesBetweenSnapshots;
    private final Parameters parameters;
    private final ToldLeadership leadership;
    private final PendingAppends pendingAppends;

    private final ScheduledThreadPoolExecutor supervisor = new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("query-log-supervisor-%s"));
    private final ExecutorService snapshotWriter = newSingleThreadExecutor(daemonThreadsNamed("query-log-snapshot-%s"));
    private final ExecutorService questions = newCachedThreadPool(daemonThreadsNamed("query-log-question-%s"));

    private final LeaderWatch leaderWatch;
    private final MissingMembers missingMembers;

    private final AtomicReference<RaftMember> member = new AtomicReference<>();
    private volatile QueryLogStateMachine stateMachine;
    private volatile Throwable failure;
    private volatile String lastError = "";

    // used only by the supervisor's thread, once it is started
    private QueryLogMember self;
    private LeaderEntries leaderEntries;
    private long openAfter = System.nanoTime();
    private final LeaderlessTime leaderlessTime;
    private final LeaderMajority leaderMajority;
    private boolean saidNotMember;
    private long intervalNanos;
    /** When the supervisor last finished its work. */
    private OptionalLong idleSince = OptionalLong.empty();
    private Optional<String> toldError = Optional.empty();

    MemberSupervisor(MemberSettings settings, long minBytesBetweenSnapshots, Parameters parameters, ToldLeadership leadership, PendingAppends pendingAppends)
    {
        this.settings = requireNonNull(settings, "settings is null");
        this.minBytesBetweenSnapshots = minBytesBetweenSnapshots;
        this.parameters = requireNonNull(parameters, "parameters is null");
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.pendingAppends = requireNonNull(pendingAppends, "pendingAppends is null");
        this.leaderWatch = new LeaderWatch(settings, questions, this::supervise, this::superviseNow);
        this.missingMembers = new MissingMembers(settings, questions, this::supervise);
        this.leaderlessTime = new LeaderlessTime(settings.promptTimeout().roundTo(NANOSECONDS), settings.electionTimeout().roundTo(NANOSECONDS), System.nanoTime());
        this.leaderMajority = new LeaderMajority(RaftSettings.maxTimeout(settings.electionTimeout()).roundTo(NANOSECONDS));
        supervisor.setRemoveOnCancelPolicy(true);
        supervisor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    void start(QueryLogMember self)
    {
        this.self = requireNonNull(self, "self is null");
        this.leaderEntries = new LeaderEntries(settings, self);
        long interval = Math.max(10, Math.min(100, settings.promptTimeout().toMillis() / 5));
        intervalNanos = MILLISECONDS.toNanos(interval);
        supervisor.scheduleWithFixedDelay(() -> run(this::supervise), 0, interval, MILLISECONDS);
    }

    /**
     * Returns the member, while it is open.
     */
    Optional<RaftMember> member()
    {
        return Optional.ofNullable(member.get());
    }

    /**
     * Returns the replica of the member that was opened last.
     */
    Optional<QueryLogStateMachine> stateMachine()
    {
        return Optional.ofNullable(stateMachine);
    }

    /**
     * Returns why the log cannot be opened; the empty string without an error.
     */
    String lastError()
    {
        return lastError;
    }

    LeaderWatch leaderWatch()
    {
        return leaderWatch;
    }

    /**
     * Returns why no member can lead, if that is known.
     */
    Optional<String> problem()
    {
        String error = lastError;
        if (!error.isEmpty()) {
            return Optional.of("the query log of dispatcher %s cannot be opened: %s".formatted(settings.nodeId(), error));
        }
        return member().flatMap(missingMembers::problem);
    }

    private void superviseNow()
    {
        supervise(this::supervise);
    }

    private void supervise(Runnable task)
    {
        try {
            supervisor.execute(() -> run(task));
        }
        catch (RejectedExecutionException _) {
            // the supervisor is being closed
        }
    }

    /**
     * Runs a task. When it starts late, this process or its machine has been paused.
     */
    private void run(Runnable task)
    {
        idleSince.ifPresent(since -> leaderWatch.pausedItself(System.nanoTime() - since - intervalNanos));
        try {
            task.run();
        }
        catch (RuntimeException e) {
            String error = describe(Throwables.getRootCause(e));
            if (!toldError.equals(Optional.of(error))) {
                toldError = Optional.of(error);
                log.error(e, "Could not look after the query log, and try again: %s", error);
            }
        }
        finally {
            idleSince = OptionalLong.of(System.nanoTime());
        }
    }

    private void supervise()
    {
        if (leadership.isClosed()) {
            return;
        }
        try {
            RaftMember current = member.get();
            if (current != null && (failure != null || !current.isAlive())) {
                Throwable cause = failure;
                log.error(cause, "The query log has failed, and is opened again: %s", cause == null ? "its member of the group has ended" : cause.getMessage());
                leadership.deposed(leadership.leading());
                closeMember();
                openAfter = System.nanoTime() + REOPEN_DELAY.roundTo(NANOSECONDS);
            }
            if (current != null && member.get() != null
                    && leaderlessTime.isOver(
                            current.isPeer(),
                            current.isLeaderKnown(),
                            current.isLeader(),
                            current.isLeaderReady(),
                            leaderWatch.timeout().roundTo(NANOSECONDS),
                            System.nanoTime())) {
                log.warn("The query log has had no leader for long, and is opened again here");
                leadership.deposed(leadership.leading());
                closeMember();
            }
            if (member.get() == null) {
                if (System.nanoTime() - openAfter < 0) {
                    return;
                }
                open();
                if (leadership.isClosed()) {
                    // close() may not have waited for this
                    closeMember();
                }
            }
        }
        catch (IOException | RuntimeException e) {
            leadership.deposed(leadership.leading());
            // the member may be open only in part
            closeMember();
            openAfter = System.nanoTime() + REOPEN_DELAY.roundTo(NANOSECONDS);
            Throwable cause = Throwables.getRootCause(e);
            String error = describe(cause);
            if (!Objects.equals(error, lastError)) {
                lastError = error;
                log.error(e, "Cannot open the query log in %s, and try again: %s", settings.directory(), error);
            }
        }
        RaftMember current = member.get();
        if (current != null) {
            watch(current, stateMachine);
        }
    }

    private static String describe(Throwable cause)
    {
        if (cause instanceof FileSystemException file && file.getReason() == null) {
            // its message is only the path
            return "%s (query-log.dir has to be a folder that the user of this process may make, read and write)".formatted(file);
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private void open()
            throws IOException
    {
        failure = null;
        // Ratis reads and writes its files in one go, and treats an interrupt as a failure: nothing interrupts this thread
        QueryLogStateMachine newStateMachine = new QueryLogStateMachine(new Replica(), snapshotWriter, minBytesBetweenSnapshots);
        Path directory = settings.directory();
        RaftProperties properties = RaftSettings.create(directory, settings.bindAddress(), settings.port(), settings.electionTimeout(), settings.isAlone());
        if (settings.peers().isEmpty()) {
            RaftConfigKeys.Rpc.setType(properties, new NoNetwork());
        }
        boolean existed = RaftMember.exists(directory);
        String memberId = settings.checkData();
        Files.createDirectories(directory);
        KnownMember.write(directory, memberId);
        List<RaftPeer> addresses = settings.members(memberId);
        stateMachine = newStateMachine;
        member.set(RaftMember.open(memberId, directory, initialPeers(existed, addresses), addresses, properties, settings.certificate(), parameters, newStateMachine));
        KnownPeers.write(directory, settings.peersVersion(), settings.peers());
        lastError = "";
        leaderlessTime.opened(System.nanoTime());
        leaderEntries.opened();
        log.info("Query log opened in %s%s", directory, settings.peers().isEmpty() ? "" : ", as %s of %s".formatted(memberId, settings.peers()));
    }

    private List<RaftPeer> initialPeers(boolean existed, List<RaftPeer> configured)
    {
        if (!existed && settings.peersVersion() > 1) {
            log.info("This dispatcher has no query log yet, and query-log.peers-version is %s: it waits for the leader to add it", settings.peersVersion());
            return List.of();
        }
        return configured;
    }

    private void watch(RaftMember current, QueryLogStateMachine currentStateMachine)
    {
        tellLeader(current, currentStateMachine);
        if (leaderWatch.look(current)) {
            log.info("This dispatcher has nothing of the leader of epoch %s, and opens the query log again to stand for election", current.term());
            leadership.deposed(leadership.leading());
            closeMember();
            openAfter = System.nanoTime();
            superviseNow();
            return;
        }
        missingMembers.look(current);
        if (leaderMajority.isLost(current.majorityHeardNanosAgo(), System.nanoTime())) {
            log.warn("Most of the dispatchers that keep the query log do not answer any more: this dispatcher does not lead in epoch %s any longer", current.term());
            leadership.deposed(leadership.leading());
            current.stepDown();
        }
        deposeUnlessLeading(leadership.leading(), current);
        if (current.isLeaderReady()) {
            leaderEntries.announce(current, currentStateMachine);
            if (leadership.leading() != NO_EPOCH) {
                leaderEntries.changePeers(leadership.leading(), current, currentStateMachine);
            }
        }
        if (currentStateMachine.isSnapshotWritten()) {
            // an earlier request did not succeed
            current.takeSnapshot(CLOSE_TIMEOUT.toMillis());
        }
        boolean memberOfGroup = current.isPeer();
        if (!memberOfGroup && !saidNotMember && settings.peersVersion() == 1) {
            log.warn("This dispatcher is not, or no longer, one of the peers of the query log: they are %s", current.peers());
        }
        saidNotMember = !memberOfGroup;
    }

    /**
     * Ends the given epoch only: another one may have begun meanwhile.
     */
    private void deposeUnlessLeading(long led, RaftMember current)
    {
        if (led != NO_EPOCH && (!current.isLeader() || current.term() != led)) {
            leadership.deposed(led);
        }
    }

    private void tellLeader(RaftMember current, QueryLogStateMachine currentStateMachine)
    {
        long led = leadership.leading();
        if (led != NO_EPOCH && led == current.term()) {
            leadership.leaderIs(Optional.of(new QueryLogLeader(led, self)));
            return;
        }
        leadership.leaderIs(current.isLeaderKnown() ? currentStateMachine.leader().filter(known -> known.epoch() == current.term()) : Optional.empty());
    }

    /**
     * Hands the leadership to another member, if this one leads and is not alone.
     */
    void handOver()
    {
        RaftMember current = member.get();
        if (leadership.leading() != NO_EPOCH && current != null && current.peers().size() > 1) {
            long timeoutMillis = 2 * settings.promptTimeout().toMillis();
            await(current.transferLeadership(timeoutMillis), new Duration(timeoutMillis, MILLISECONDS));
        }
    }

    /**
     * Closes the member for good. The leadership must be closed before.
     */
    void close()
    {
        supervisor.shutdown();
        try {
            // waits for a member that is being opened, which is then closed
            if (!supervisor.awaitTermination(CLOSE_TIMEOUT.toMillis(), MILLISECONDS)) {
                log.warn("The query log is still being opened while it is closed");
            }
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        leaderWatch.close();
        closeMember();
        snapshotWriter.shutdown();
        questions.shutdownNow();
    }

    private void closeMember()
    {
        leaderWatch.stop();
        RaftMember current = member.getAndSet(null);
        if (current != null) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            Thread thread = new ThreadFactoryBuilder().setDaemon(true).setNameFormat("query-log-close-%s").build().newThread(() -> {
                current.close();
                done.complete(null);
            });
            thread.start();
            if (!await(done, CLOSE_TIMEOUT)) {
                Throwable where = new Throwable("It closes here:");
                where.setStackTrace(thread.getStackTrace());
                log.warn(where, "The query log did not close within %s, and this dispatcher cannot open it again before it has", CLOSE_TIMEOUT);
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

    private void beginLeading(QueryLogLeader leader, QueryLogStateMachine.LiveRecordsView liveRecords)
    {
        RaftMember current = member.get();
        if (current != null) {
            leadership.elected(leader, epoch -> current.isLeader() && current.term() == epoch, liveRecords::toList);
        }
    }

    /**
     * Handles the events of the replica on this member.
     */
    private class Replica
            implements QueryLogStateMachine.Observer
    {
        @Override
        public void replaced()
        {
            // a snapshot does not tell which records it includes
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
         * Begins to lead: a leader needs nothing more, unless the log is new and has no identity yet. The entry that says who leads is for
         * the other members, and may come later.
         */
        @Override
        public void leaderReady(QueryLogStateMachine.LiveRecordsView liveRecords)
        {
            OptionalLong ready = member().map(RaftMember::readyEpoch).orElseGet(OptionalLong::empty);
            if (ready.isPresent() && stateMachine().flatMap(QueryLogStateMachine::identity).isPresent()) {
                pendingAppends.epochBegan(ready.getAsLong());
                beginLeading(new QueryLogLeader(ready.getAsLong(), self), liveRecords);
            }
            superviseNow();
        }

        @Override
        public void notLeader()
        {
            member().ifPresent(current -> deposeUnlessLeading(leadership.leading(), current));
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
            member().ifPresent(current -> current.takeSnapshot(CLOSE_TIMEOUT.toMillis()));
        }
    }
}
