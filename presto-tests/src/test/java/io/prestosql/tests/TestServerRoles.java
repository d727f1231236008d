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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.airlift.discovery.server.DynamicStore;
import io.airlift.log.Logger;
import io.prestosql.catalog.CoordinatorCatalogs;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.coordinator.AssignedResourceGroupManager;
import io.prestosql.coordinator.DispatchResource;
import io.prestosql.coordinator.nodes.NodeLivenessDetector;
import io.prestosql.coordinator.nodes.SchedulingNodeManager;
import io.prestosql.dispatcher.admission.GatedResourceGroupManager;
import io.prestosql.dispatcher.admission.QueryRouter;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.statement.ExecutingQueryProxy;
import io.prestosql.dispatcher.statement.StatementResource;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.NodeRole;
import io.prestosql.node.NodeRoles;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.queries.AuthorizedQueries;
import io.prestosql.queries.ClusterView;
import io.prestosql.queries.OwnView;
import io.prestosql.queries.QueryInfoResource;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.worker.LeftoverTasks;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.QueuedStatementResource;
import io.trino.execution.ClusterSizeMonitor;
import io.trino.execution.QueryManager;
import io.trino.execution.SqlTaskManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.LocalMemoryManager;
import io.trino.metadata.CatalogManager;
import io.trino.metadata.InternalNode;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.QueryResource;
import io.trino.server.TaskResource;
import io.trino.server.protocol.ExecutingStatementResource;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.connector.CatalogHandle;
import io.trino.split.SplitManager;
import io.trino.sql.PlannerContext;
import io.trino.sql.analyzer.AnalyzerFactory;
import io.trino.sql.planner.PlanOptimizersFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Every combination of roles starts, has exactly the services of its roles, and does its part of a query.
 */
public class TestServerRoles
{
    private static final Logger log = Logger.get(TestServerRoles.class);

    private static final Set<Class<?>> DISPATCHER_SERVICES = ImmutableSet.of(
            QueueAdmission.class,
            Coordinators.class,
            ExecutingQueryProxy.class,
            QueryLog.class,
            QueryRouter.class,
            QueueDriver.class,
            StatementResource.class);

    private static final Set<Class<?>> COORDINATOR_SERVICES = ImmutableSet.of(
            AnalyzerFactory.class,
            ClusterSizeMonitor.class,
            CoordinatorCatalogs.class,
            DispatchResource.class,
            AssignedQueries.class,
            AssignedResourceGroupManager.class,
            DynamicStore.class,
            ExecutingStatementResource.class,
            NodeLivenessDetector.class,
            PlanOptimizersFactory.class,
            SchedulingNodeManager.class);

    /** The services of nodes that show the cluster. */
    private static final Set<Class<?>> VIEW_SERVICES = ImmutableSet.of(
            AuthorizedQueries.class,
            ClusterView.class,
            QueryInfoResource.class);

    private static final Set<Class<?>> ENGINE_SERVICES = ImmutableSet.of(
            CatalogManager.class,
            ConnectorServicesProvider.class,
            LeftoverTasks.class,
            LocalMemoryManager.class,
            PlannerContext.class,
            SplitManager.class,
            SqlTaskManager.class,
            TaskResource.class);

    @Test
    public void testDispatcher()
    {
        assertRoles(NodeRoles.of(DISPATCHER));
    }

    @Test
    public void testCoordinator()
    {
        assertRoles(NodeRoles.of(COORDINATOR));
    }

    @Test
    public void testWorker()
    {
        assertRoles(NodeRoles.of(WORKER));
    }

    /**
     * The same nodes as in {@link #testWorker}, which start in the other order.
     */
    @Tag("long")
    @Test
    public void testDispatcherAndCoordinator()
    {
        assertRoles(NodeRoles.of(DISPATCHER, COORDINATOR));
    }

    /**
     * The same nodes as in {@link #testDispatcher}, which start in the other order.
     */
    @Tag("long")
    @Test
    public void testCoordinatorAndWorker()
    {
        assertRoles(NodeRoles.of(COORDINATOR, WORKER));
    }

    /**
     * The same nodes as in {@link #testCoordinator}, which start in the other order.
     */
    @Tag("long")
    @Test
    public void testDispatcherAndWorker()
    {
        assertRoles(NodeRoles.of(DISPATCHER, WORKER));
    }

