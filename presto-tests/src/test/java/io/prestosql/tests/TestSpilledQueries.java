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
package io.prestosql.tests;

import io.airlift.log.Logger;
import io.prestosql.testing.PrestoQueryRunner;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.spiller.SpillerStats;
import io.trino.testing.AbstractTestQueries;
import io.trino.testing.QueryRunner;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static java.util.concurrent.Executors.newSingleThreadExecutor;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The engine's queries on workers that write everything possible to disk, while another client makes the other coordinator do the same.
 */
@EngineSuite(shortTierOneIn = 6)
public class TestSpilledQueries
        extends AbstractTestQueries
{
    private static final Logger log = Logger.get(TestSpilledQueries.class);

    /** An aggregation, a join, a sort and a window function, all of which spill. */
    private static final List<String> OTHERS = List.of(
            "SELECT count(*) FROM (SELECT orderkey, count(*) c, max(comment) m FROM tpch.tiny.lineitem GROUP BY 1)",
            "SELECT count(*) FROM tpch.tiny.lineitem l JOIN tpch.tiny.orders o ON l.orderkey = o.orderkey",
            "SELECT count(*) FROM (SELECT row_number() OVER (PARTITION BY custkey ORDER BY totalprice) r FROM tpch.tiny.orders)");
    private static final List<Long> COUNTS = List.of(15_000L, 60_175L, 15_000L);

    @TempDir
    private static Path directory;

    private final ExecutorService executor = newSingleThreadExecutor(daemonThreadsNamed("other-client"));
    private TestingPrestoCluster cluster;
    private volatile boolean done;
    private Future<Map<String, Integer>> others;

    @Override
    protected QueryRunner createQueryRunner()
    {
        PrestoQueryRunner runner = TpchCluster.createQueryRunner(TpchCluster.builder()
                .addProperty("spill-enabled", "true")
                .addProperty("spiller-spill-path", directory.toString())
                // the memory that an aggregation may take after a spill before it spills again
                .addProperty(COORDINATOR, "aggregation-operator-unspill-memory-limit", "128kB")
                .addProperty(WORKER, "spiller-max-used-space-threshold", "1.0")
                // always revokes everything revocable
                .addProperty(WORKER, "memory-revoking-threshold", "0.0")
                .addProperty(WORKER, "memory-revoking-target", "0.0"));
        cluster = runner.getCluster();
        return runner;
    }

    @BeforeAll
    public void startOthers()
    {
        others = executor.submit(this::runOthers);
    }

    private Map<String, Integer> runOthers()
    {
        Map<String, Integer> queries = new HashMap<>();
        try (TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            // often enough to reach both coordinators, even if the suite ends soon
            for (int i = 0; !done || i < 3 * OTHERS.size(); i++) {
                TestingClient.Result result = client.execute(OTHERS.get(i % OTHERS.size()));
                assertThat(result.error()).isEmpty();
                assertThat(result.onlyValue()).isEqualTo(COUNTS.get(i % OTHERS.size()));
                queries.merge(cluster.getCoordinatorOf(result.queryId()).getNodeId(), 1, Integer::sum);
            }
        }
        return queries;
    }

    @AfterAll
    public void checkOthers()
            throws Exception
    {
        try {
            done = true;
            List<Long> spilled = cluster.getServers(WORKER).stream()
                    .map(TestSpilledQueries::spilledBytes)
                    .collect(toImmutableList());
            log.info("The other client's queries: %s; bytes spilled on workers: %s", others.get(), spilled);
            assertThat(others.get()).hasSize(2);
            assertThat(spilled).allMatch(bytes -> bytes > 0);
        }
        finally {
            executor.shutdownNow();
        }
    }

    private static long spilledBytes(TestingPrestoServer worker)
    {
        return worker.getInstance(SpillerStats.class).getTotalSpilledBytes();
    }
}
