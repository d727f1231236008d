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

import com.google.common.collect.ImmutableSet;
import io.prestosql.node.NodeRoles;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.execution.SqlTaskManager;
import io.trino.plugin.tpch.TpchPlugin;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Workers with a second role, beside nodes with one role.
 */
public class TestMixedRoles
{
    /**
     * One coordinator is also a worker, and the other one is not: for queries of either, only workers get splits.
     */
    @Test
    public void testOnlyWorkersGetSplits()
    {
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addNodes(1, NodeRoles.of(COORDINATOR, WORKER))
                .addWorkers(1)
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch")
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
                assertThat(TestingPrestoCluster.workersOf(coordinator)).containsExactlyInAnyOrder("coordinator-worker-1", "worker-1");
            }

            Set<String> coordinators = new HashSet<>();
            for (int i = 0; i < 4; i++) {
                TestingClient.Result result = client.execute("SELECT linestatus, count(*) FROM tpch.tiny.lineitem GROUP BY 1 ORDER BY 1");
                assertThat(result.error()).isEmpty();
                assertThat(result.rows()).hasSize(2);
                assertThat(nodesWithTasksOf(result.queryId(), cluster)).isEqualTo(ImmutableSet.of("coordinator-worker-1", "worker-1"));
                coordinators.add(cluster.getCoordinatorOf(result.queryId()).getNodeId());
            }
            assertThat(coordinators).hasSize(2);

            // users see the true roles
            assertThat(client.execute("SELECT node_id FROM system.runtime.nodes WHERE coordinator ORDER BY 1").rows())
                    .extracting(row -> row.getFirst())
                    .containsExactly("coordinator-1", "coordinator-worker-1");
        }
    }

    /**
     * The engine's workers have no UI, but a worker that is also a dispatcher has one.
     */
    @Test
    public void testUiOfDispatcherThatIsWorker()
            throws Exception
    {
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addNodes(1, NodeRoles.of(DISPATCHER, WORKER))
                .addCoordinators(1)
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch")
                .build();
                TestingClient queries = new TestingClient(cluster.getDispatcherUrl());
                RawClient client = new RawClient()) {
            URI node = cluster.getServer("dispatcher-worker-1").getBaseUrl();
            assertThat(client.get(node.resolve("/ui/"), Map.of()).status()).isEqualTo(303);
            assertThat(client.get(node.resolve("/ui/api/stats"), Map.of()).status()).isEqualTo(401);

            Map<String, String> login = client.logIn(node, "admin");
            for (String page : List.of("", "operations.html", "workers.html", "api/stats", "api/cluster", "api/worker", "api/operations")) {
                assertThat(client.get(node.resolve("/ui/" + page), login).status()).as(page).isEqualTo(200);
            }

            TestingClient.Result result = queries.execute("SELECT count(*) FROM tpch.tiny.nation");
            assertThat(result.onlyValue()).isEqualTo(25L);
            assertThat(nodesWithTasksOf(result.queryId(), cluster)).contains("dispatcher-worker-1");
            assertThat(client.get(node.resolve("/ui/api/query/" + result.queryId()), login).body()).contains("tpch.tiny.nation", "FINISHED");
        }
    }

    private static Set<String> nodesWithTasksOf(String queryId, TestingPrestoCluster cluster)
    {
        return cluster.getServers().stream()
                .filter(server -> server.getRoles().needsEngine())
                .filter(server -> server.getInstance(SqlTaskManager.class).getAllTaskInfo().stream()
                        .anyMatch(task -> task.taskStatus().getTaskId().getQueryId().toString().equals(queryId)))
                .map(TestingPrestoServer::getNodeId)
                .collect(toImmutableSet());
    }
}
