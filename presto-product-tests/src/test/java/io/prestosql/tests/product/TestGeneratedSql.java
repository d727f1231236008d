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
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Statements of 900 kB each, as programs generate them, run one after another through a dispatcher with a small heap. The dispatcher
 * survives them, and after a kill it restarts with the same heap.
 */
@Order(SharedCluster.NONE)
@Tag("long")
public class TestGeneratedSql
{
    private static final Logger log = Logger.get(TestGeneratedSql.class);

    private static final int STATEMENTS = 2_000;
    private static final int LENGTH = 900_000;
    private static final String HEAP = "512M";
    private static final String SECRET = "internal-communication.shared-secret=generated-sql-generated-sql-generated-sql";

    @Test
    public void testDispatcherWithSmallHeap()
    {
        SharedCluster.stop();
        try (Installation installation = Installation.ours("generated-sql")) {
            int port = FreePorts.consecutivePorts(2);
            String discovery = "discovery.uri=http://127.0.0.1:" + (port + 1);
            Path dispatcherEtc = ServerProcess.writeShortLivedEtc(installation, "dispatcher", port, HEAP, ImmutableList.of(), "node.role=dispatcher", discovery, SECRET);
            Path coordinatorEtc = ServerProcess.writeShortLivedEtc(
                    installation,
                    "coordinator",
                    port + 1,
                    "1G",
                    ImmutableList.of(),
                    "node.role=coordinator,worker",
                    discovery,
                    SECRET,
                    // the engine's history keeps whole texts
                    "query.max-history=10",
                    "query.min-expire-age=1s");
            try (ServerProcess coordinator = ServerProcess.start(installation.directory(), coordinatorEtc, port + 1)) {
                String last;
                try (ServerProcess dispatcher = ServerProcess.start(installation.directory(), dispatcherEtc, port)) {
                    dispatcher.awaitStarted(ofSeconds(180));
                    coordinator.awaitStarted(ofSeconds(180));
                    awaitQueries(dispatcher);
                    long start = System.nanoTime();
                    last = run(dispatcher, STATEMENTS);
                    log.info("%s statements of %s characters through a heap of %s: %.1f s", STATEMENTS, LENGTH, HEAP, (System.nanoTime() - start) / 1e9);
                    assertThat(historyTextBytes(dispatcher)).isPositive().isLessThanOrEqualTo(32 << 20);
                    assertListed(dispatcher, last);
                    dispatcher.kill();
                }
                try (ServerProcess dispatcher = ServerProcess.start(installation.directory(), dispatcherEtc, port)) {
                    double seconds = dispatcher.awaitStarted(ofSeconds(180)).toMillis() / 1e3;
                    awaitQueries(dispatcher);
                    log.info("The dispatcher was back %.1f s after its start", seconds);
                    run(dispatcher, STATEMENTS / 10);
                    assertThat(dispatcher.isAlive()).isTrue();
                }
            }
        }
    }

    private static void awaitQueries(ServerProcess dispatcher)
    {
        await().atMost(ofSeconds(120)).ignoreExceptions().untilAsserted(() -> {
            ProtocolQuery query = ProtocolQuery.submit(dispatcher.uri(), "SELECT 1");
            query.readToEnd();
            assertThat(query.error()).isEmpty();
        });
    }

    /**
     * @return the id of the last query
     */
    private static String run(ServerProcess dispatcher, int statements)
    {
        String id = "";
        for (int i = 0; i < statements; i++) {
            ProtocolQuery query = ProtocolQuery.submit(dispatcher.uri(), "SELECT %s /* %s */".formatted(i, String.valueOf((char) ('a' + i % 26)).repeat(LENGTH)));
            List<Integer> rows = query.readToEnd().stream().map(row -> row.get(0).asInt()).toList();
            assertThat(query.error()).as("statement %s", i).isEmpty();
            assertThat(rows).containsExactly(i);
            id = query.id();
            if (i % 50 == 0) {
                // listing the queries must not end the dispatcher either
                assertListed(dispatcher, id);
            }
        }
        return id;
    }

    private static void assertListed(ServerProcess dispatcher, String queryId)
    {
        HttpResponse<String> queries = Http.get(dispatcher.uri().resolve("/v1/query"), Http.AS_TEST_USER);
        assertThat(queries.statusCode()).isEqualTo(200);
        assertThat(queries.body()).contains(queryId);
    }

    private static long historyTextBytes(ServerProcess dispatcher)
    {
        return Http.get(dispatcher.uri().resolve("/metrics"), Http.AS_TEST_USER).body().lines()
                .filter(line -> line.startsWith("io_prestosql_dispatcher_name_DispatcherQueue_HistoryTextBytes "))
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .mapToLong(value -> (long) Double.parseDouble(value))
                .findFirst()
                .orElseThrow();
    }
}
