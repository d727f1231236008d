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
package io.prestosql.memory;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.discovery.CoordinatorDirectory;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.rpc.JsonCaller;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;

import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Asks the other coordinators about queries that have memory on workers and do not belong to this coordinator, so that they are not taken
 * for leaks. The last answer of a silent coordinator counts for as long as it is announced.
 */
public class OtherCoordinatorsQueries
{
    private static final Logger log = Logger.get(OtherCoordinatorsQueries.class);
    /** Well within the minute after which memory counts as leaked. */
    private static final long INTERVAL_SECONDS = 10;

    private final CoordinatorDirectory directory;
    private final LowMemoryClient client;
    private final LeakedQueries leakedQueries;
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("leaked-queries"));

    @Inject
    public OtherCoordinatorsQueries(CoordinatorDirectory directory, LowMemoryClient client, LeakedQueries leakedQueries)
    {
        this.directory = requireNonNull(directory, "directory is null");
        this.client = requireNonNull(client, "client is null");
        this.leakedQueries = requireNonNull(leakedQueries, "leakedQueries is null");
    }

    @PostConstruct
    public void start()
    {
        executor.scheduleWithFixedDelay(
                () -> {
                    try {
                        ask();
                    }
                    catch (Throwable t) {
                        log.error(t, "Error asking other coordinators for their queries");
                    }
                },
                INTERVAL_SECONDS,
                INTERVAL_SECONDS,
                SECONDS);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    private void ask()
    {
        List<CoordinatorAddress> others = directory.getCoordinators().stream()
                .filter(coordinator -> !directory.isThisNode(coordinator))
                .collect(toImmutableList());
        leakedQueries.retain(others.stream().map(CoordinatorAddress::nodeId).collect(toImmutableSet()));
        if (!leakedQueries.hasQueriesOfOthers()) {
            return;
        }
        for (CoordinatorAddress coordinator : others) {
            Futures.addCallback(client.getAccountedQueries(coordinator.uri()), new FutureCallback<>()
            {
                @Override
                public void onSuccess(List<QueryId> queries)
                {
                    leakedQueries.learn(coordinator.nodeId(), queries);
                }

                @Override
                public void onFailure(Throwable failure)
                {
                    log.debug(failure, "Coordinator %s has not said what it runs", coordinator.nodeId());
                    if (JsonCaller.isRefused(failure)) {
                        leakedQueries.learn(coordinator.nodeId(), ImmutableList.of());
                    }
                }
            }, Runnable::run);
        }
    }
}
