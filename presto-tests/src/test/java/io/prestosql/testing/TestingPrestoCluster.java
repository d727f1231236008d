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
package io.prestosql.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Module;
import io.airlift.discovery.client.Announcer;
import io.airlift.discovery.client.ServiceSelectorManager;
import io.prestosql.coordinator.nodes.SchedulingNodeManager;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.NodeRole;
import io.prestosql.node.NodeRoles;
import io.prestosql.spi.querylog.QueryLog;
import io.trino.execution.QueryManager;
import io.trino.metadata.AllNodes;
import io.trino.metadata.FunctionBundle;
import io.trino.metadata.InternalNode;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.spi.Plugin;
import io.trino.spi.QueryId;
import io.trino.spi.session.PropertyMetadata;

import java.io.Closeable;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.difference;
import static com.google.common.util.concurrent.Futures.getUnchecked;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.NodeRole.WORKER;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.awaitility.Awaitility.await;

/**
 * A cluster whose servers all run in the test's process. Nodes are named after their roles: {@code dispatcher-1}, {@code coordinator-1},
 * {@code coordinator-worker-1}.
 */
public final class TestingPrestoCluster
        implements Closeable
{
    /** Every HTTP client of every node derives a key from it; with most other secrets, that takes ten times as long. */
    private static final String SECRET_WITH_QUICK_KEY = "12";

    private final Map<String, TestingPrestoServer.Builder> nodes;
    private final Map<String, TestingPrestoServer> running = new LinkedHashMap<>();

    private TestingPrestoCluster(Map<String, TestingPrestoServer.Builder> nodes, Set<String> notStarted)
    {
        this.nodes = ImmutableMap.copyOf(nodes);
        try {
            startAll(nodes.keySet().stream()
                    .filter(nodeId -> !notStarted.contains(nodeId))
                    .collect(toImmutableList()));
            awaitReady();
        }
        catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void startAll(List<String> nodeIds)
    {
        List<TestingPrestoServer.Builder> servers = nodeIds.stream()
                .map(nodes::get)
                .collect(toImmutableList());
        SideBySide.start(servers, started -> {
            synchronized (running) {
                running.put(started.getNodeId(), started);
            }
        });
    }

    /**
     * Returns the server of that name, which must be running.
     */
    public TestingPrestoServer getServer(String nodeId)
    {
        synchronized (running) {
            TestingPrestoServer server = running.get(nodeId);
            checkArgument(server != null, "%s is not running", nodeId);
            return server;
        }
    }

    public List<TestingPrestoServer> getServers()
    {
        synchronized (running) {
            return ImmutableList.copyOf(running.values());
        }
    }

    public List<TestingPrestoServer> getServers(NodeRole role)
    {
        return getServers().stream()
                .filter(server -> server.getRoles().roles().contains(role))
                .collect(toImmutableList());
    }

    /**
     * Returns the first dispatcher.
     */
    public TestingPrestoServer getDispatcher()
    {
        return getServers(DISPATCHER).getFirst();
    }

    public URI getDispatcherUrl()
    {
        return getDispatcher().getBaseUrl();
    }

    /**
     * Returns the coordinator that has the query.
     */
    public TestingPrestoServer getCoordinatorOf(String queryId)
    {
        return getServers(COORDINATOR).stream()
                .filter(server -> server.getInstance(QueryManager.class).hasQuery(new QueryId(queryId)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No coordinator has query " + queryId));
    }

    /**
     * Starts a node that is not running, at its fixed address.
     */
    public TestingPrestoServer start(String nodeId)
    {
        synchronized (running) {
            checkState(!running.containsKey(nodeId), "%s is running", nodeId);
        }
        TestingPrestoServer server = nodes.get(nodeId).build();
        synchronized (running) {
            running.put(nodeId, server);
        }
        return server;
    }

    /**
     * Ends a node as if its process had been killed.
     */
    public void kill(String nodeId)
    {
        remove(nodeId).kill();
    }

    /**
     * Shuts a node down.
     */
    public void stop(String nodeId)
    {
        remove(nodeId).close();
    }

    private TestingPrestoServer remove(String nodeId)
    {
        synchronized (running) {
            TestingPrestoServer server = running.remove(nodeId);
            checkArgument(server != null, "%s is not running", nodeId);
            return server;
        }
    }

    /**
     * Waits until every running dispatcher would send queries to every running coordinator, and each of those knows every running worker.
     * Nodes tell and ask each other at once what they would tell and ask a moment later.
     */
    public void awaitReady()
    {
        Set<String> workers = nodeIds(WORKER);
        int coordinators = nodeIds(COORDINATOR).size();
        for (TestingPrestoServer worker : getServers(WORKER)) {
            // a coordinator may have started after the worker
            getUnchecked(worker.getInstance(Announcer.class).forceAnnounce());
        }
        for (TestingPrestoServer coordinator : getServers(COORDINATOR)) {
            await("workers of " + coordinator.getNodeId())
                    .until(() -> askForWorkers(coordinator), workers::equals);
        }
        if (workers.isEmpty()) {
            return;
        }
        for (TestingPrestoServer dispatcher : getServers(DISPATCHER)) {
            Coordinators known = dispatcher.getInstance(Coordinators.class);
            // asks the coordinators, which would tell the number of their workers when the poll is over
            known.leadershipChanged();
            await("coordinators of " + dispatcher.getNodeId()).until(known::getAvailableCoordinators, available -> available == coordinators);
        }
    }

    private static Set<String> askForWorkers(TestingPrestoServer coordinator)
    {
        coordinator.getInstance(ServiceSelectorManager.class).forceRefresh();
        coordinator.getInstance(SchedulingNodeManager.class).refreshNodes();
        return workersOf(coordinator);
    }

    private Set<String> nodeIds(NodeRole role)
    {
        return getServers(role).stream()
                .map(TestingPrestoServer::getNodeId)
                .collect(toImmutableSet());
    }

    /**
     * Returns the nodes to which a coordinator gives splits.
     */
    public static Set<String> workersOf(TestingPrestoServer coordinator)
    {
        AllNodes nodes = coordinator.getInstance(SchedulingNodeManager.class).getAllNodes();
        return difference(nodes.getActiveNodes(), nodes.getActiveCoordinators()).stream()
                .map(InternalNode::getNodeIdentifier)
                .collect(toImmutableSet());
    }

    @Override
    public void close()
    {
        List<TestingPrestoServer> servers;
        synchronized (running) {
            servers = ImmutableList.copyOf(running.values());
            running.clear();
        }
        SideBySide.stop(servers);
    }

    public static Builder builder()
    {
        return new Builder();
    }

    public static final class Builder
    {
        private final List<NodeRoles> nodes = new ArrayList<>();
        private final Map<String, String> properties = new HashMap<>();
        private final Map<NodeRole, Map<String, String>> roleProperties = new HashMap<>();
        private final Map<String, Map<String, String>> catalogs = new HashMap<>();
        private final ImmutableList.Builder<Plugin> plugins = ImmutableList.builder();
        private final ImmutableList.Builder<FunctionBundle> functions = ImmutableList.builder();
        private final ImmutableList.Builder<PropertyMetadata<?>> systemSessionProperties = ImmutableList.builder();
        private final ImmutableSet.Builder<String> notStarted = ImmutableSet.builder();
        private final Map<NodeRole, List<Module>> replacements = new HashMap<>();
        private Optional<Map<String, String>> resourceGroups = Optional.empty();
        private Optional<Path> exchangeDirectory = Optional.empty();
        private boolean sharedQueue;
        private boolean internalHttps;

        private Builder() {}

        public Builder addDispatchers(int count)
        {
            return addNodes(count, NodeRoles.of(DISPATCHER));
        }

        public Builder addCoordinators(int count)
        {
            return addNodes(count, NodeRoles.of(COORDINATOR));
        }

        public Builder addWorkers(int count)
        {
            return addNodes(count, NodeRoles.of(WORKER));
        }

        /**
         * Adds a dispatcher, a coordinator and a worker.
         */
        public Builder addOneOfEachRole()
        {
            return addDispatchers(1).addCoordinators(1).addWorkers(1);
        }

        /**
         * Adds a dispatcher and a node that is coordinator and worker: one server less, where it does not matter which one runs tasks.
         */
        public Builder addDispatcherAndOneOther()
        {
            return addDispatchers(1).addNodes(1, NodeRoles.of(COORDINATOR, WORKER));
        }

        public Builder addNodes(int count, NodeRoles roles)
        {
            for (int i = 0; i < count; i++) {
                nodes.add(roles);
            }
            return this;
        }

        /**
         * Adds a property to every node.
         */
        public Builder addProperty(String name, String value)
        {
            properties.put(name, value);
            return this;
        }

        /**
         * Adds a property to every node that has the role, perhaps among others.
         */
        public Builder addProperty(NodeRole role, String name, String value)
        {
            roleProperties.computeIfAbsent(role, _ -> new HashMap<>()).put(name, value);
            return this;
        }

        public Builder addPlugin(Plugin plugin)
        {
            plugins.add(plugin);
            return this;
        }

        public Builder addFunctions(FunctionBundle bundle)
        {
            functions.add(bundle);
            return this;
        }

        public Builder addSystemSessionProperties(List<PropertyMetadata<?>> properties)
        {
            systemSessionProperties.addAll(properties);
            return this;
        }

        public Builder addCatalog(String name, String connector)
        {
            return addCatalog(name, connector, ImmutableMap.of());
        }

        public Builder addCatalog(String name, String connector, Map<String, String> properties)
        {
            catalogs.put(name, ImmutableMap.<String, String>builder()
                    .put("connector.name", connector)
                    .putAll(properties)
                    .buildOrThrow());
            return this;
        }

        /**
         * Adds the catalog {@code tpch}.
         */
        public Builder addTpch()
        {
            return addPlugin(new TpchPlugin()).addCatalog("tpch", "tpch");
        }

        /**
         * Adds the catalog {@code gate}, whose tables block queries until the test opens their gates.
         */
        public Builder addGates(Gates gates)
        {
            return addPlugin(new GatePlugin(gates)).addCatalog("gate", "gate");
        }

        /**
         * Adds a listener for the query events of each node that sends any.
         *
         * @param directory the test's folder, for the listener's file
         */
        public Builder addQueryEvents(QueryEventsPlugin events, Path directory)
        {
            return addPlugin(events).addProperty("event-listener.config-files", QueryEventsPlugin.configuration(directory));
        }

        /**
         * Keeps the queue on disk, where it survives the only dispatcher.
         *
         * @param directory the test's folder
         */
        public Builder keepQueue(Path directory)
        {
            return addProperty(DISPATCHER, "query-log.dir", directory.resolve("query-log").toString());
        }

        /**
         * Makes the dispatcher lead only when the test says so.
         */
        public Builder setQueryLog(ElectableQueryLog queryLog)
        {
            return addReplacement(DISPATCHER, binder -> binder.bind(QueryLog.class).toInstance(queryLog));
        }

        public Builder addReplacement(NodeRole role, Module module)
        {
            replacements.computeIfAbsent(role, _ -> new ArrayList<>()).add(module);
            return this;
        }

        /**
         * Sets the properties of the official file-based resource groups.
         */
        public Builder setResourceGroups(Map<String, String> properties)
        {
            this.resourceGroups = Optional.of(ImmutableMap.copyOf(properties));
            return this;
        }

        /**
         * Adds one resource group for all queries.
         *
         * @param directory the test's folder, for the group's file
         */
        public Builder addResourceGroup(Path directory, int hardConcurrencyLimit)
        {
            return addResourceGroups(directory, new TestingResourceGroup("global", hardConcurrencyLimit));
        }

        /**
         * Adds resource groups. Each takes the queries whose source is its name; the last one also takes all others.
         *
         * @param directory the test's folder, for the file of the groups
         */
        public Builder addResourceGroups(Path directory, TestingResourceGroup... groups)
        {
            return addPlugin(new ResourceGroupManagerPlugin())
                    .setResourceGroups(ImmutableMap.of("resource-groups.config-file", TestingResourceGroup.writeAll(directory, List.of(groups)).toString()));
        }

        /**
         * Makes stages exchange their results through that folder, with the engine's plugin.
         */
        public Builder addExchange(Path directory)
        {
            this.exchangeDirectory = Optional.of(directory);
            return addPlugin(EnginePlugins.filesystemExchange());
        }

        /**
         * Makes the dispatchers keep the queue together, and elect one of them as its leader.
         */
        public Builder shareQueue()
        {
            sharedQueue = true;
            return this;
        }

        /**
         * Makes the nodes talk to each other by https only, with certificates that they create themselves, and without an http address.
         */
        public Builder requireInternalHttps()
        {
            internalHttps = true;
            return this;
        }

        /**
         * Leaves the node out of the start of the cluster; the test starts it.
         */
        public Builder doNotStart(String nodeId)
        {
            notStarted.add(nodeId);
            return this;
        }

        public TestingPrestoCluster build()
        {
            SharedQueryRunner.close();
            Map<String, TestingPrestoServer.Builder> builders = new LinkedHashMap<>();
            Map<String, NodeRoles> roles = new LinkedHashMap<>();
            Map<String, Integer> ports = new HashMap<>();
            Map<String, Integer> securePorts = new HashMap<>();
            Map<NodeRoles, Integer> counts = new HashMap<>();
            for (NodeRoles node : nodes) {
                String nodeId = node.toString().replace(',', '-') + "-" + counts.merge(node, 1, Integer::sum);
                roles.put(nodeId, node);
                ports.put(nodeId, TestingPorts.nextPort());
                securePorts.put(nodeId, TestingPorts.nextPort());
            }
            String discoveryUri = roles.keySet().stream()
                    .filter(nodeId -> roles.get(nodeId).isCoordinator())
                    .map(nodeId -> internalHttps ? "https://127.0.0.1:" + securePorts.get(nodeId) : "http://127.0.0.1:" + ports.get(nodeId))
                    .collect(joining(","));
            if (sharedQueue) {
                addProperty(DISPATCHER, "query-log.peers", roles.keySet().stream()
                        .filter(nodeId -> roles.get(nodeId).isDispatcher())
                        .map(nodeId -> "%s@127.0.0.1:%s".formatted(nodeId, TestingPorts.nextPort()))
                        .collect(joining(",")));
            }
            List<Plugin> installed = plugins.build();
            roles.forEach((nodeId, nodeRoles) -> {
                Map<String, String> nodeProperties = new HashMap<>(properties);
                if (internalHttps) {
                    nodeProperties.put("http-server.http.enabled", "false");
                    nodeProperties.put("http-server.https.enabled", "true");
                    nodeProperties.put("http-server.https.port", String.valueOf(securePorts.get(nodeId)));
                    nodeProperties.put("internal-communication.https.required", "true");
                    nodeProperties.put("internal-communication.shared-secret", SECRET_WITH_QUICK_KEY);
                    // the engine's own default for this address
                    nodeProperties.put("node.internal-address", "127-0-0-1.ip");
                }
                ImmutableList.Builder<Module> nodeReplacements = ImmutableList.builder();
                for (NodeRole role : nodeRoles.roles()) {
                    nodeProperties.putAll(roleProperties.getOrDefault(role, ImmutableMap.of()));
                    nodeReplacements.addAll(replacements.getOrDefault(role, ImmutableList.of()));
                }
                builders.put(nodeId, TestingPrestoServer.builder(nodeId, nodeRoles)
                        .setPort(ports.get(nodeId))
                        .setDiscoveryUri(requireNonNull(discoveryUri))
                        .setProperties(nodeProperties)
                        .setCatalogs(catalogs)
                        .setPlugins(installed)
                        .setFunctions(functions.build())
                        .setSystemSessionProperties(systemSessionProperties.build())
                        .setReplacements(nodeReplacements.build())
                        .setResourceGroups(resourceGroups)
                        .setExchangeDirectory(exchangeDirectory));
            });
            return new TestingPrestoCluster(builders, notStarted.build());
        }
    }
}
