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
package io.prestosql.worker;

import com.google.common.collect.ImmutableList;
import io.prestosql.protocol.TaskOwner;
import io.trino.execution.TaskId;
import io.trino.spi.QueryId;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Decides which tasks of this node were left behind by a coordinator that is certainly gone. No threads and no clock.
 * <p>
 * A coordinator that has tasks here asks for their state about once a second. When its process has sent nothing for a while, this node asks
 * it for its identity. The process is gone when
 * <ul>
 *     <li>another process answers at its address,
 *     <li>its address refuses connections repeatedly for a time, because a single refusal may come from a device in between, or
 *     <li>it has been silent for longer than its lease plus a margin. A coordinator that is cut off or paused gives up its queries when its
 *     lease ends by its own clock. Before that, silence proves nothing: a paused coordinator is silent, too, and its queries go on when it
 *     resumes.
 * </ul>
 * Time during which this node itself was paused is ignored, because the silence was then its own.
 * <p>
 * A query belongs to the process that has created its tasks. A dispatcher gives it to another coordinator under the same id when it takes
 * the first one for dead or fenced, but a request of the first one may still be under way, and arrive before or after those of the other.
 * So another process has to wait until the owner is known to be gone. Then it gets the query, without the tasks of the earlier owner.
 */
final class OwnerWatch
{
    /** After this time without a look, this node is taken to have been paused. */
    static final long PAUSE_NANOS = SECONDS.toNanos(5);
    /** After this time without an answer, a question may be repeated. The caller gives up long before. */
    static final long QUESTION_NANOS = SECONDS.toNanos(10);
    /** How long a query without tasks here is remembered: its first task may be on the way from the request to the task manager. */
    static final long RETENTION_NANOS = SECONDS.toNanos(60);
    static final int MIN_REFUSALS = 3;

    /**
     * How to treat a coordinator's request for a task.
     */
    enum Reception
    {
        TAKEN,
        /** Taken, and all tasks that the query has here so far were left behind by another process. */
        TAKEN_OVER,
        /** To be repeated: the query belongs to another process, which is not known to be gone. */
        CONTENDED,
        /** Refused: the query has gone to another coordinator. */
        FORMER_OWNER,
        /** Not taken: another process has created a task of that id here, so the query cannot run again. */
        LEFT_BEHIND;

        boolean isRefusal()
        {
            return this != TAKEN && this != TAKEN_OVER;
        }
    }

    enum ProcessAnswer
    {
        SAME_PROCESS,
        ANOTHER_PROCESS,
        REFUSED,
        /** There was no connection: perhaps it was refused, perhaps the address was unreachable. */
        UNREACHABLE,
        /** No answer, or one that does not identify the process. */
        UNCLEAR,
    }

    enum Death
    {
        ANOTHER_PROCESS("another process answers at its address"),
        REFUSED("its address refuses connections"),
        SILENT("nothing was heard of it for longer than its lease");

        private final String description;

        Death(String description)
        {
            this.description = requireNonNull(description, "description is null");
        }

        @Override
        public String toString()
        {
            return description;
        }
    }

    /**
     * Asks a process for its identity.
     */
    record Question(TaskOwner owner, long number)
    {
        Question
        {
            requireNonNull(owner, "owner is null");
        }
    }

    /**
     * A query whose tasks are to be dropped.
     */
    record Leftover(QueryId queryId, TaskOwner owner, Death death)
    {
        Leftover
        {
            requireNonNull(queryId, "queryId is null");
            requireNonNull(owner, "owner is null");
            requireNonNull(death, "death is null");
        }
    }

    record Findings(List<Question> questions, List<Leftover> leftovers)
    {
        Findings
        {
            questions = ImmutableList.copyOf(questions);
            leftovers = ImmutableList.copyOf(leftovers);
        }
    }

