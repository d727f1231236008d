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
package io.prestosql.cluster;

import io.airlift.log.Logger;
import io.airlift.units.Duration;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Takes leave of clusters, each on a thread of its own: servers of a cluster may never answer, and nothing else must wait for that.
 */
final class LeavingClusters
{
    private static final Logger log = Logger.get(LeavingClusters.class);

    private final Map<KnownCluster, CountDownLatch> leaving = new ConcurrentHashMap<>();

    void leave(KnownCluster cluster)
    {
        CountDownLatch left = new CountDownLatch(1);
        leaving.put(cluster, left);
        Thread.ofVirtual().name("leave-cluster-" + cluster).start(() -> {
            try {
                cluster.services().stop();
            }
            finally {
                leaving.remove(cluster);
                left.countDown();
            }
        });
    }

    /**
     * Waits until all clusters are left.
     *
     * @param timeout how long to wait for all of them together
     */
    void await(Duration timeout)
    {
        long end = System.nanoTime() + timeout.roundTo(NANOSECONDS);
        try {
            for (CountDownLatch left : leaving.values()) {
                left.await(end - System.nanoTime(), NANOSECONDS);
            }
        }
        catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        leaving.keySet().forEach(cluster -> log.warn("Cluster %s does not answer while this dispatcher leaves it: its coordinators forget this dispatcher on their own", cluster));
    }
}
