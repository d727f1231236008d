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

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.queries.EachQuery;
import io.prestosql.selection.ClusterSelectionConfig;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute.ToTargets;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.spi.TrinoException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import static io.airlift.units.Duration.succinctDuration;
import static io.prestosql.node.DispatcherErrorCode.CLUSTER_WAIT_LIMIT_EXCEEDED;
import static io.prestosql.node.DispatcherErrorCode.NO_CLUSTER_AVAILABLE;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.joining;

/**
 * Fails queries that wait for their clusters longer than their rules allow.
 * <p>
 * The limit of a rule is counted from the submission, which the log has, so that it does not start again with each leader. Clusters count as
 * unable to take queries only after a while in which they were that without a break: a new leader does not know its coordinators at once,
 * and a cluster that is full makes room again and again.
 */
public class ClusterWaits
{
    private static final Logger log = Logger.get(ClusterWaits.class);

    private final Supplier<List<RoutedQuery>> queries;
    private final ClusterRooms rooms;
    private final Duration timeout;
    private final LongSupplier nanoClock;
    private final Clock clock;
    private final ScheduledExecutorService executor;
    private final EachQuery checked = new EachQuery(log, "checking how long clusters are waited for by");
    /** Since when no cluster of the route takes queries. */
    private final Map<ToTargets, Long> unavailableSince = new HashMap<>();
    /** Since when no cluster of the route has room for a query. */
    private final Map<ToTargets, Long> withoutRoomSince = new HashMap<>();
    private final AtomicLong failed = new AtomicLong();
    private Optional<ScheduledFuture<?>> ticks = Optional.empty();

    @Inject
    public ClusterWaits(@SuppressWarnings("rawtypes") GroupTurns groupTurns, ClusterRooms rooms, DispatchExecutor executor, ClusterSelectionConfig config)
    {
        this(((GroupTurns<?>) groupTurns)::limitedQueries, rooms, config.getUnavailabilityTimeout(), System::nanoTime, Clock.systemUTC(), executor.getScheduledExecutor());
    }

    ClusterWaits(Supplier<List<RoutedQuery>> queries, ClusterRooms rooms, Duration timeout, LongSupplier nanoClock, Clock clock, ScheduledExecutorService executor)
    {
        this.queries = requireNonNull(queries, "queries is null");
        this.rooms = requireNonNull(rooms, "rooms is null");
        this.timeout = requireNonNull(timeout, "timeout is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.executor = requireNonNull(executor, "executor is null");
    }

    @PostConstruct
    public synchronized void start()
    {
        ticks = Optional.of(executor.scheduleWithFixedDelay(this::checkSafely, 1, 1, SECONDS));
    }

    @PreDestroy
    public synchronized void stop()
    {
        ticks.ifPresent(tick -> tick.cancel(false));
    }

    private void checkSafely()
    {
        try {
            check();
        }
        catch (Throwable t) {
            log.error(t, "Error checking how long queries wait for clusters");
        }
    }

    /**
     * Fails the queries that have waited too long.
     */
    synchronized void check()
    {
        List<RoutedQuery> limited = queries.get();
        long now = nanoClock.getAsLong();
        Set<ToTargets> routes = new HashSet<>();
        for (RoutedQuery query : limited) {
            if (query.clusterRoute() instanceof ToTargets route) {
                routes.add(route);
            }
        }
        for (ToTargets route : routes) {
            note(unavailableSince, route, rooms.takesQueries(route), now);
            note(withoutRoomSince, route, rooms.hasRoom(route), now);
        }
        unavailableSince.keySet().retainAll(routes);
        withoutRoomSince.keySet().retainAll(routes);
        checked.run(limited, RoutedQuery::queryId, query -> {
            if (query.clusterRoute() instanceof ToTargets route) {
                check(query, route, now);
            }
        });
    }

    private static void note(Map<ToTargets, Long> since, ToTargets route, boolean possible, long now)
    {
        if (possible) {
            since.remove(route);
        }
        else {
            since.putIfAbsent(route, now);
        }
    }

    private void check(RoutedQuery query, ToTargets route, long now)
    {
        ClusterSelection selection = query.selection();
        if (selection.whenUnavailable() == WhenUnavailable.FAIL && hasTimedOut(unavailableSince.get(route), now)) {
            fail(query, new TrinoException(NO_CLUSTER_AVAILABLE, "%s: no cluster takes queries for %s%s".formatted(selection.reason(), describe(selection), obstacles(route))));
            return;
        }
        selection.maxWait()
                .filter(limit -> hasTimedOut(withoutRoomSince.get(route), now) && isOver(query.submitted().plus(limit)))
                .ifPresent(limit -> fail(query, new TrinoException(
                        CLUSTER_WAIT_LIMIT_EXCEEDED,
                        "%s: no cluster has room for %s, and queries wait for that no longer than %s%s".formatted(
                                selection.reason(),
                                describe(selection),
                                succinctDuration(limit.toMillis(), MILLISECONDS),
                                obstacles(route)))));
    }

    private boolean isOver(Instant end)
    {
        return !end.isAfter(clock.instant());
    }

    private boolean hasTimedOut(Long sinceNanos, long now)
    {
        return sinceNanos != null && now - sinceNanos >= timeout.roundTo(NANOSECONDS);
    }

    private void fail(RoutedQuery query, TrinoException failure)
    {
        failed.incrementAndGet();
        log.info("Query %s fails, as it has waited for its clusters: %s", query.queryId(), failure.getMessage());
        query.fail(failure);
    }

    private static String describe(ClusterSelection selection)
    {
        return selection.targets().stream()
                .map(ClusterTarget::toString)
                .collect(joining(", "));
    }

    private String obstacles(ToTargets route)
    {
        String obstacles = rooms.obstacles(route).entrySet().stream()
                .flatMap(cluster -> cluster.getValue().stream().map(obstacle -> "cluster %s %s".formatted(cluster.getKey(), obstacle)))
                .collect(joining("; "));
        return obstacles.isEmpty() ? "" : " (%s)".formatted(obstacles);
    }

    @Managed(description = "Queries that have failed as they have waited for their clusters longer than their rules allow")
    public long getFailedQueries()
    {
        return failed.get();
    }
}