    private final String ownProcessId;
    private final long silenceNanos;
    private final long refusalNanos;
    private final Map<String, WatchedCoordinator> coordinators = new HashMap<>();
    private final Map<QueryId, Query> queries = new HashMap<>();
    private OptionalLong lastLook = OptionalLong.empty();
    private long lastQuestion;
    private long deaths;
    private long revivals;

    /**
     * @param ownProcessId this process, which may be a coordinator, too, and is never gone
     * @param silenceNanos after how long without a sign of a coordinator it is asked
     * @param refusalNanos how long a coordinator has to refuse connections
     */
    OwnerWatch(String ownProcessId, long silenceNanos, long refusalNanos)
    {
        this.ownProcessId = requireNonNull(ownProcessId, "ownProcessId is null");
        checkArgument(silenceNanos > 0, "silenceNanos is not positive");
        checkArgument(refusalNanos > 0, "refusalNanos is not positive");
        this.silenceNanos = silenceNanos;
        this.refusalNanos = refusalNanos;
    }

    /**
     * Notes that a coordinator asks for the state of several of its tasks.
     */
    void heard(TaskOwner owner, long nowNanos)
    {
        hear(owner, nowNanos);
    }

    /**
     * Notes that a coordinator asks for the state of one of its tasks. If the query is {@link Reception#CONTENDED}, an existing task of
     * that id is not the one that the coordinator means.
     */
    Reception asked(TaskOwner owner, TaskId taskId, long nowNanos)
    {
        hear(owner, nowNanos);
        Query query = queries.get(taskId.getQueryId());
        if (query == null || query.formerProcesses.contains(owner.processId())) {
            // a coordinator that has lost the query is told the state of its tasks
            return Reception.TAKEN;
        }
        if (query.owner.processId().equals(owner.processId())) {
            return query.leftBehind.contains(taskId) ? Reception.LEFT_BEHIND : Reception.TAKEN;
        }
        return Reception.CONTENDED;
    }

    /**
     * Notes that a coordinator creates or changes a task. If the query is {@link Reception#TAKEN_OVER}, the caller must at once name the
     * query's existing tasks: {@link #leaveBehind}.
     */
    Reception changed(TaskOwner owner, TaskId taskId, long nowNanos)
    {
        hear(owner, nowNanos);
        Query query = queries.computeIfAbsent(taskId.getQueryId(), _ -> new Query(owner, nowNanos));
        if (query.owner.processId().equals(owner.processId())) {
            query.changedNanos = nowNanos;
            return query.leftBehind.contains(taskId) ? Reception.LEFT_BEHIND : Reception.TAKEN;
        }
        if (query.formerProcesses.contains(owner.processId())) {
            return Reception.FORMER_OWNER;
        }
        query.changedNanos = nowNanos;
        if (coordinators.get(query.owner.processId()).death.isEmpty()) {
            query.contendedNanos = OptionalLong.of(nowNanos);
            return Reception.CONTENDED;
        }
        query.formerProcesses.add(query.owner.processId());
        query.owner = owner;
        query.contendedNanos = OptionalLong.empty();
        return Reception.TAKEN_OVER;
    }

    /**
     * Notes that a coordinator ends a task. Only the query's owner may: for another process, the task of that id is not the one that it
     * means.
     */
    Reception ended(TaskOwner owner, TaskId taskId, long nowNanos)
    {
        hear(owner, nowNanos);
        Query query = queries.get(taskId.getQueryId());
        if (query == null) {
            return Reception.TAKEN;
        }
        if (query.formerProcesses.contains(owner.processId())) {
            return Reception.FORMER_OWNER;
        }
        return query.owner.processId().equals(owner.processId()) && !query.leftBehind.contains(taskId) ? Reception.TAKEN : Reception.LEFT_BEHIND;
    }

