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

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.prestosql.fleet.CoordinatorListener;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.QueryReport;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Knows which coordinator has which query, from the coordinators' reports. So a dispatcher passes clients' requests on without asking another
 * node, and with or without a leader.
 */
public class QueryLocations
        implements CoordinatorListener
{
    /** Longer than any client waits between two requests, so that only unused locations are dropped. */
    private static final Duration KEEP = Duration.ofHours(1);

    private final Coordinators coordinators;
    private final Cache<QueryId, CoordinatorLink> locations = CacheBuilder.newBuilder()
            .expireAfterAccess(KEEP)
            .build();

    private final Map<QueryId, SettableFuture<Void>> awaited = new ConcurrentHashMap<>();

    @Inject
    public QueryLocations(Coordinators coordinators)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
    }

    @PostConstruct
    public void start()
    {
        coordinators.addListener(this);
    }

    /**
     * Returns the coordinator that was the last to say that it has the query. It may be dead.
     */
    public Optional<CoordinatorLink> find(QueryId queryId)
    {
        return Optional.ofNullable(locations.getIfPresent(queryId));
    }

    public void found(QueryId queryId, CoordinatorLink coordinator)
    {
        locations.put(queryId, coordinator);
        Optional.ofNullable(awaited.remove(queryId)).ifPresent(found -> found.set(null));
    }

    /**
     * Waits until the query's coordinator is known: the client, which another dispatcher has told, may come a moment earlier than the news.
     *
     * @return a future that is done when a coordinator has said that it has the query, or after that time
     */
    public ListenableFuture<Void> await(QueryId queryId, Duration maxWait, ScheduledExecutorService executor)
    {
        SettableFuture<Void> found = awaited.computeIfAbsent(queryId, _ -> SettableFuture.create());
        if (find(queryId).isPresent()) {
            awaited.remove(queryId, found);
            return immediateVoidFuture();
        }
        return FluentFuture.from(nonCancellationPropagating(found))
                .withTimeout(maxWait.toMillis(), MILLISECONDS, executor)
                .catching(
                        TimeoutException.class,
                        _ -> {
                            awaited.remove(queryId, found);
                            return null;
                        },
                        directExecutor());
    }

    @Override
    public void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries)
    {
        for (QueryReport report : queries) {
            // a query that has not started has nothing for a client
            if (report.executingPath().isPresent()) {
                found(report.queryId(), coordinator);
            }
        }
    }
}
