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

import io.airlift.log.Logger;
import io.airlift.units.Duration;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.units.Duration.succinctNanos;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Watches the leader that this member follows. When the leader is gone, takes its place or makes sure that another member does: at once
 * when its process is dead, or, when it is silent, after a time-out that adapts to the machine. Its supervisor's thread calls it.
 */
final class LeaderWatch
{
    private static final Logger log = Logger.get(LeaderWatch.class);

    static final Duration QUESTION_TIMEOUT = new Duration(1, SECONDS);
    /** While there is no leader, gives Ratis's own elections a chance first. */
    private static final int LEADERLESS_TIMEOUTS = 3;
    /** The obstacle that keeps this member from standing for election may last. */
    private static final long OPEN_INTERVAL_NANOS = SECONDS.toNanos(10);
    /** How much the time-out must change before a line in the log is worth it. */
    private static final long TOLD_CHANGE_NANOS = SECONDS.toNanos(1);

    private final MemberSettings settings;
    private final Executor questions;
    private final Consumer<Runnable> supervisor;
    private final Runnable superviseNow;

    private final Succession succession = new Succession();
    private final AdaptiveTimeout timeout;
    private final LeaderSilence silence;
    private volatile long timeoutNanos;
    private long toldTimeoutNanos;
    private Optional<LogLeader> followed = Optional.empty();
    private OptionalLong openedAgainAt = OptionalLong.empty();
    private volatile LeaderConnection connection;
    private boolean closed;

