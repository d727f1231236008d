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

import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import io.airlift.http.client.HttpClient;
import io.prestosql.fleet.CoordinatorListener;
import io.prestosql.fleet.Coordinators;
import io.trino.execution.LocationFactory;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.MemoryInfo;
import io.trino.memory.MemoryManagerConfig;
import io.trino.memory.NoneLowMemoryKiller;
import io.trino.metadata.InternalNodeManager;
import io.trino.server.ServerConfig;
import io.trino.spi.memory.MemoryPoolInfo;
import org.weakref.jmx.MBeanExporter;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import static com.google.common.reflect.Reflection.newProxy;
import static io.airlift.json.JsonCodec.jsonCodec;
import static java.util.Objects.requireNonNull;

/**
 * Stands in for the engine's memory manager in the resource groups of a dispatcher. They use only the size of the memory, for limits that are
 * a share of it: that of all clusters together, which coordinators report.
 */
public class ReportedClusterMemory
        extends ClusterMemoryManager
        implements CoordinatorListener
{
    private final List<Consumer<MemoryPoolInfo>> listeners = new ArrayList<>();
    private Optional<MemoryPoolInfo> pool = Optional.empty();

    @Inject
    public ReportedClusterMemory(Coordinators coordinators, MBeanExporter exporter)
    {
        super(
                unused(HttpClient.class),
                unused(InternalNodeManager.class),
                unused(LocationFactory.class),
                exporter,
                jsonCodec(MemoryInfo.class),
                new NoneLowMemoryKiller(),
                new NoneLowMemoryKiller(),
                new ServerConfig(),
                new MemoryManagerConfig(),
                new NodeSchedulerConfig());
        coordinators.addListener(this);
    }

    private static <T> T unused(Class<T> type)
    {
        return newProxy(type, (_, method, _) -> {
            throw new UnsupportedOperationException("A dispatcher does not manage memory: " + method);
        });
    }

    @Override
    public synchronized void addChangeListener(Consumer<MemoryPoolInfo> listener)
    {
        listeners.add(requireNonNull(listener, "listener is null"));
        // coordinators that reported before the resource groups were there do not report again; without a size, a share of the memory is zero
        pool.ifPresent(listener);
    }

    @Override
    public synchronized void clusterMemoryChanged(long bytes)
    {
        MemoryPoolInfo changed = new MemoryPoolInfo(bytes, 0, 0, ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of(), ImmutableMap.of());
        pool = Optional.of(changed);
        listeners.forEach(listener -> listener.accept(changed));
    }
}
