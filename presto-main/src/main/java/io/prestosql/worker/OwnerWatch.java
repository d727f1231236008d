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
import com.google.common.collect.ImmutableSet;
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
 * Decides which tasks of this node have been left behind by a coordinator that is certainly gone. There are no threads here, and no
 * clock.
 * <p>
 * A coordinator that has tasks here asks for their state about once a second. When nothing has come from its process for a while, it is
 * asked in turn who it is. The process is gone when
 * <ul>
 *     <li>another process answers at its address,
 *     <li>its address refuses connections, and that again and again for a time: a single refusal may come from something in between, or
 *     <li>nothing at all was heard of it for as long as its lease is, and then some. A coordinator that is cut off, or that does not move,
 *     gives its queries up when its lease is over, by its own clock. Before that silence says nothing: a coordinator that is paused is
 *     silent, too, and its queries go on when it is back.
 * </ul>
 * Time in which this node itself did not move counts for nothing: then the silence was its own.
 * <p>
 * A query belongs to the process that has made its tasks. A dispatcher gives it to another coordinator under the same id when it takes the
 * first one for dead or fenced, but a request of the first one may still be under way then, and arrive before or after those of the other.
 * So another process has to wait until the owner is known to be gone. Then it gets the query, without what the earlier owner has made.
 */
final class OwnerWatch
{
    /** Without a look for that long, this node is taken to have been paused. */
    static final long PAUSE_NANOS = SECONDS.toNanos(5);
    /** For that long a question may be without an answer before it is asked anew. Whoever asks gives up long before that. */
    static final long QUESTION_NANOS = SECONDS.toNanos(10);
    /** For that long a query is remembered that has no tasks here: its first may be on the way from the request to the tasks. */
    static final long RETENTION_NANOS = SECONDS.toNanos(60);
    static final int MIN_REFUSALS = 3;

    /**
     * How a coordinator's request to change a task is to be taken.
     */
    enum Reception
    {
        TAKEN,
        /** Taken; and all that the query has here so far has been left behind by another process. */
        TAKEN_OVER,
        /** To be asked again: the query belongs to another process, of which it is not known that it is gone. */
        CONTENDED,
        /** Refused: the query has gone to another coordinator. */
        FORMER_OWNER,
        /** Not taken: a task of that id is here already, and another process has made it. So the query cannot be run again. */
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
        /** There was no connection. Perhaps it was refused, and perhaps the address was out of reach. */
        UNREACHABLE,
        /** None, or one that says nothing of the process. */
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
     * Who are you?
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
     * @param refusalNanos for how long it has to refuse connections
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
     * A coordinator asks for the state of several of its tasks.
     */
    void heard(TaskOwner owner, long nowNanos)
    {
        hear(owner, nowNanos);
    }

    /**
     * A coordinator asks for the state of one of its tasks. When the query is {@link Reception#CONTENDED}, a task that is there is not
     * the one that it means.
     */
    Reception asked(TaskOwner owner, TaskId taskId, long nowNanos)
    {
        hear(owner, nowNanos);
        Query query = queries.get(taskId.getQueryId());
        if (query == null || query.formerProcesses.contains(owner.processId())) {
            // one that has lost the query is told what has become of its tasks
            return Reception.TAKEN;
        }
        if (query.owner.processId().equals(owner.processId())) {
            return query.leftBehind.contains(taskId) ? Reception.LEFT_BEHIND : Reception.TAKEN;
        }
        return Reception.CONTENDED;
    }

    /**
     * A coordinator makes or changes a task. When the query is {@link Reception#TAKEN_OVER}, say at once what of it is there:
     * {@link #leaveBehind}.
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
     * A coordinator ends a task. A process that is not the query's owner may not: the task of that id is not the one that it means.
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
     * @param tasks all tasks of the query here that earlier owners have made, ended ones included
     * @param taskId the one that the new owner wants to change
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
            // a request that was under way for long, or it was not dead
            coordinator.death = Optional.empty();
            revivals++;
        }
    }

    /**
     * Lets time pass. To be called again and again, as time between two calls that are far from each other counts as a pause.
     *
     * @param present all queries that have tasks here, ended ones included
     * @param running those of them with tasks that were made and run
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
                // those that are unknown belong to coordinators that do not say who they are: they are the engine's affair
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
     * The dispatchers give the queries of a silent coordinator up after the same time: a clock may run a tenth faster than another.
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
     * What has become of a question.
     *
     * @return whether the coordinator is found to be gone
     */
    boolean answered(Question question, ProcessAnswer answer, long nowNanos)
    {
        WatchedCoordinator coordinator = coordinators.get(question.owner().processId());
        if (coordinator == null || coordinator.question != question.number()) {
            // it was heard of meanwhile, or this node was paused
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
            // nobody listens there, as far as that goes, but that is not to be known
            case UNREACHABLE -> false;
            case UNCLEAR -> {
                // somebody may listen there after all
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
     * The processes that have tasks here, or had until a short while ago, this one included.
     */
    Set<TaskOwner> owners()
    {
        return coordinators.values().stream()
                .map(coordinator -> coordinator.owner)
                .collect(toImmutableSet());
    }

    Set<QueryId> queries()
    {
        return ImmutableSet.copyOf(queries.keySet());
    }

    /**
     * How often a coordinator was found to be gone.
     */
    long deaths()
    {
        return deaths;
    }

    /**
     * How often something came from one that had been found to be gone.
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
        /** When another process has asked for it last. */
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