    /**
     * @param tasks all tasks of the query here that earlier owners have created, including ended ones
     * @param taskId the task that the new owner wants to change
     */
    Reception leaveBehind(Set<TaskId> tasks, TaskId taskId)
    {
        Query query = queries.get(taskId.getQueryId());
        checkArgument(query != null, "query %s is not known", taskId.getQueryId());
        query.leftBehind.addAll(tasks);
        return query.leftBehind.contains(taskId) ? Reception.LEFT_BEHIND : Reception.TAKEN;
    }

    private void hear(TaskOwner owner, long nowNanos)
    {
        WatchedCoordinator coordinator = coordinators.computeIfAbsent(owner.processId(), _ -> new WatchedCoordinator(owner, nowNanos));
        coordinator.startAnew(nowNanos);
        if (coordinator.death.isPresent()) {
            // the request was under way for long, or the coordinator was not dead
            coordinator.death = Optional.empty();
            revivals++;
        }
    }

    /**
     * Lets time pass. Must be called regularly, because a long time between two calls counts as a pause.
     *
     * @param present all queries that have tasks here, including ended ones
     * @param running those queries that have created tasks that are running
     */
    Findings look(Set<QueryId> present, Set<QueryId> running, long nowNanos)
    {
        if (lastLook.isPresent()) {
            long sinceLastLook = nowNanos - lastLook.getAsLong();
            if (sinceLastLook > PAUSE_NANOS || sinceLastLook < 0) {
                coordinators.values().forEach(coordinator -> coordinator.startAnew(nowNanos));
            }
        }
        lastLook = OptionalLong.of(nowNanos);
        forget(present, nowNanos);

        Set<String> withTasks = queries.entrySet().stream()
                // unknown queries belong to coordinators that do not identify themselves, and are left to the engine
                .filter(query -> running.contains(query.getKey()) || query.getValue().isContended(nowNanos))
                .map(query -> query.getValue().owner.processId())
                .filter(processId -> !processId.equals(ownProcessId))
                .collect(toImmutableSet());
        List<Question> questions = new ArrayList<>();
        for (String processId : withTasks) {
            WatchedCoordinator coordinator = coordinators.get(processId);
            if (coordinator.death.isPresent()) {
                continue;
            }
            long silence = nowNanos - coordinator.heardNanos;
            if (silence > giveUpNanos(coordinator.owner)) {
                die(coordinator, Death.SILENT);
            }
            else if (silence >= silenceNanos && coordinator.mayBeAsked(nowNanos)) {
                lastQuestion++;
                coordinator.question = lastQuestion;
                coordinator.askedNanos = nowNanos;
                questions.add(new Question(coordinator.owner, lastQuestion));
            }
        }

        List<Leftover> leftovers = new ArrayList<>();
        for (QueryId queryId : running) {
            Query query = queries.get(queryId);
            if (query != null) {
                coordinators.get(query.owner.processId()).death
                        .ifPresent(death -> leftovers.add(new Leftover(queryId, query.owner, death)));
            }
        }
        return new Findings(questions, leftovers);
    }

    /**
     * Returns the silence after which a coordinator is gone. Dispatchers give up its queries after the same time: one clock may run a tenth
     * faster than another.
     */
    private long giveUpNanos(TaskOwner owner)
    {
        long leaseNanos = MILLISECONDS.toNanos(owner.leaseMillis());
        return leaseNanos + leaseNanos / 10 + silenceNanos;
    }

    private void forget(Set<QueryId> present, long nowNanos)
    {
        Set<String> owners = new HashSet<>();
        Iterator<Map.Entry<QueryId, Query>> iterator = queries.entrySet().iterator();
        while (iterator.hasNext()) {
            Map.Entry<QueryId, Query> entry = iterator.next();
            Query query = entry.getValue();
            if (!present.contains(entry.getKey()) && nowNanos - query.changedNanos > RETENTION_NANOS) {
                iterator.remove();
            }
            else {
                owners.add(query.owner.processId());
            }
        }
        coordinators.values().removeIf(coordinator -> !owners.contains(coordinator.owner.processId()));
    }

