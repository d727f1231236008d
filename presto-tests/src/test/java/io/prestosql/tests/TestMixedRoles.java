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
import io.prestosql.server.NodeRoles;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.execution.SqlTaskManager;
import io.trino.plugin.tpch.TpchPlugin;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.server.NodeRole.COORDINATOR;
import static io.prestosql.server.NodeRole.WORKER;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A coordinator that is a worker, too, beside one that is not: whichever has a query, only workers get splits.
 */
public class TestMixedRoles
{
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

            // the true roles are what people are shown
            assertThat(client.execute("SELECT node_id FROM system.runtime.nodes WHERE coordinator ORDER BY 1").rows())
                    .extracting(row -> row.getFirst())
                    .containsExactly("coordinator-1", "coordinator-worker-1");
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
