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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.fleet.CoordinatorClient;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.fleet.TransactionHolders;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.ClusterQueue;
import io.prestosql.protocol.DispatchRequest;
import io.prestosql.protocol.DispatchResponse;
import io.prestosql.protocol.StopRequest;
import io.prestosql.queue.LeaderEvents;
import io.prestosql.queue.QueueDriver;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.queue.core.QueueEvent.DispatchAnswer;
import io.prestosql.queue.core.QueueEvent.QueryStatus;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute;
import io.trino.spi.QueryId;
import org.weakref.jmx.Managed;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.fleet.CoordinatorClient.isNotTaken;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static java.util.Objects.requireNonNull;

/**
 * Routes admitted queries to coordinators, and makes the dispatch and stop calls.
 */
public class QueryRouter
{
    private static final Logger log = Logger.get(QueryRouter.class);

    private static final QueryFailure NOWHERE_ELSE = new QueryFailure(
            COORDINATOR_LOST,
            "The coordinator that ran the query has given it up and does not run it again, and no other coordinator takes queries at the moment");

    private final Coordinators coordinators;
    private final TransactionHolders transactionHolders;
    private final QueryLocations locations;
    private final LeaderEvents events;
    private final Supplier<Optional<String>> queue;
    private final ClusterRooms rooms;
    private final Runnable roomsChanged;
    private final Executor executor;
    /** The coordinators of queries that were routed and are not over. */
    private final Map<QueryId, CoordinatorLink> routed = new ConcurrentHashMap<>();
    /** The queries that have a slot in vain, and are about to give it back. */
    private final Set<QueryId> withoutCoordinator = ConcurrentHashMap.newKeySet();
    private final AtomicLong dispatches = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();

    @Inject
    public QueryRouter(
            Coordinators coordinators,
            TransactionHolders transactionHolders,
            QueryLocations locations,
            QueueDriver driver,
            ClusterRooms rooms,
            @SuppressWarnings("rawtypes") GroupTurns groupTurns,
            @ForCoordinators Executor executor)
    {
        this(coordinators, transactionHolders, locations, driver, driver::getQueue, rooms, groupTurns::roomsChanged, executor);
    }