    /**
     * @param supervisor runs tasks on the supervisor's thread
     * @param superviseNow makes the supervisor check the member now, on that thread
     */
    LeaderWatch(MemberSettings settings, Executor questions, Consumer<Runnable> supervisor, Runnable superviseNow)
    {
        this.settings = requireNonNull(settings, "settings is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.supervisor = requireNonNull(supervisor, "supervisor is null");
        this.superviseNow = requireNonNull(superviseNow, "superviseNow is null");
        timeout = new AdaptiveTimeout(settings.electionTimeout().roundTo(NANOSECONDS));
        silence = new LeaderSilence(timeout, LEADERLESS_TIMEOUTS * settings.promptTimeout().roundTo(NANOSECONDS));
        timeoutNanos = timeout.nanos(System.nanoTime());
        toldTimeoutNanos = timeoutNanos;
    }

    /**
     * Returns whether this member would notice the death of the leader's process.
     */
    boolean isLeaderWatched()
    {
        LeaderConnection current = connection;
        return current != null && current.isConnected();
    }

    /**
     * Returns how long the leader may be silent at present.
     */
    Duration timeout()
    {
        return new Duration(timeoutNanos / 1e6, MILLISECONDS);
    }

    /**
     * Records that this process has made no progress for a time and has resumed.
     */
    void pausedItself(long pauseNanos)
    {
        if (!settings.isAlone()) {
            silence.pausedItself(pauseNanos, System.nanoTime());
            adaptTimeout();
        }
    }

    /**
     * @return whether the member has to be opened again: it should stand for election, but cannot on request, and does so by itself soon
     * after it is opened
     */
    boolean look(RaftMember member)
    {
        if (settings.isAlone()) {
            return false;
        }
        Optional<LogLeader> leader = member.leader();
        if (leader.isPresent() && !leader.equals(followed)) {
            follow(leader);
            if (connection != null) {
                // so that the connections to the other members are ready when they are needed
                member.ask(others(member), questions, QUESTION_TIMEOUT.toMillis());
                askForLeader(member, member.term());
            }
        }
        LeaderConnection current = connection;
        OptionalLong dead = current != null && current.isRefused() ? OptionalLong.of(followed.orElseThrow().epoch()) : OptionalLong.empty();
        OptionalLong silent = silent(member);
        OptionalLong gone = silent.isPresent() ? silent : dead;
        switch (succession.next(gone, silent.isPresent(), member.term(), System.nanoTime())) {
            case WAIT -> {}
            case ASK -> ask(member, gone.orElseThrow());
            case STAND_FOR_ELECTION -> {
                return !standForElection(member, dead.isPresent()) && mayOpenAgain(member);
            }
        }
        return false;
    }

    private void ask(RaftMember member, long goneLeader)
    {
        // the member may be closed before the answers come
        Standby self = member.standby();
        boolean onRequest = member.mayStandForElection();
        int members = member.peers().size();
        List<String> asked = others(member);
        member.ask(asked, questions, QUESTION_TIMEOUT.toMillis())
                .thenAccept(others -> supervisor.accept(() -> {
                    succession.answered(goneLeader, self, onRequest, asked.size(), others, members, System.nanoTime());
                    superviseNow.run();
                }));
    }

    /**
     * Returns the epoch in which the other members miss the leader, too; empty when there is, or may be, a leader.
     */
    private OptionalLong silent(RaftMember member)
    {
        if (!member.isPeer() || !member.isFollower()) {
            silence.notFollowing();
            return OptionalLong.empty();
        }
        long epoch = member.term();
        LeaderSilence.SilenceVerdict verdict = silence.next(epoch, member.heardNanosAgo(), member.peers().size(), System.nanoTime());
        adaptTimeout();
        if (verdict == LeaderSilence.SilenceVerdict.ASK) {
            askForLeader(member, epoch);
        }
        return verdict == LeaderSilence.SilenceVerdict.GONE ? OptionalLong.of(epoch) : OptionalLong.empty();
    }

    private void askForLeader(RaftMember member, long epoch)
    {
        member.memberIds().stream()
                .filter(other -> !other.equals(settings.nodeId()))
                .forEach(other -> member.askForLeader(other, questions)
                        .thenAccept(sighting -> supervisor.accept(() -> {
                            silence.answered(epoch, sighting, System.nanoTime());
                            superviseNow.run();
                        })));
    }

    /**
     * @return whether the member could stand for election
     */
    private boolean standForElection(RaftMember member, boolean dead)
    {
        if (!member.mayStandForElection()) {
            return false;
        }
        Optional<LogLeader> leader = member.leader();
        if (leader.isEmpty()) {
            log.info("The query log has no leader in epoch %s: this dispatcher stands for election", member.term());
        }
        else if (dead) {
            log.info("The process of dispatcher %s, the leader of the query log in epoch %s, is gone: this dispatcher stands for election", leader.get().member(), leader.get().epoch());
        }
        else {
            log.info("Dispatcher %s, the leader of the query log in epoch %s, has been silent for %s: this dispatcher stands for election", leader.get().member(), leader.get().epoch(), timeout().convertToMostSuccinctTimeUnit());
        }
        member.standForElection(leader.map(LogLeader::member).orElse(settings.nodeId()));
        return true;
    }

    private boolean mayOpenAgain(RaftMember member)
    {
        long now = System.nanoTime();
        if (!member.isFollower() || (openedAgainAt.isPresent() && now - openedAgainAt.getAsLong() < OPEN_INTERVAL_NANOS)) {
            return false;
        }
        openedAgainAt = OptionalLong.of(now);
        return true;
    }

    private void adaptTimeout()
    {
        long now = System.nanoTime();
        timeoutNanos = timeout.nanos(now);
        if (Math.abs(timeoutNanos - toldTimeoutNanos) >= TOLD_CHANGE_NANOS) {
            toldTimeoutNanos = timeoutNanos;
            log.info("A leader of the query log may be silent for %s from now on: the longest pause of the last hour was %s",
                    timeout().convertToMostSuccinctTimeUnit(), succinctNanos(timeout.longestPause(now)));
        }
    }

    /**
     * Called when the member was closed and follows no leader.
     */
    void stop()
    {
        follow(Optional.empty());
        silence.notFollowing();
    }

    private synchronized void follow(Optional<LogLeader> leader)
    {
        followed = closed ? Optional.empty() : leader;
        if (connection != null) {
            connection.close();
            connection = null;
        }
        followed.filter(other -> !other.member().equals(settings.nodeId()))
                .flatMap(other -> settings.peer(other.member()))
                .ifPresent(peer -> connection = new LeaderConnection(peer.address(), superviseNow));
    }

    /**
     * Stops watching any leader for good.
     */
    synchronized void close()
    {
        closed = true;
        follow(Optional.empty());
    }

    /**
     * Returns the members except this one and its leader.
     */
    private List<String> others(RaftMember member)
    {
        Optional<String> leader = member.leader().map(LogLeader::member);
        return member.memberIds().stream()
                .filter(other -> !other.equals(settings.nodeId()) && !leader.equals(Optional.of(other)))
                .collect(toImmutableList());
    }
}
