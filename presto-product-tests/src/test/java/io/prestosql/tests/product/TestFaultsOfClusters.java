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

import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;

import java.util.Map;
import java.util.TreeMap;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_CLUSTER;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two dispatchers with three clusters behind their queue. A cluster is killed with everything in it: the others run what waits, and no limit
 * is exceeded, neither that of the resource group over all clusters, nor that of a cluster.
 */
@Order(SharedCluster.THREE_CLUSTERS)
public class TestFaultsOfClusters
        extends AbstractTestFaults
{
    private static final Logger log = Logger.get(TestFaultsOfClusters.class);

    private RunSamples samples;

    public TestFaultsOfClusters()
    {
        super("three clusters", ThreeClusters.CLUSTER, 1, 20, ofSeconds(12), ImmutableList.of(KILL_CLUSTER));
    }

    @BeforeEach
    public void startSampling()
    {
        samples = RunSamples.start(cluster(), BalancedClusters.SIX_AT_A_TIME);
    }

    @AfterEach
    public void checkLimits()
    {
        samples.close();
        Map<String, Integer> runs = new TreeMap<>();
        Map<String, Integer> maxAtOnce = new TreeMap<>();
        for (Node coordinator : cluster().coordinators()) {
            runs.put(coordinator.name(), samples.timesOn(coordinator).size());
            maxAtOnce.put(coordinator.name(), RunningTime.maxAtOnce(samples.timesOn(coordinator)));
        }
        int maxOfAll = RunningTime.maxAtOnce(samples.times());
        long runAgain = samples.times().size() - samples.times().stream().map(RunningTime::queryId).distinct().count();
        log.info("Asked of the coordinators: queries %s, run again in another cluster %s; at once at most %s, together %s, limit %s", runs, runAgain, maxAtOnce, maxOfAll, LIMIT);
        assertThat(runs.values()).as("queries of each cluster").doesNotContain(0);
        // more than any single cluster would show that they share the limit
        assertThat(maxOfAll).isBetween(3, LIMIT);
        assertThat(maxAtOnce.get(getOnlyElement(cluster().nodesOf(ThreeClusters.LIMITED)).name())).isLessThanOrEqualTo(ThreeClusters.LIMIT);
    }
}
