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
package io.prestosql.dispatcher;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.cluster.CoordinatorClient;
import io.prestosql.cluster.CoordinatorLink;
import io.prestosql.cluster.CoordinatorListener;
import io.prestosql.cluster.Coordinators;
import io.prestosql.cluster.ForCoordinators;
import io.prestosql.coordinator.DispatchRequest;
import io.prestosql.coordinator.DispatchResponse;
import io.prestosql.coordinator.QueryReport;
import io.prestosql.coordinator.StopRequest;
import io.prestosql.queue.CoordinatorProcess;
import io.prestosql.queue.QueryDispatched;
import io.prestosql.queue.QueueLeadership;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import org.weakref.jmx.Managed;

import java.net.ConnectException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.cluster.CoordinatorClient.isNotTaken;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Brings admitted queries to coordinators, and what coordinators report back to the queries.
 * <p>
 * A query whose coordinator refuses the connection was not taken and goes elsewhere. One whose call was cut off may have been taken:
 * the same call is made again, which the coordinator recognizes, until it is answered or the coordinator is dead.
 */
public class QueryRouter
        implements CoordinatorListener
{
    private static final Logger log = Logger.get(QueryRouter.class);
    private static final long RETRY_MILLIS = 100;

    private final Coordinators coordinators;
    private final CoordinatorClient client;
    private final QueueLeadership queueLeadership;
    private final LogLeadership leadership;
    private final ScheduledExecutorService scheduler;
    private final Executor executor;
    private final Map<QueryId, Assignment> assigned = new ConcurrentHashMap<>();
    private final Queue<RemoteDispatchQuery> waiting = new ArrayDeque<>();
    private final AtomicLong dispatches = new AtomicLong();
    private final AtomicLong reroutes = new AtomicLong();

    @Inject
    public QueryRouter(
            Coordinators coordinators,
            CoordinatorClient client,
            QueueLeadership queueLeadership,
            LogLeadership leadership,
            @ForCoordinators ScheduledExecutorService scheduler,
            @ForCoordinators Executor executor)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.client = requireNonNull(client, "client is null");
        this.queueLeadership = requireNonNull(queueLeadership, "queueLeadership is null");
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
        this.executor = requireNonNull(executor, "executor is null");
    }

    @PostConstruct
    public void start()
    {
        coordinators.addListener(this);
    }

    /**
     * Sends an admitted query to a coordinator, as soon as there is one that takes it.
     */
    public void route(RemoteDispatchQuery query)
    {
        if (query.transactionId().isEmpty()) {
            route(query, Optional.empty());
            return;
        }
        Futures.addCallback(coordinators.findTransaction(query.transactionId().get()), new FutureCallback<>()
        {
            @Override
            public void onSuccess(Optional<CoordinatorLink> holder)
            {
                // without a holder any coordinator can say that there is no such transaction
                route(query, holder);
            }

            @Override
            public void onFailure(Throwable failure)
            {
                log.error(failure, "Error finding the transaction of query %s", query.getQueryId());
                route(query, Optional.empty());
            }
        }, executor);
    }

    private void route(RemoteDispatchQuery query, Optional<CoordinatorLink> destination)
    {
        Optional<CoordinatorLink> selected;
        synchronized (waiting) {
            selected = destination.or(coordinators::select);
            if (selected.isEmpty()) {
                waiting.add(query);
                return;
            }
            coordinators.queryAssigned(selected.get());
        }
        Assignment assignment = new Assignment(query, selected.get());
        assigned.put(query.getQueryId(), assignment);
        if (query.assign(assignment.coordinator())) {
            dispatch(assignment);
        }
        else {
            release(assignment);
        }
    }

    private void dispatch(Assignment assignment)
    {
        RemoteDispatchQuery query = assignment.query();
        CoordinatorLink coordinator = assignment.coordinator();
        OptionalLong epoch = queueLeadership.getEpoch();
        queueLeadership.dispatched(query.getQueryId(), new QueryDispatched(coordinator.nodeId(), coordinator.incarnation())).whenCompleteAsync(
                (_, failure) -> {
                    if (failure != null) {
                        log.warn("Query %s cannot be sent, as the log does not take the record: %s", query.getQueryId(), failure.getMessage());
                        reroute(assignment);
                    }
                    else if (!query.markSent()) {
                        release(assignment);
                    }
                    else if (!coordinators.isAlive(coordinator)) {
                        // it died between the choice and now
                        reroute(assignment);
                    }
                    else {
                        query.addStateChangeListener(state -> {
                            if (state.isDone()) {
                                release(assignment);
                            }
                        });
                        dispatches.incrementAndGet();
                        send(assignment, epoch.orElseThrow(), false);
                    }
                },
                executor);
    }

    /**
     * @param inDoubt whether an earlier call may have arrived
     */
    private void send(Assignment assignment, long epoch, boolean inDoubt)
    {
        RemoteDispatchQuery query = assignment.query();
        OptionalLong said = coordinators.stamp(assignment.coordinator());
        if (said.isEmpty()) {
            notTaken(assignment, epoch, inDoubt, new ConnectException("The process is gone"));
            return;
        }
        DispatchRequest request = new DispatchRequest(epoch, assignment.coordinator().incarnation(), said.getAsLong(), query.request(), query.resourceGroup().getSegments(), query.queuedTime().toMillis());
        Futures.addCallback(client.dispatch(assignment.coordinator().uri(), query.getQueryId(), request), new FutureCallback<>()
        {
            @Override
            public void onSuccess(DispatchResponse response)
            {
                taken(assignment, response);
            }

            @Override
            public void onFailure(Throwable failure)
            {
                notTaken(assignment, epoch, inDoubt, failure);
            }
        }, executor);
    }

    private void taken(Assignment assignment, DispatchResponse response)
    {
        RemoteDispatchQuery query = assignment.query();
        CoordinatorLink coordinator = assignment.coordinator();
        query.taken();
        response.executingPath().ifPresent(query::started);
        response.failure().ifPresent(query::failedBeforeStart);
        if (!coordinators.isAlive(coordinator)) {
            // the news of its death came before the answer, and did not concern this query then
            query.coordinatorLost(coordinator, "it died right after it had taken the query");
        }
        if (query.stopReason().isPresent()) {
            stop(query);
        }
    }

    private void notTaken(Assignment assignment, long epoch, boolean inDoubt, Throwable failure)
    {
        RemoteDispatchQuery query = assignment.query();
        CoordinatorLink coordinator = assignment.coordinator();
        if (query.isDone()) {
            return;
        }
        coordinators.suspect(coordinator);
        if (!inDoubt && isNotTaken(failure)) {
            log.info("Coordinator %s did not take query %s: %s", coordinator, query.getQueryId(), failure.getMessage());
            reroute(assignment);
            return;
        }
        if (!coordinators.isAlive(coordinator)) {
            query.taken();
            query.coordinatorLost(coordinator, "it died while it was given the query");
            return;
        }
        log.warn("It is not known whether coordinator %s has taken query %s, so it is asked again: %s", coordinator, query.getQueryId(), failure.getMessage());
        scheduler.schedule(() -> send(assignment, epoch, true), RETRY_MILLIS, MILLISECONDS);
    }

    private void reroute(Assignment assignment)
    {
        RemoteDispatchQuery query = assignment.query();
        reroutes.incrementAndGet();
        release(assignment);
        query.unassign();
        if (query.stopReason().isPresent()) {
            query.failedBeforeStart(query.stopReason().get());
            return;
        }
        scheduler.schedule(() -> executor.execute(() -> {
            if (!query.isDone()) {
                route(query);
            }
        }), RETRY_MILLIS, MILLISECONDS);
    }

    private void release(Assignment assignment)
    {
        if (assigned.remove(assignment.query().getQueryId(), assignment)) {
            coordinators.queryReleased(assignment.coordinator());
        }
    }

    /**
     * Asks the query's coordinator to stop it, until the query is over.
     */
    public void stop(RemoteDispatchQuery query)
    {
        query.coordinator().ifPresent(coordinator ->
                Futures.addCallback(client.stop(coordinator.uri(), query.getQueryId(), new StopRequest(queueLeadership.getEpoch().orElse(1), coordinator.incarnation(), query.stopReason().orElseThrow())), new FutureCallback<>()
                {
                    @Override
                    public void onSuccess(Void result)
                    {
                        log.debug("Coordinator %s was asked to stop query %s", coordinator, query.getQueryId());
                    }

                    @Override
                    public void onFailure(Throwable failure)
                    {
                        coordinators.suspect(coordinator);
                        scheduler.schedule(() -> {
                            if (!query.isDone()) {
                                stop(query);
                            }
                        }, RETRY_MILLIS, MILLISECONDS);
                    }
                }, executor));
    }

    @Override
    public void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries)
    {
        for (QueryReport report : queries) {
            Assignment assignment = assigned.get(report.queryId());
            if (assignment != null) {
                assignment.query().reported(coordinator, report);
            }
        }
        leadership.ended(new CoordinatorProcess(coordinator.nodeId(), coordinator.incarnation()), queries.stream()
                .filter(report -> report.state().isDone())
                .map(QueryReport::queryId)
                .collect(toImmutableList()));
    }

    @Override
    public void coordinatorLost(CoordinatorLink coordinator, String reason)
    {
        leadership.lost(new CoordinatorProcess(coordinator.nodeId(), coordinator.incarnation()));
        assigned.values().forEach(assignment -> assignment.query().coordinatorLost(coordinator, reason));
    }

    @Override
    public void coordinatorAvailable()
    {
        executor.execute(() -> {
            while (true) {
                RemoteDispatchQuery query;
                synchronized (waiting) {
                    query = coordinators.isAnyAvailable() ? waiting.poll() : null;
                }
                if (query == null) {
                    return;
                }
                if (!query.isDone()) {
                    route(query);
                }
            }
        });
    }

    @Managed(description = "Queries that were sent to a coordinator")
    public long getDispatches()
    {
        return dispatches.get();
    }

    @Managed(description = "Queries that went to another coordinator because the first one did not take them")
    public long getReroutes()
    {
        return reroutes.get();
    }

    @Managed(description = "Admitted queries for which there is no coordinator")
    public int getWaitingForCoordinator()
    {
        synchronized (waiting) {
            return waiting.size();
        }
    }

    @Managed(description = "Queries that are with a coordinator")
    public int getAssignedQueries()
    {
        return assigned.size();
    }

    /**
     * A query, and the coordinator that it was given to. Equal to itself only.
     */
    private static final class Assignment
    {
        private final RemoteDispatchQuery query;
        private final CoordinatorLink coordinator;

        private Assignment(RemoteDispatchQuery query, CoordinatorLink coordinator)
        {
            this.query = requireNonNull(query, "query is null");
            this.coordinator = requireNonNull(coordinator, "coordinator is null");
        }

        private RemoteDispatchQuery query()
        {
            return query;
        }

        private CoordinatorLink coordinator()
        {
            return coordinator;
        }
    }
}
