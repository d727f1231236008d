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

import com.fasterxml.jackson.databind.JsonNode;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import io.prestosql.tests.product.QueueLoad.Submission;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static io.prestosql.tests.product.NodeCounters.queries;
import static io.prestosql.tests.product.NodeCounters.recoveryMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Measures a dispatcher with a queue of a hundred thousand: its memory, the time to accept another query, and the time to rebuild the queue
 * after a kill. Not a test, and not part of the build: {@code bin/benchmark deep-queue} runs it.
 */
public class BenchmarkDeepQueue
{
    private static final Logger log = Logger.get(BenchmarkDeepQueue.class);

    private static final int QUERIES = Integer.getInteger("benchmark.queries", 100_000);
    private static final String DISPATCHER = "dispatcher-1";
    private static final int SAMPLE = 4000;
    private static final int WARM_UP_ROUNDS = 8;
    private static final int CLIENTS = 16;
    /** More than for submissions, as the server holds each poll for a second. */
    private static final int POLLING_CLIENTS = 1000;
    private static final int MEGABYTE = 1 << 20;

    @Test
    public void benchmarkEmbedded()
            throws Exception
    {
        benchmark("embedded");
    }

    @Test
    public void benchmarkPostgresql()
            throws Exception
    {
        benchmark("postgresql");
    }

    private static void benchmark(String store)
            throws Exception
    {
        try (LocalCluster cluster = LocalCluster.builder("deep-queue-" + store)
                .queryLog(store)
                .dispatchers(1)
                .coordinators(1)
                .workers(1)
                .resourceGroup(1)
                .jvm("dispatcher", "-Xmx3G")
                // neither all queued queries nor the running one are polled within five minutes, the default
                .property("dispatcher", "query.client.timeout", "2h")
                .property("coordinator", "query.client.timeout", "2h")
                .start()) {
            Node dispatcher = cluster.node(DISPATCHER);
            HeldQuery running = HeldQuery.submit(cluster, "deep-queue", 0);
            assertThat(running.hold()).isTrue();

            for (int i = 0; i < WARM_UP_ROUNDS; i++) {
                List<Submission> warmUp = QueueLoad.submit(cluster.uri(), SAMPLE, CLIENTS);
                log.info("%s: warm-up, submission p99 %.2f ms", store, QueueLoad.millis(warmUp).percentile(99));
                QueueLoad.cancel(warmUp, CLIENTS);
            }
            List<Submission> whenEmpty = QueueLoad.submit(cluster.uri(), SAMPLE, CLIENTS);
            Distribution empty = QueueLoad.millis(whenEmpty);
            QueueLoad.cancel(whenEmpty, CLIENTS);
            long emptyBytes = usedHeap(cluster);

            List<Submission> queued = new ArrayList<>();
            long start = System.nanoTime();
            while (queued.size() < QUERIES) {
                queued.addAll(QueueLoad.poll(QueueLoad.submit(cluster.uri(), Math.min(10_000, QUERIES - queued.size()), CLIENTS), POLLING_CLIENTS));
                log.info("%s: %s queries are queued after %.0f s", store, queued.size(), (System.nanoTime() - start) / 1e9);
            }
            long fullBytes = usedHeap(cluster);
            List<Submission> whenFull = QueueLoad.submit(cluster.uri(), SAMPLE, CLIENTS);
            Distribution full = QueueLoad.millis(whenFull);
            QueueLoad.cancel(whenFull, CLIENTS);

            long kill = System.nanoTime();
            cluster.kill(DISPATCHER);
            cluster.restart(DISPATCHER);
            // the dispatcher reports this time when it has rebuilt the queue
            await().atMost(Duration.ofMinutes(5)).until(() -> recoveryMillis(dispatcher) > 0);
            assertThat(queries(dispatcher)).isGreaterThanOrEqualTo(QUERIES);
            double backSeconds = (System.nanoTime() - kill) / 1e9;
            int recoveryMillis = recoveryMillis(dispatcher);
            await().atMost(Duration.ofMinutes(5)).until(() -> enqueued(cluster).isPresent());
            log.info("%s: %s", store, enqueued(cluster).get());
            // the queries are there again, each for its own client
            QueueLoad.poll(queued.subList(0, 1000), POLLING_CLIENTS);
            QueueLoad.poll(queued.subList(QUERIES - 1000, QUERIES), POLLING_CLIENTS);

            log.info("%s, %s queued queries: live heap %s MB, empty %s MB, %.1f KB for each query; submission p50 %.2f ms against %.2f with an empty queue (ratio %.2f), p99 %.2f against %.2f (ratio %.2f), %s clients; rebuilt in %.2f s, %.1f s after the kill",
                    store, QUERIES, fullBytes / MEGABYTE, emptyBytes / MEGABYTE, (fullBytes - emptyBytes) / 1024.0 / QUERIES,
                    full.median(), empty.median(), full.median() / empty.median(),
                    full.percentile(99), empty.percentile(99), full.percentile(99) / empty.percentile(99), CLIENTS,
                    recoveryMillis / 1e3, backSeconds);
        }
    }

    /**
     * Returns the line that the leader logs when all inherited queries are in the resource groups.
     */
    private static Optional<String> enqueued(LocalCluster cluster)
    {
        return cluster.logLines(DISPATCHER).stream()
                .filter(line -> line.contains("queries of earlier leaders that wait or run"))
                .findFirst();
    }

    /**
     * Returns the heap that is used after a collection, in bytes.
     */
    private static long usedHeap(LocalCluster cluster)
    {
        ProgramRun.run(Duration.ofMinutes(1), Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), String.valueOf(cluster.pid(DISPATCHER)), "GC.run").expectSuccess();
        JsonNode usage = Http.getJson(cluster.node(DISPATCHER).uri().resolve("/v1/jmx/mbean/java.lang:type=Memory/HeapMemoryUsage"), Http.AS_TEST_USER);
        return usage.findValue("used").asLong();
    }
}
