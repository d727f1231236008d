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
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Finds the members that do not answer when there has been no leader for longer than an election takes: more than half of the members have
 * to be up.
 */
final class MissingMembers
{
    private static final Logger log = Logger.get(MissingMembers.class);

    private static final Duration LEADERLESS_GRACE = new Duration(2, SECONDS);

    private final MemberSettings settings;
    private final Executor questions;
    private final Consumer<Runnable> supervisor;

    // used only by the supervisor's thread
    private OptionalLong leaderless = OptionalLong.empty();
    private long askAt;
    private Optional<String> toldProblem = Optional.empty();

    private volatile Optional<Set<String>> answering = Optional.empty();

    MissingMembers(MemberSettings settings, Executor questions, Consumer<Runnable> supervisor)
    {
        this.settings = requireNonNull(settings, "settings is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.supervisor = requireNonNull(supervisor, "supervisor is null");
    }

    /**
     * Checks for missing members. Called by the supervisor.
     */
    void look(RaftMember member)
    {
        if (settings.isAlone() || !member.isPeer() || (member.isLeaderKnown() && (!member.isLeader() || member.isLeaderReady()))) {
            leaderless = OptionalLong.empty();
            answering = Optional.empty();
            toldProblem = Optional.empty();
            return;
        }
        long now = System.nanoTime();
        if (leaderless.isEmpty()) {
            leaderless = OptionalLong.of(now);
            askAt = now + LEADERLESS_GRACE.roundTo(NANOSECONDS);
        }
        if (now - askAt < 0) {
            return;
        }
        askAt = now + LEADERLESS_GRACE.roundTo(NANOSECONDS);
        List<String> others = member.memberIds().stream()
                .filter(other -> !other.equals(settings.nodeId()))
                .collect(toImmutableList());
        member.ask(others, questions, LeaderWatch.QUESTION_TIMEOUT.toMillis())
                .thenAccept(answers -> supervisor.accept(() -> {
                    if (leaderless.isEmpty()) {
                        return;
                    }
                    answering = Optional.of(Stream.concat(Stream.of(settings.nodeId()), answers.stream().map(Standby::member)).collect(toImmutableSet()));
                    Optional<String> problem = problem(member);
                    if (problem.isPresent() && !problem.equals(toldProblem)) {
                        log.warn("No dispatcher leads the queue: %s", problem.get());
                        toldProblem = problem;
                    }
                }));
    }

    /**
     * Returns why no member can lead, if that is known. Any thread may call this.
     */
    Optional<String> problem(RaftMember member)
    {
        if (settings.isAlone()) {
            return Optional.empty();
        }
        List<String> members = member.memberIds();
        if (!members.contains(settings.nodeId())) {
            return Optional.of(members.isEmpty() ?
                    "dispatcher %s waits to be added to the peers of the query log".formatted(settings.nodeId()) :
                    "dispatcher %s is not one of the peers of the query log, which are %s".formatted(settings.nodeId(), String.join(", ", members)));
        }
        int needed = members.size() / 2 + 1;
        return answering
                .map(answers -> members.stream().filter(other -> !answers.contains(other)).collect(toImmutableList()))
                .filter(silent -> members.size() - silent.size() < needed)
                .map(silent -> "%s of the %s dispatchers that keep the query log have to be up, and %s answers: %s do not".formatted(needed, members.size(), members.size() - silent.size(), String.join(", ", silent)));
    }
}
