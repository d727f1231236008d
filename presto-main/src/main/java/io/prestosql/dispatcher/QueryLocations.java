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

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.inject.Inject;
import io.prestosql.cluster.CoordinatorLink;
import io.prestosql.cluster.CoordinatorListener;
import io.prestosql.cluster.Coordinators;
import io.prestosql.coordinator.QueryReport;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import static java.util.Objects.requireNonNull;

/**
 * Which coordinator has which query, as the coordinators themselves say: so a dispatcher passes requests of clients on without having to
 * ask anybody, whether or not it leads the queue or there is a leader.
 */
public class QueryLocations
        implements CoordinatorListener
{
    /** Longer than any client waits between two requests, so that what nobody asks for any more is dropped. */
    private static final Duration KEEP = Duration.ofHours(1);

    private final Coordinators coordinators;
    private final Cache<QueryId, CoordinatorLink> locations = CacheBuilder.newBuilder()
            .expireAfterAccess(KEEP)
            .build();

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
     * The coordinator that has said last that it has the query; it may be dead.
     */
    Optional<CoordinatorLink> find(QueryId queryId)
    {
        return Optional.ofNullable(locations.getIfPresent(queryId));
    }

    void found(QueryId queryId, CoordinatorLink coordinator)
    {
        locations.put(queryId, coordinator);
    }

    @Override
    public void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries)
    {
        for (QueryReport report : queries) {
            // one that has not started has nothing for a client
            if (report.executingPath().isPresent()) {
                found(report.queryId(), coordinator);
            }
        }
    }
}