    /**
     * Takes the outcome of a question.
     *
     * @return whether the coordinator is found to be gone
     */
    boolean answered(Question question, ProcessAnswer answer, long nowNanos)
    {
        WatchedCoordinator coordinator = coordinators.get(question.owner().processId());
        if (coordinator == null || coordinator.question != question.number()) {
            // the coordinator was heard from meanwhile, or this node was paused
            return false;
        }
        coordinator.question = WatchedCoordinator.NO_QUESTION;
        return switch (answer) {
            case SAME_PROCESS -> {
                coordinator.startAnew(nowNanos);
                yield false;
            }
            case ANOTHER_PROCESS -> {
                die(coordinator, Death.ANOTHER_PROCESS);
                yield true;
            }
            case REFUSED -> {
                coordinator.refuse(nowNanos);
                boolean certain = coordinator.refusals >= MIN_REFUSALS && nowNanos - coordinator.firstRefusalNanos >= refusalNanos;
                if (certain) {
                    die(coordinator, Death.REFUSED);
                }
                yield certain;
            }
            // perhaps no process listens there, but that is not certain
            case UNREACHABLE -> false;
            case UNCLEAR -> {
                // a process may listen there after all
                coordinator.refusals = 0;
                yield false;
            }
        };
    }

    private void die(WatchedCoordinator coordinator, Death death)
    {
        coordinator.death = Optional.of(death);
        coordinator.question = WatchedCoordinator.NO_QUESTION;
        deaths++;
    }

    /**
     * Returns the processes that have, or recently had, tasks here, including this one.
     */
    Set<TaskOwner> owners()
    {
        return coordinators.values().stream()
                .map(coordinator -> coordinator.owner)
                .collect(toImmutableSet());
    }

    /**
     * Returns how often a coordinator was found to be gone.
     */
    long deaths()
    {
        return deaths;
    }

    /**
     * Returns how often a request came from a coordinator that had been found to be gone.
     */
    long revivals()
    {
        return revivals;
    }

    private static final class Query
    {
        private final Set<String> formerProcesses = new HashSet<>();
        private final Set<TaskId> leftBehind = new HashSet<>();
        private TaskOwner owner;
        private long changedNanos;
        /** When another process last asked to change the query. */
        private OptionalLong contendedNanos = OptionalLong.empty();

        private Query(TaskOwner owner, long changedNanos)
        {
            this.owner = requireNonNull(owner, "owner is null");
            this.changedNanos = changedNanos;
        }

        private boolean isContended(long nowNanos)
        {
            return contendedNanos.isPresent() && nowNanos - contendedNanos.getAsLong() <= RETENTION_NANOS;
        }
    }

    private static final class WatchedCoordinator
    {
        private static final long NO_QUESTION = 0;

        private final TaskOwner owner;
        private long heardNanos;
        private long question = NO_QUESTION;
        private long askedNanos;
        private int refusals;
        private long firstRefusalNanos;
        private long lastRefusalNanos;
        private Optional<Death> death = Optional.empty();

        private WatchedCoordinator(TaskOwner owner, long heardNanos)
        {
            this.owner = requireNonNull(owner, "owner is null");
            this.heardNanos = heardNanos;
        }

        private void startAnew(long nowNanos)
        {
            heardNanos = nowNanos;
            question = NO_QUESTION;
            refusals = 0;
        }

        private boolean mayBeAsked(long nowNanos)
        {
            return question == NO_QUESTION || nowNanos - askedNanos > QUESTION_NANOS;
        }

        private void refuse(long nowNanos)
        {
            if (refusals == 0 || nowNanos - lastRefusalNanos > PAUSE_NANOS) {
                refusals = 0;
                firstRefusalNanos = nowNanos;
            }
            refusals++;
            lastRefusalNanos = nowNanos;
        }
    }
}