    @Test
    public void testAllRoles()
    {
        assertRoles(NodeRoles.ALL);
    }

    @Test
    public void testNamesWithQueueInMemory()
    {
        assertNamesOfDispatcher(".memory", ImmutableMap.of("query-log.store", "memory"));
    }

    @Test
    public void testNamesWithQueueInPostgresql()
    {
        TestingPostgresql postgresql = TestingPostgresql.shared();
        assertNamesOfDispatcher(".postgresql", ImmutableMap.of(
                "query-log.store", "postgresql",
                "query-log.postgresql.url", postgresql.url(postgresql.port()),
                "query-log.postgresql.user", "postgres"));
    }

    private static void assertNamesOfDispatcher(String variant, Map<String, String> properties)
    {
        TestingPrestoCluster.Builder builder = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addNodes(1, NodeRoles.of(COORDINATOR, WORKER));
        properties.forEach((name, value) -> builder.addProperty(DISPATCHER, name, value));
        try (TestingPrestoCluster cluster = builder.build(); TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            assertThat(client.execute("SELECT 1").error()).isEmpty();
            NamesOfRelease476.assertSame(cluster.getDispatcher(), variant);
        }
    }

    @Test
    public void testNamesWithDynamicCatalogs(@TempDir Path directory)
    {
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addWorkers(1)
                .addProperty(COORDINATOR, "catalog.management", "dynamic")
                .addProperty(WORKER, "catalog.management", "dynamic")
                .addProperty(COORDINATOR, "catalog.store", "shared-folder")
                .addProperty(COORDINATOR, "catalog.shared-folder", directory.toString())
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            assertThat(client.execute("SELECT 1").error()).isEmpty();
            NamesOfRelease476.assertSame(cluster.getDispatcher(), "");
            NamesOfRelease476.assertSame(cluster.getServer("coordinator-1"), ".dynamic-catalogs");
            NamesOfRelease476.assertSame(cluster.getServer("worker-1"), ".dynamic-catalogs");
        }
    }

    /**
     * Otherwise the first query of a node that is coordinator and worker would find no node for its catalog.
     */
    @Test
    public void testOwnCatalogsAreSchedulableOnceStarted()
    {
        try (TestingPrestoServer server = TestingPrestoServer.builder("single", NodeRoles.ALL)
                .setPlugins(ImmutableList.of(new TpchPlugin()))
                .setCatalogs(ImmutableMap.of("tpch", ImmutableMap.of("connector.name", "tpch")))
                .build()) {
            CatalogHandle catalog = server.getInstance(CatalogManager.class).getCatalog(new CatalogName("tpch")).orElseThrow().getCatalogHandle();
            assertThat(server.getInstance(SchedulingNodeManager.class).getActiveCatalogNodes(catalog))
                    .extracting(InternalNode::getNodeIdentifier)
                    .containsExactly("single");
        }
    }

    /**
     * The error names the mistake in the configuration, not its consequences.
     */
    @Test
    public void testPropertyThatTheEngineDoesNotHaveAnyMore()
    {
        assertThatThrownBy(() -> TestingPrestoServer.builder("single", NodeRoles.ALL)
                .setProperties(ImmutableMap.of("query.low-memory-killer.delay", "5m"))
                .build())
                .hasMessageContaining("query.low-memory-killer.delay")
                .hasMessageContaining("Defunct property")
                .hasMessageNotContaining("The engine does not bind");
    }

    /**
     * Jersey's description of its resources would take a large part of a dispatcher's start.
     */
    @Test
    public void testDispatcherDescribesNoResources()
            throws Exception
    {
        try (TestingPrestoServer server = TestingPrestoServer.builder("dispatcher", NodeRoles.of(DISPATCHER)).build();
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(server.getBaseUrl().resolve("/application.wadl"))
                    .header("X-Trino-User", "test")
                    .build();
            assertThat(client.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(404);
        }
    }

    /**
     * Starts a cluster of a node with these roles and a node with the others.
     */
    private static void assertRoles(NodeRoles roles)
    {
        TestingPrestoCluster.Builder builder = TestingPrestoCluster.builder()
                .addNodes(1, roles)
                .addPlugin(new TpchPlugin())
                .addCatalog("tpch", "tpch");
        Set<NodeRole> otherRoles = Sets.difference(NodeRoles.ALL.roles(), roles.roles());
        if (!otherRoles.isEmpty()) {
            builder.addNodes(1, new NodeRoles(otherRoles));
        }
        try (TestingPrestoCluster cluster = builder.build(); TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            cluster.getServers().forEach(TestServerRoles::assertServices);

            TestingClient.Result result = client.execute("SELECT count(*) FROM tpch.tiny.nation");
            assertThat(result.error()).isEmpty();
            assertThat(result.onlyValue()).isEqualTo(25L);
            for (TestingPrestoServer server : cluster.getServers()) {
                log.info("Node with roles %s started in %s", server.getRoles(), server.getStartTime());
                if (server.getRoles().needsEngine()) {
                    boolean hasTasks = server.getInstance(SqlTaskManager.class).getAllTaskInfo().stream()
                            .anyMatch(task -> task.taskStatus().getTaskId().getQueryId().toString().equals(result.queryId()));
                    assertThat(hasTasks).as("%s has tasks", server.getRoles()).isEqualTo(server.getRoles().isWorker());
                }
                if (server.getRoles().isCoordinator()) {
                    assertThat(server.getInstance(QueryManager.class).getQueries())
                            .extracting(query -> query.getQueryId().toString())
                            .containsExactly(result.queryId());
                }
                if (server.getRoles().isDispatcher()) {
                    assertThat(server.getInstance(QueueAdmission.class).dispatchManager().orElseThrow().getQueries())
                            .extracting(query -> query.getQueryId().toString())
                            .containsExactly(result.queryId());
                }
            }
            // some names appear only after a query has run
            cluster.getServers().forEach(server -> NamesOfRelease476.assertSame(server, ""));
        }
    }

    private static void assertServices(TestingPrestoServer server)
    {
        NodeRoles roles = server.getRoles();
        Set<Class<?>> all = Stream.of(DISPATCHER_SERVICES, COORDINATOR_SERVICES, VIEW_SERVICES, ENGINE_SERVICES)
                .flatMap(Set::stream)
                .collect(toImmutableSet());
        ImmutableSet.Builder<Class<?>> expected = ImmutableSet.builder();
        if (roles.isDispatcher()) {
            expected.addAll(DISPATCHER_SERVICES);
        }
        if (roles.isCoordinator()) {
            expected.addAll(COORDINATOR_SERVICES);
        }
        if (roles.isDispatcher() || roles.isCoordinator()) {
            expected.addAll(VIEW_SERVICES);
        }
        if (roles.needsEngine()) {
            expected.addAll(ENGINE_SERVICES);
        }
        assertThat(all.stream().filter(server::has).collect(toImmutableSet()))
                .as("services of %s", roles)
                .isEqualTo(expected.build());

        // these parts of the engine's own coordinator never exist: queries come from dispatchers only, and the whole cluster is shown
        assertThat(server.has(QueuedStatementResource.class)).isFalse();
        assertThat(server.has(QueryResource.class)).isFalse();
        assertThat(server.has(io.trino.server.ui.UiQueryResource.class)).isFalse();
        assertThat(server.has(io.trino.server.ui.ClusterStatsResource.class)).isFalse();
        assertThat(server.has(io.trino.server.ui.WorkerResource.class)).isFalse();
        assertThat(server.has(OwnView.class)).isEqualTo(roles.isCoordinator());

        assertThat(server.has(QueueAdmission.class)).isEqualTo(roles.isDispatcher());
        assertThat(server.has(DispatchManager.class)).isEqualTo(roles.isCoordinator());
        assertThat(server.has(ClusterMemoryManager.class)).isEqualTo(roles.isCoordinator());
        if (roles.isDispatcher()) {
            assertThat(server.getInstance(ResourceGroupManager.class)).isInstanceOf(GatedResourceGroupManager.class);
        }
        else if (roles.isCoordinator()) {
            assertThat(server.getInstance(ResourceGroupManager.class)).isInstanceOf(AssignedResourceGroupManager.class);
        }
    }
}
