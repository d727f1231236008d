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
package io.prestosql.fleet;

import io.airlift.log.Logger;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.QueryReport;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import static java.util.Objects.requireNonNull;

/**
 * Passes the news of the coordinators of all clusters on to all listeners. A listener that fails keeps no news from the others.
 */
public class CoordinatorListeners
{
    private static final Logger log = Logger.get(CoordinatorListeners.class);

    private final Map<ClusterName, Long> memoryBytes = new ConcurrentHashMap<>();
    private final List<CoordinatorListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong lostCoordinators = new AtomicLong();

    /**
     * Returns the listener to the coordinators of one cluster.
     *
     * @param largestMemoryBytes supplies the largest memory that a coordinator of the cluster reports; 0 when none does
     */
    CoordinatorListener ofCluster(ClusterName cluster, LongSupplier largestMemoryBytes)
    {
        return new OfCluster(cluster, largestMemoryBytes);
    }

    /**
     * Forgets the memory of a cluster that is not there any more.
     */
    void clusterRemoved(ClusterName cluster)
    {
        if (memoryBytes.remove(cluster) != null) {
            tellMemory();
        }
    }

    void add(CoordinatorListener listener)
    {
        listeners.add(requireNonNull(listener, "listener is null"));
    }

    /**
     * Returns how many incarnations were lost so far.
     */
    long lostCoordinators()
    {
        return lostCoordinators.get();
    }

    private void tellMemory()
    {
        long sum = memoryBytes.values().stream().mapToLong(Long::longValue).sum();
        tell(listener -> listener.clusterMemoryChanged(sum));
    }

    private void tell(Consumer<CoordinatorListener> news)
    {
        for (CoordinatorListener listener : listeners) {
            try {
                news.accept(listener);
            }
            catch (RuntimeException e) {
                log.error(e, "Error telling what happened to a coordinator");
            }
        }
    }

    private class OfCluster
            implements CoordinatorListener
    {
        private final ClusterName cluster;
        private final LongSupplier largestMemoryBytes;

        private OfCluster(ClusterName cluster, LongSupplier largestMemoryBytes)
        {
            this.cluster = requireNonNull(cluster, "cluster is null");
            this.largestMemoryBytes = requireNonNull(largestMemoryBytes, "largestMemoryBytes is null");
        }

        @Override
        public void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries)
        {
            tell(listener -> listener.reported(coordinator, epoch, complete, queries));
        }

        @Override
        public void coordinatorLost(CoordinatorLink coordinator, String reason)
        {
            lostCoordinators.incrementAndGet();
            tell(listener -> listener.coordinatorLost(coordinator, reason));
        }

        @Override
        public void coordinatorAvailable()
        {
            tell(CoordinatorListener::coordinatorAvailable);
        }

        @Override
        public void coordinatorUnavailable()
        {
            tell(CoordinatorListener::coordinatorUnavailable);
        }

        @Override
        public void clusterMemoryChanged(long bytes)
        {
            // coordinators share their workers, and each may not have found all of them yet
            memoryBytes.put(cluster, Math.max(bytes, largestMemoryBytes.getAsLong()));
            tellMemory();
        }
    }
}
