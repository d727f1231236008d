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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.tests.product.NodeCounters.knownClusters;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A cluster beside three others accepts connections and never answers: no request to a dispatcher waits for it. Rounds with it and without it
 * take turns, so that only what they do not share can come from it.
 */
@Order(SharedCluster.THREE_CLUSTERS)
public class TestSilentCluster
{
    private static final Logger log = Logger.get(TestSilentCluster.class);

    private static final int ROUNDS = Tier.number(1, 10);
    private static final int CLIENTS = 3;
    private static final int QUERIES = Tier.number(12, 60);
    /** What a request that waits for the silent cluster takes longer, at least: a look-up there is given up after two seconds. */
    private static final double WAIT_MILLIS = 1000;

    @Test
    public void testNoRequestWaitsForSilentCluster()
            throws Exception
    {
        LocalCluster cluster = ThreeClusters.CLUSTER.get();
        List<TimedRequest> without = new ArrayList<>();
        List<TimedRequest> with = new ArrayList<>();
        try (SilentServer silent = new SilentServer()) {
            for (int round = 0; round < ROUNDS; round++) {
                without.addAll(runClients(cluster));
                int connections = silent.connections();
                define(cluster, silent);
                try {
                    with.addAll(runClients(cluster));
                }
                finally {
                    undefine(cluster);
                }
                assertThat(silent.connections()).isGreaterThan(connections);
            }
        }
        log.info("Requests without a silent cluster: %s. With it: %s", describe(without), describe(with));
        Map<String, Double> slowest = slowest(without);
        assertThat(slowest(with)).allSatisfy((kind, millis) -> assertThat(millis).as(kind).isLessThan(bound(slowest.get(kind))));
    }

    /**
     * Adds the cluster at all dispatchers, and returns when they know it.
     */
    private static void define(LocalCluster cluster, SilentServer silent)
            throws IOException
    {
        for (Node dispatcher : cluster.dispatchers()) {
            Path unfinished = Files.writeString(cluster.etc(dispatcher.name()).resolve("silent.properties"), """
                    discovery.uri=%s
                    node.environment=silent
                    internal-communication.shared-secret=secret of the silent cluster
                    """.formatted(silent.uri()));
            Files.move(unfinished, file(cluster, dispatcher), ATOMIC_MOVE);
        }
        awaitClusters(cluster, 4);
    }

    /**
     * Removes the cluster at all dispatchers, and returns when they have forgotten it.
     */
    private static void undefine(LocalCluster cluster)
            throws IOException
    {
        for (Node dispatcher : cluster.dispatchers()) {
            Files.deleteIfExists(file(cluster, dispatcher));
        }
        awaitClusters(cluster, 3);
    }

    private static Path file(LocalCluster cluster, Node dispatcher)
    {
        return cluster.etc(dispatcher.name()).resolve("clusters").resolve("silent.properties");
    }

    private static void awaitClusters(LocalCluster cluster, int count)
    {
        for (Node dispatcher : cluster.dispatchers()) {
            await().atMost(ofSeconds(30)).pollInterval(ofMillis(50)).until(() -> knownClusters(dispatcher) == count);
        }
    }

    private static List<TimedRequest> runClients(LocalCluster cluster)
            throws Exception
    {
        List<TimedRequest> requests = new ArrayList<>();
        try (ExecutorService executor = newFixedThreadPool(CLIENTS)) {
            List<Future<List<TimedRequest>>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                clients.add(executor.submit(() -> runClient(cluster.dispatchers(), number)));
            }
            for (Future<List<TimedRequest>> client : clients) {
                requests.addAll(client.get(120, SECONDS));
            }
        }
        return requests;
    }

    private static List<TimedRequest> runClient(List<Node> dispatchers, int client)
    {
        List<TimedRequest> requests = new ArrayList<>();
        for (int number = 0; number < QUERIES; number++) {
            Node dispatcher = dispatchers.get((client + number) % dispatchers.size());
            switch (number % 4) {
                // the lists of queries, which nodes of all clusters have a part in
                case 0 -> time(requests, "list", () -> QueryView.queriesOf(dispatcher.uri()));
                case 1 -> runQuery(requests, dispatcher, "system table", "SELECT count(*) FROM system.runtime.queries");
                default -> runQuery(requests, dispatcher, "small query", "SELECT " + number);
            }
        }
        return requests;
    }

    private static void runQuery(List<TimedRequest> requests, Node dispatcher, String kind, String sql)
    {
        List<ProtocolQuery> submitted = new ArrayList<>();
        time(requests, "POST of " + kind, () -> submitted.add(ProtocolQuery.submit(dispatcher.uri(), sql)));
        ProtocolQuery query = getOnlyElement(submitted);
        while (query.nextUri().isPresent()) {
            time(requests, "GET of " + kind, query::advance);
        }
        assertThat(query.errorMessage()).isEmpty();
    }

    private static void time(List<TimedRequest> requests, String kind, Runnable request)
    {
        long start = System.nanoTime();
        request.run();
        requests.add(new TimedRequest(kind, (System.nanoTime() - start) / 1e6));
    }

    /**
     * Returns how long a request may take with the silent cluster: not a second, unless such requests take that long without it, as lists of
     * many queries do on a busy machine.
     */
    private static double bound(double slowestWithout)
    {
        return slowestWithout < WAIT_MILLIS ? WAIT_MILLIS : slowestWithout + WAIT_MILLIS;
    }

    private static Map<String, Double> slowest(List<TimedRequest> requests)
    {
        return requests.stream().collect(toImmutableMap(TimedRequest::kind, TimedRequest::millis, Math::max));
    }

    private static String describe(List<TimedRequest> requests)
    {
        Distribution millis = new Distribution(requests.stream().map(TimedRequest::millis).collect(toImmutableList()));
        return "%s, median %.0f ms, 99 %% in %.0f ms, max %.0f ms, slowest %s".formatted(millis.count(), millis.median(), millis.percentile(99), millis.max(), slowest(requests));
    }

    private record TimedRequest(String kind, double millis) {}
}