    /**
     * @param queue the identity of the query log, if it is known yet
     * @param roomsChanged hears that a cluster that was full has room
     */
    QueryRouter(
            Coordinators coordinators,
            TransactionHolders transactionHolders,
            QueryLocations locations,
            LeaderEvents events,
            Supplier<Optional<String>> queue,
            ClusterRooms rooms,
            Runnable roomsChanged,
            Executor executor)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.transactionHolders = requireNonNull(transactionHolders, "transactionHolders is null");
        this.locations = requireNonNull(locations, "locations is null");
        this.events = requireNonNull(events, "events is null");
        this.queue = requireNonNull(queue, "queue is null");
        this.rooms = requireNonNull(rooms, "rooms is null");
        this.roomsChanged = requireNonNull(roomsChanged, "roomsChanged is null");
        this.executor = requireNonNull(executor, "executor is null");
    }

    /**
     * Chooses a coordinator for the query, or says that none takes it.
     */
    void route(RemoteDispatchQuery query)
    {
        if (query.transactionId().isEmpty()) {
            route(query, Optional.empty());
            return;
        }
        Futures.addCallback(transactionHolders.find(query.transactionId().get()), new FutureCallback<>()
        {
            @Override
            public void onSuccess(Optional<CoordinatorLink> holder)
            {
                // without a holder, any coordinator can say that there is no such transaction
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

    private void route(RemoteDispatchQuery query, Optional<CoordinatorLink> holder)
    {
        if (query.isAbandoned()) {
            return;
        }
        // the query has left its earlier coordinator, whether or not it gets to another one
        release(query.getQueryId());
        holder.ifPresent(link -> query.bindTo(link.cluster()));
        List<CoordinatorLink> candidates = holder.isPresent() ? ImmutableList.of(holder.get()) : candidates(query);
        Optional<CoordinatorLink> selected = candidates.stream().filter(query::mayRunAt).findFirst();
        if (selected.isEmpty()) {
            if (rooms.vacate(query.getQueryId())) {
                roomsChanged.run();
            }
            if (candidates.isEmpty()) {
                withoutCoordinator.add(query.getQueryId());
                events.post(query.epoch(), new QueueEvent.NoCoordinator(query.getQueryId()));
            }
            else {
                events.post(query.epoch(), new QueueEvent.Stop(query.getQueryId(), NOWHERE_ELSE, false));
            }
            return;
        }
        CoordinatorLink coordinator = selected.get();
        if (rooms.occupy(query.getQueryId(), coordinator.cluster())) {
            roomsChanged.run();
        }
        routed.put(query.getQueryId(), coordinator);
        coordinators.queryAssigned(coordinator);
        query.assign(coordinator);
        events.post(query.epoch(), new QueueEvent.Routed(query.getQueryId(), coordinator.coordinator(), holder.isPresent())).exceptionally(_ -> {
            // another leader has the query
            if (routed.remove(query.getQueryId(), coordinator)) {
                coordinators.queryReleased(coordinator);
            }
            return null;
        });
    }

    /**
     * Returns the coordinators that the query may go to now, those of the best cluster first.
     */
    private List<CoordinatorLink> candidates(RemoteDispatchQuery query)
    {
        return rooms.choices(query.getQueryId(), routeOf(query)).stream()
                .flatMap(cluster -> coordinators.candidates(cluster).stream())
                .collect(toImmutableList());
    }

    private static ClusterRoute routeOf(RemoteDispatchQuery query)
    {
        if (query.clusterRoute() instanceof ClusterRoute.BoundToCluster bound) {
            return bound;
        }
        // without a holder, any coordinator can say that there is no such transaction
        return query.transactionId().isPresent() ? ClusterRoute.ANY : ClusterRoute.ToTargets.of(query.selection());
    }

    /**
     * Returns the address of a coordinator that queries were sent to, or may be sent to.
     */
    Optional<URI> findAddress(CoordinatorIncarnation coordinator)
    {
        return routed.values().stream()
                .filter(link -> link.coordinator().equals(coordinator))
                .findFirst()
                .map(CoordinatorLink::uri)
                .or(() -> coordinators.getLinks().stream().filter(link -> link.coordinator().equals(coordinator)).findFirst().map(CoordinatorLink::uri));
    }

    void dispatch(RemoteDispatchQuery query, CoordinatorIncarnation coordinator, long epoch, int run)
    {
        CoordinatorLink link = routed.get(query.getQueryId());
        if (link == null || !link.coordinator().equals(coordinator)) {
            throw new IllegalStateException("Query %s was not routed to coordinator %s".formatted(query.getQueryId(), coordinator));
        }
        OptionalLong saidNanos = coordinators.stamp(link);
        Optional<CoordinatorClient> client = coordinators.client(link.cluster());
        if (saidNanos.isEmpty() || client.isEmpty()) {
            // the coordinator has died since it was chosen, or its cluster was removed
            answered(query, coordinator, DispatchAnswer.REFUSED);
            return;
        }
        query.sent();
        dispatches.incrementAndGet();
        DispatchRequest request = new DispatchRequest(
                epoch,
                link.incarnation(),
                saidNanos.getAsLong(),
                query.request(),
                query.resourceGroup().getSegments(),
                query.elapsedTime().toMillis(),
                run,
                queueOf(link.cluster()),
                Optional.of(query.submitted()),
                query.traceContext());
        Futures.addCallback(client.get().dispatch(link.uri(), query.getQueryId(), request), new FutureCallback<>()
        {
            @Override
            public void onSuccess(DispatchResponse response)
            {
                response.executingPath().ifPresent(path -> {
                    locations.found(query.getQueryId(), link);
                    query.started(link, path);
                });
                query.taken(response.unregistered());
                answered(query, coordinator, DispatchAnswer.TAKEN);
                // a query that fails at once need not wait for a report
                QueryStatus.of(query.getQueryId(), response)
                        .ifPresent(status -> events.post(epoch, new QueueEvent.Reported(coordinator, false, ImmutableList.of(status))));
            }

            @Override
            public void onFailure(Throwable failure)
            {
                coordinators.suspect(link);
                if (isNotTaken(failure)) {
                    refusals.incrementAndGet();
                    if (failure instanceof CoordinatorCallException call && call.isRepetition()) {
                        query.refusedForGood(coordinator);
                    }
                    log.info("Coordinator %s did not take query %s: %s", link, query.getQueryId(), failure.getMessage());
                    answered(query, coordinator, DispatchAnswer.REFUSED);
                }
                else {
                    log.warn("It is not known whether coordinator %s has taken query %s, so it is asked again: %s", link, query.getQueryId(), failure.getMessage());
                    answered(query, coordinator, DispatchAnswer.UNKNOWN);
                }
            }
        }, executor);
    }

    private Optional<String> queueOf(ClusterName cluster)
    {
        return queue.get().map(log -> new ClusterQueue(log, cluster).toString());
    }

    private void answered(RemoteDispatchQuery query, CoordinatorIncarnation coordinator, DispatchAnswer answer)
    {
        events.post(query.epoch(), new QueueEvent.DispatchAnswered(query.getQueryId(), coordinator, answer));
    }

    /**
     * Tells the coordinator to stop the query, and not to start it if it arrives later.
     */
    void stop(QueryId queryId, CoordinatorIncarnation coordinator, QueryFailure reason, long epoch)
    {
        Optional<CoordinatorLink> link = coordinators.getLinks().stream()
                .filter(candidate -> candidate.coordinator().equals(coordinator))
                .findFirst();
        Optional<CoordinatorClient> client = coordinators.client(coordinator.cluster());
        if (link.isEmpty() || client.isEmpty()) {
            events.post(epoch, new QueueEvent.StopAnswered(queryId, coordinator, false));
            return;
        }
        StopRequest request = new StopRequest(epoch, coordinator.incarnation(), reason.toExecutionFailure(), queueOf(coordinator.cluster()));
        Futures.addCallback(client.get().stop(link.get().uri(), queryId, request), new FutureCallback<Void>()
        {
            @Override
            public void onSuccess(Void result)
            {
                events.post(epoch, new QueueEvent.StopAnswered(queryId, coordinator, true));
            }

            @Override
            public void onFailure(Throwable failure)
            {
                log.debug(failure, "Coordinator %s was told to stop query %s, and did not answer", coordinator, queryId);
                coordinators.suspect(link.get());
                events.post(epoch, new QueueEvent.StopAnswered(queryId, coordinator, false));
            }
        }, executor);
    }

    /**
     * Frees the query's coordinator, as the query is over or goes elsewhere.
     */
    void release(QueryId queryId)
    {
        withoutCoordinator.remove(queryId);
        CoordinatorLink coordinator = routed.remove(queryId);
        if (coordinator != null) {
            coordinators.queryReleased(coordinator);
        }
    }

    /**
     * Notes that the query waits in its resource group again.
     */
    void gaveBack(QueryId queryId)
    {
        release(queryId);
        rooms.vacate(queryId);
    }

    /**
     * Forgets all queries, as this dispatcher does not lead any more.
     */
    void clear()
    {
        rooms.clear();
        withoutCoordinator.clear();
        routed.keySet().forEach(this::release);
    }

    @Managed(description = "Calls that brought a query to a coordinator, or tried to")
    public long getDispatches()
    {
        return dispatches.get();
    }

    @Managed(description = "Calls to which a coordinator has answered that it does not take the query, or that no coordinator has heard")
    public long getRefusals()
    {
        return refusals.get();
    }

    @Managed(description = "Admitted queries for which there is no coordinator, before they give their places back")
    public int getWaitingForCoordinator()
    {
        return withoutCoordinator.size();
    }

    @Managed(description = "Queries that are with a coordinator, or on their way there")
    public int getRoutedQueries()
    {
        return routed.size();
    }
}
