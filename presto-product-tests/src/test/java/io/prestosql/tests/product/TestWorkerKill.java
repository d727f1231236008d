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
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static io.prestosql.tests.product.NodeCounters.activeNodes;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * No coordinator gives splits to a killed worker, from the first moment on. The worker gets splits again as soon as it is back.
 */
@Order(SharedCluster.EVERYDAY)
public class TestWorkerKill
{
    private static final Logger log = Logger.get(TestWorkerKill.class);

    private static final Duration OUT = ofSeconds(1);
    private static final Duration BACK = ofSeconds(2);
    private static final String VICTIM = "worker-2";

    @Test
    public void testKilledWorkerIsOutAtOnceAndBackWhenItIsUp()
            throws Exception
    {
        LocalCluster cluster = EverydayCluster.get();
        int nodes = cluster.coordinators().size() + 2;
        awaitNodes(cluster, nodes);

        ProcessHandle process = ProcessHandle.of(cluster.pid(VICTIM)).orElseThrow();
        process.destroyForcibly();
        process.onExit().get(30, SECONDS);
        // its port refuses connections from now on
        long killed = System.nanoTime();
        awaitNodes(cluster, nodes - 1);
        Duration untilOut = Duration.ofNanos(System.nanoTime() - killed);
        log.info("%s is out of the coordinators' view %s ms after its death", VICTIM, untilOut.toMillis());
        assertThat(untilOut).isLessThan(OUT);
        assertQuery(cluster);

        try (ExecutorService executor = newCachedThreadPool()) {
            Future<?> restart = executor.submit(() -> cluster.restart(VICTIM));
            await().atMost(ofSeconds(180)).pollInterval(ofMillis(10)).until(() -> cluster.isUp(VICTIM));
            long up = System.nanoTime();
            awaitNodes(cluster, nodes);
            Duration untilBack = Duration.ofNanos(System.nanoTime() - up);
            log.info("%s is back in the coordinators' view %s ms after it was up", VICTIM, untilBack.toMillis());
            assertThat(untilBack).isLessThan(BACK);
            restart.get(180, SECONDS);
        }
        assertQuery(cluster);
    }

    private static void awaitNodes(LocalCluster cluster, int nodes)
    {
        for (Node coordinator : cluster.coordinators()) {
            await().atMost(ofSeconds(60)).pollInterval(ofMillis(10)).until(() -> activeNodes(coordinator), active -> active == nodes);
        }
    }

    private static void assertQuery(LocalCluster cluster)
    {
        ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT count(*) FROM tpcds.tiny.customer");
        assertThat(query.readToEnd()).extracting(row -> row.get(0).asInt()).containsExactly(1000);
        assertThat(query.error()).isEmpty();
    }
}
