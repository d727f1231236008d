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
package io.prestosql.tests.product;

import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.awaitility.core.ConditionTimeoutException;

import java.util.function.Supplier;

import static io.prestosql.tests.product.NodeCounters.activeNodes;
import static io.prestosql.tests.product.NodeCounters.availableCoordinators;
import static io.prestosql.tests.product.NodeCounters.awaitLeader;
import static io.prestosql.tests.product.NodeCounters.runningQueries;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A cluster that several test classes share, as its start takes long. The first class that needs it starts it. It stops with this process,
 * or when a class needs another one: two clusters at once would disturb each other. The order of classes makes each cluster start once.
 * <p>
 * A test that kills or pauses a node starts it again. Each class gets a cluster whose nodes all see each other, and that has no query.
 */
final class SharedCluster
{
    private static final Logger log = Logger.get(SharedCluster.class);

    /**
     * Places in the order of classes: those with servers of their own come first. Before them come those without {@link AheadOfTimeCache},
     * which is made meanwhile, and before these the ones that measure short times.
     */
    static final int NO_SERVERS = -1;
    static final int NONE_WITHOUT_CACHE = 0;
    static final int NONE = 1;
    static final int EVERYDAY = 2;
    static final int EMBEDDED_QUEUE = 3;
    static final int POSTGRESQL_QUEUE = 4;
    static final int THREE_CLUSTERS = 5;

    private static SharedCluster current;

    private final Supplier<LocalCluster> start;
    private LocalCluster cluster;

    SharedCluster(Supplier<LocalCluster> start)
    {
        this.start = requireNonNull(start, "start is null");
    }

    LocalCluster get()
    {
        synchronized (SharedCluster.class) {
            if (current != null && (current != this || !isHealthy(cluster))) {
                stop();
            }
            if (current == null) {
                cluster = start.get();
                current = this;
            }
            return cluster;
        }
    }

    /**
     * Stops the running cluster, if there is one, before a test that needs the machine for itself.
     */
    static void stop()
    {
        synchronized (SharedCluster.class) {
            if (current != null) {
                current.cluster.close();
                current.cluster = null;
                current = null;
            }
        }
    }

    private static boolean isHealthy(LocalCluster cluster)
    {
        if (cluster.nodes().stream().anyMatch(node -> !cluster.isRunning(node.name()))) {
            log.warn("The shared cluster lacks a node, so it is started again");
            return false;
        }
        try {
            Node leader = awaitLeader(cluster.dispatchers());
            await().atMost(ofSeconds(60)).pollInterval(ofMillis(50)).ignoreExceptions().untilAsserted(() -> {
                assertThat(cluster.nodes()).allMatch(node -> cluster.isUp(node.name()));
                assertThat(availableCoordinators(leader)).describedAs("available coordinators").isEqualTo(cluster.coordinators().size());
                for (Node coordinator : cluster.coordinators()) {
                    assertThat(activeNodes(coordinator)).describedAs("active nodes of %s", coordinator.name()).isEqualTo(executingNodes(cluster, coordinator));
                    assertThat(runningQueries(coordinator)).describedAs("queries of %s", coordinator.name()).isEqualTo(0);
                }
            });
            return true;
        }
        catch (ConditionTimeoutException e) {
            log.warn(e, "The shared cluster is not as it was, so it is started again");
            return false;
        }
    }

    /**
     * Returns the number of nodes that a coordinator should see.
     */
    private static int executingNodes(LocalCluster cluster, Node coordinator)
    {
        return (int) cluster.nodes().stream()
                .filter(node -> node.cluster().equals(coordinator.cluster()))
                .filter(node -> node.roles().contains("coordinator") || node.roles().contains("worker"))
                .count();
    }
}
