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

import com.google.common.base.Suppliers;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.trino.execution.LocationFactory;
import io.trino.execution.QueryExecution;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.ForMemoryManager;
import io.trino.memory.LowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForQueryLowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForTaskLowMemoryKiller;
import io.trino.memory.MemoryInfo;
import io.trino.memory.MemoryManagerConfig;
import io.trino.metadata.InternalNodeManager;
import io.trino.server.BasicQueryInfo;
import io.trino.server.ServerConfig;
import io.trino.spi.QueryId;
import org.weakref.jmx.MBeanExporter;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.partitioningBy;
import static java.util.stream.Collectors.toSet;

/**
 * The engine's memory manager, for workers that serve several coordinators. It differs only in what it counts as leaked.
 */
public class SharedClusterMemoryManager
        extends ClusterMemoryManager
{
    private final LeakedQueries leakedQueries;

    @Inject
    public SharedClusterMemoryManager(
            @ForMemoryManager HttpClient httpClient,
            InternalNodeManager nodeManager,
            LocationFactory locationFactory,
            MBeanExporter exporter,
            JsonCodec<MemoryInfo> memoryInfoCodec,
            @ForTaskLowMemoryKiller LowMemoryKiller taskLowMemoryKiller,
            @ForQueryLowMemoryKiller LowMemoryKiller queryLowMemoryKiller,
            ServerConfig serverConfig,
            MemoryManagerConfig config,
            NodeSchedulerConfig nodeSchedulerConfig,
            LeakedQueries leakedQueries)
    {
        super(httpClient, nodeManager, locationFactory, exporter, memoryInfoCodec, taskLowMemoryKiller, queryLowMemoryKiller, serverConfig, config, nodeSchedulerConfig);
        this.leakedQueries = requireNonNull(leakedQueries, "leakedQueries is null");
    }

    @Override
    public synchronized void process(Iterable<QueryExecution> runningQueries, Supplier<List<BasicQueryInfo>> allQueryInfoSupplier)
    {
        Supplier<List<BasicQueryInfo>> queries = Suppliers.memoize(allQueryInfoSupplier::get);
        super.process(runningQueries, queries);
        Map<Boolean, Set<QueryId>> own = queries.get().stream()
                .collect(partitioningBy(LeakedQueries::isLeaked, mapping(BasicQueryInfo::getQueryId, toSet())));
        leakedQueries.observe(getReservedQueries(), own.get(false), own.get(true), System.nanoTime());
    }

    private Set<QueryId> getReservedQueries()
    {
        return getAllNodesMemoryInfo().values().stream()
                .flatMap(Optional::stream)
                .flatMap(node -> node.getPool().getQueryMemoryReservations().entrySet().stream())
                .filter(reservation -> reservation.getValue() > 0)
                .map(Map.Entry::getKey)
                .collect(toImmutableSet());
    }

    /**
     * Exported by the engine as a metric.
     */
    @Override
    public int getNumberOfLeakedQueries()
    {
        return leakedQueries.getLeaked().size();
    }
}
