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

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.queue.QueueLeadership;
import io.trino.execution.QueryManagerConfig;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.base.Preconditions.checkState;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The queries whose clients may ask for them.
 */
public class ClientQueries
{
    private static final Logger log = Logger.get(ClientQueries.class);
    private static final long PURGE_MILLIS = 200;

    private final QueueLeadership leadership;
    private final Duration submissionTimeout;
    private final Map<QueryId, ClientQuery> queries = new ConcurrentHashMap<>();
    private final ScheduledExecutorService purger = newSingleThreadScheduledExecutor(daemonThreadsNamed("client-query-purger"));

    @Inject
    public ClientQueries(QueueLeadership leadership, QueryManagerConfig config)
    {
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.submissionTimeout = config.getClientTimeout();
    }

    @PostConstruct
    public void start()
    {
        purger.scheduleWithFixedDelay(() -> {
            try {
                queries.values().stream()
                        .filter(query -> query.isForgotten() || query.tryAbandon(submissionTimeout))
                        .forEach(this::forget);
            }
            catch (Throwable t) {
                log.error(t, "Error purging queries");
            }
        }, PURGE_MILLIS, PURGE_MILLIS, MILLISECONDS);
    }

    @PreDestroy
    public void stop()
    {
        purger.shutdownNow();
    }

    public void register(ClientQuery query)
    {
        checkState(queries.putIfAbsent(query.queryId(), query) == null, "Query %s is registered already", query.queryId());
    }

    public Optional<ClientQuery> get(QueryId queryId)
    {
        return Optional.ofNullable(queries.get(queryId));
    }

    private void forget(ClientQuery query)
    {
        if (queries.remove(query.queryId(), query)) {
            query.destroy();
            leadership.forgotten(query.queryId()).whenComplete((_, failure) -> {
                if (failure != null) {
                    log.debug(failure, "The log still has query %s, which is over", query.queryId());
                }
            });
        }
    }

    @Managed(description = "Queries that clients may ask for, finished ones included")
    public int getQueryCount()
    {
        return queries.size();
    }
}
