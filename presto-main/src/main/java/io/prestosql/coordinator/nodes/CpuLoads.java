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
package io.prestosql.coordinator.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * The processor loads of other nodes. Nodes are asked only while a caller needs loads, and not for every call. The answers serve the next
 * caller.
 */
class CpuLoads
{
    static final long REFRESH_NANOS = SECONDS.toNanos(3);

    private final BiFunction<String, String, ListenableFuture<Optional<JsonNode>>> nodes;
    private final LongSupplier nanoClock;
    private final Map<String, Double> loads = new ConcurrentHashMap<>();
    private boolean asked;
    private long askedNanos;

    /**
     * @param nodes asks a node for the JSON at a path
     */
    CpuLoads(BiFunction<String, String, ListenableFuture<Optional<JsonNode>>> nodes, LongSupplier nanoClock)
    {
        this.nodes = requireNonNull(nodes, "nodes is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
    }

    /**
     * @return a load between 0 and 1; empty when the node has not reported one recently
     */
    Optional<Double> get(String nodeId)
    {
        return Optional.ofNullable(loads.get(nodeId));
    }

    synchronized void refresh(Set<String> nodeIds)
    {
        long now = nanoClock.getAsLong();
        if (asked && now - askedNanos < REFRESH_NANOS) {
            return;
        }
        asked = true;
        askedNanos = now;
        loads.keySet().retainAll(nodeIds);
        nodeIds.forEach(nodeId -> Futures.addCallback(nodes.apply(nodeId, "v1/status"), new FutureCallback<>()
        {
            @Override
            public void onSuccess(Optional<JsonNode> status)
            {
                double load = status.map(json -> json.path("systemCpuLoad").asDouble(-1)).orElse(-1.0);
                // negative when the machine does not know its load
                if (load >= 0) {
                    loads.put(nodeId, load);
                }
                else {
                    loads.remove(nodeId);
                }
            }

            @Override
            public void onFailure(Throwable failure)
            {
                loads.remove(nodeId);
            }
        }, directExecutor()));
    }
}
