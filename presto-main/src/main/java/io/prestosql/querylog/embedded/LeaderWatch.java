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
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Watches the leader that this member follows, and takes its place when it is gone, or sees to it that another member does. Its supervisor's thread calls it.
 */
final class LeaderWatch
{
    private static final Logger log = Logger.get(LeaderWatch.class);

    static final Duration QUESTION_TIMEOUT = new Duration(1, SECONDS);

    private final MemberSettings settings;
    private final Executor questions;
    private final Consumer<Runnable> supervisor;
    private final Runnable superviseNow;

    private final Succession succession = new Succession();
    private Optional<LogLeader> followed = Optional.empty();
    private volatile LeaderConnection connection;

    /**
     * @param supervisor runs what it gets on the supervisor's thread
     * @param superviseNow looks after the member now, on that thread
     */
    LeaderWatch(MemberSettings settings, Executor questions, Consumer<Runnable> supervisor, Runnable superviseNow)
    {
        this.settings = requireNonNull(settings, "settings is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.supervisor = requireNonNull(supervisor, "supervisor is null");
        this.superviseNow = requireNonNull(superviseNow, "superviseNow is null");
    }

    /**
     * Whether this member would notice the death of the leader's process.
     */
    boolean isLeaderWatched()
    {
        LeaderConnection current = connection;
        return current != null && current.isConnected();
    }

    void look(RaftMember member)
    {
        if (settings.isAlone()) {
            return;
        }
        Optional<LogLeader> leader = member.leader();
        if (leader.isPresent() && !leader.equals(followed)) {
            follow(leader);
            if (connection != null) {
                // so that the connections to the others are there when they are needed
                member.ask(others(member), questions, QUESTION_TIMEOUT.toMillis());
            }
        }
        OptionalLong dead = connection != null && connection.isRefused() ? OptionalLong.of(followed.orElseThrow().epoch()) : OptionalLong.empty();
        switch (succession.next(dead, member.term(), System.nanoTime())) {
            case WAIT -> {}
            case ASK -> member.ask(others(member), questions, QUESTION_TIMEOUT.toMillis())
                    .thenAccept(others -> supervisor.accept(() -> {
                        succession.answered(dead.orElseThrow(), member.standby(), others, member.peers().size(), System.nanoTime());
                        superviseNow.run();
                    }));
            case STAND_FOR_ELECTION -> {
                log.info("The process of dispatcher %s, the leader of the query log in epoch %s, is gone: this dispatcher stands for election", followed.orElseThrow().member(), followed.orElseThrow().epoch());
                member.standForElection(followed.orElseThrow());
            }
        }
    }

    /**
     * The member was closed, and follows no leader.
     */
    void stop()
    {
        follow(Optional.empty());
    }

    private void follow(Optional<LogLeader> leader)
    {
        followed = leader;
        if (connection != null) {
            connection.close();
            connection = null;
        }
        leader.filter(other -> !other.member().equals(settings.nodeId()))
                .flatMap(other -> settings.peer(other.member()))
                .ifPresent(peer -> connection = new LeaderConnection(peer.address(), superviseNow));
    }

    /**
     * The members but this one and the leader that it follows.
     */
    private List<String> others(RaftMember current)
    {
        return current.memberIds().stream()
                .filter(member -> !member.equals(settings.nodeId()) && followed.filter(leader -> leader.member().equals(member)).isEmpty())
                .collect(toImmutableList());
    }
}
