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
package io.prestosql.localcluster.cluster;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.report.InvalidOptionException;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.localcluster.node.ClusterNode.COORDINATOR;
import static io.prestosql.localcluster.node.ClusterNode.DISPATCHER;
import static io.prestosql.localcluster.node.ClusterNode.LOAD_BALANCER;
import static io.prestosql.localcluster.node.ClusterNode.POSTGRESQL;
import static io.prestosql.localcluster.node.ClusterNode.WORKER;
import static java.util.stream.Collectors.joining;

/**
 * The nodes of a cluster, or of several clusters behind the same dispatchers, with their ports. Ports are consecutive, in the order:
 * dispatchers, requested nodes that are dispatchers, coordinators, workers, other requested nodes, the nodes of each other cluster, the
 * embedded query logs, PostgreSQL, the load balancer.
 *
 * @param servers in the order of their ports
 * @param clusters the clusters other than the default one
 * @param queryLogPorts the port of each dispatcher's embedded query log, by its name; empty if no other dispatcher connects to it
 * @param postgresql the database that keeps the queue
 */
public record ClusterPlan(
        List<ClusterNode> servers,
        List<ClusterRequest> clusters,
        Map<String, Integer> queryLogPorts,
        Optional<ClusterNode> postgresql,
        Optional<ClusterNode> loadBalancer)
{
    /** A Raft group of an even number survives no more deaths than one with a member less. */
    private static final Set<Integer> EMBEDDED_QUERY_LOGS = ImmutableSet.of(1, 3, 5, 7);
    private static final int MAX_PORT = 65_535;
    private static final Pattern CONNECTOR = Pattern.compile("[a-z][a-z0-9_-]*");

    public ClusterPlan
    {
        servers = ImmutableList.copyOf(servers);
        clusters = ImmutableList.copyOf(clusters);
        queryLogPorts = ImmutableMap.copyOf(queryLogPorts);
    }

    /**
     * @throws InvalidOptionException if there can be no such cluster
     */
    public static ClusterPlan of(StartOptions options)
    {
        checkCount("--dispatchers", options.dispatchers());
        checkCount("--coordinators", options.coordinators());
        checkCount("--workers", options.workers());
        List<NodeRequest> requests = Stream.of(
                        numbered(DISPATCHER, options.dispatchers()),
                        options.nodes().stream().filter(node -> node.hasRole(DISPATCHER)),
                        numbered(COORDINATOR, options.coordinators()),
                        numbered(WORKER, options.workers()),
                        options.nodes().stream().filter(node -> !node.hasRole(DISPATCHER)))
                .flatMap(nodes -> nodes)
                .collect(toImmutableList());
        checkRoles(requests, options);
        checkNames(requests, options);

        List<NodeRequest> dispatchers = requests.stream().filter(node -> node.hasRole(DISPATCHER)).collect(toImmutableList());
        checkQueryLog(options.queryLog(), dispatchers.size());
        List<NodeRequest> peers = options.queryLog() == QueryLogStore.EMBEDDED && dispatchers.size() > 1 ? dispatchers : ImmutableList.of();
        boolean database = options.queryLog() == QueryLogStore.POSTGRESQL;
        int clusterNodes = options.clusters().stream().mapToInt(cluster -> cluster.nodes().size()).sum();
        int ports = requests.size() + clusterNodes + peers.size() + (database ? 1 : 0) + (options.loadBalancer() ? 1 : 0);
        if (options.port() < 1 || options.port() + ports - 1 > MAX_PORT) {
            throw new InvalidOptionException("--port %s: the cluster needs %s ports from there on, and ports are 1 to %s".formatted(options.port(), ports, MAX_PORT));
        }

        int port = options.port();
        ImmutableList.Builder<ClusterNode> servers = ImmutableList.builder();
        for (NodeRequest request : requests) {
            servers.add(new ClusterNode(request.name(), request.roles(), port++));
        }
        for (ClusterRequest cluster : options.clusters()) {
            for (NodeRequest request : cluster.nodes()) {
                servers.add(ClusterNode.ofCluster(cluster.name(), request.name(), request.roles(), port++));
            }
        }
        ImmutableMap.Builder<String, Integer> queryLogPorts = ImmutableMap.builder();
        for (NodeRequest peer : peers) {
            queryLogPorts.put(peer.name(), port++);
        }
        Optional<ClusterNode> postgresql = database ? Optional.of(new ClusterNode(POSTGRESQL, ImmutableList.of(POSTGRESQL), port++)) : Optional.empty();
        Optional<ClusterNode> loadBalancer = options.loadBalancer() ? Optional.of(new ClusterNode(LOAD_BALANCER, ImmutableList.of(LOAD_BALANCER), port)) : Optional.empty();
        return new ClusterPlan(servers.build(), options.clusters(), queryLogPorts.buildOrThrow(), postgresql, loadBalancer);
    }

    /**
     * Returns all nodes in the order of their ports.
     */
    public List<ClusterNode> nodes()
    {
        return Stream.of(servers.stream(), postgresql.stream(), loadBalancer.stream())
                .flatMap(nodes -> nodes)
                .collect(toImmutableList());
    }

    public List<ClusterNode> serversWith(String role)
    {
        return servers.stream()
                .filter(node -> node.hasRole(role))
                .collect(toImmutableList());
    }

    /**
     * Returns what each port is for.
     */
    public Map<Integer, String> ports()
    {
        ImmutableMap.Builder<Integer, String> ports = ImmutableMap.builder();
        servers.forEach(node -> ports.put(node.port(), node.name()));
        queryLogPorts.forEach((name, port) -> ports.put(port, "the query log of " + name));
        postgresql.ifPresent(node -> ports.put(node.port(), node.name()));
        loadBalancer.ifPresent(node -> ports.put(node.port(), node.name()));
        return ports.buildOrThrow();
    }

    /**
     * Returns the value of {@code query-log.peers}, if the dispatchers need it.
     */
    public Optional<String> queryLogPeers()
    {
        if (queryLogPorts.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(queryLogPorts.entrySet().stream()
                .map(peer -> "%s@127.0.0.1:%s".formatted(peer.getKey(), peer.getValue()))
                .collect(joining(",")));
    }

    /**
     * Returns the value of {@code discovery.uri} for dispatchers and the nodes of the default cluster; empty if there is no default cluster.
     */
    public Optional<String> discoveryUri()
    {
        List<ClusterNode> nodes = serversOf(Optional.empty());
        return hasDefaultCluster(clusters, nodes.stream().map(ClusterNode::roles)) ? Optional.of(discoveryUri(nodes)) : Optional.empty();
    }

    /**
     * @param roles the roles of each node that is in no other cluster
     */
    private static boolean hasDefaultCluster(List<ClusterRequest> otherClusters, Stream<List<String>> roles)
    {
        return otherClusters.isEmpty() || roles.anyMatch(node -> node.contains(COORDINATOR) || node.contains(WORKER));
    }

    /**
     * Returns the value of {@code discovery.uri} for another cluster.
     */
    public String discoveryUri(ClusterRequest cluster)
    {
        return discoveryUri(serversOf(Optional.of(cluster.name())));
    }

    /**
     * @param cluster empty for the dispatchers and the nodes of the default cluster
     */
    List<ClusterNode> serversOf(Optional<String> cluster)
    {
        return servers.stream()
                .filter(node -> node.cluster().equals(cluster))
                .collect(toImmutableList());
    }

    /**
     * The property must have a value, even if there is no coordinator.
     */
    private static String discoveryUri(List<ClusterNode> nodes)
    {
        List<ClusterNode> coordinators = nodes.stream()
                .filter(node -> node.hasRole(COORDINATOR))
                .collect(toImmutableList());
        return (coordinators.isEmpty() ? nodes.stream().limit(1) : coordinators.stream())
                .map(node -> node.uri().toString())
                .collect(joining(","));
    }

    private static Stream<NodeRequest> numbered(String role, int count)
    {
        return IntStream.rangeClosed(1, count).mapToObj(number -> new NodeRequest("%s-%s".formatted(role, number), ImmutableList.of(role)));
    }

    private static void checkCount(String option, int count)
    {
        if (count < 0) {
            throw new InvalidOptionException("%s %s: not a number of nodes".formatted(option, count));
        }
    }

    /**
     * @param nodes the dispatchers, and the nodes of the default cluster
     */
    private static void checkRoles(List<NodeRequest> nodes, StartOptions options)
    {
        if (nodes.stream().noneMatch(node -> node.hasRole(DISPATCHER))) {
            throw new InvalidOptionException("a cluster without a dispatcher takes no queries, as coordinators take them only from dispatchers. "
                    + "Say --dispatchers 1, or give a node that role, e.g. --nodes coordinator-9=dispatcher,coordinator");
        }
        if (!options.awaitQuery()) {
            return;
        }
        boolean hasDefaultCluster = hasDefaultCluster(options.clusters(), nodes.stream().map(NodeRequest::roles));
        if (hasDefaultCluster) {
            checkRunsQueries("", "--%ss 1", nodes);
        }
        for (ClusterRequest cluster : options.clusters()) {
            checkRunsQueries("--cluster %s: ".formatted(cluster.name()), "%ss=1", cluster.nodes());
        }
        if (!hasDefaultCluster && options.clusters().stream().noneMatch(ClusterRequest::isActive)) {
            throw new InvalidOptionException("--cluster: no cluster is ACTIVE, so no query runs. Leave out the state of one of them, or say --no-wait if that is what you want");
        }
    }

    /**
     * @param prefix what the message says first
     * @param fix how a user gets a node with a role
     */
    private static void checkRunsQueries(String prefix, String fix, List<NodeRequest> nodes)
    {
        for (String role : List.of(COORDINATOR, WORKER)) {
            if (nodes.stream().noneMatch(node -> node.hasRole(role))) {
                throw new InvalidOptionException("%sa cluster without a %s runs no query. Say %s, or --no-wait if that is what you want".formatted(prefix, role, fix.formatted(role)));
            }
        }
    }

    private static void checkNames(List<NodeRequest> nodes, StartOptions options)
    {
        Set<String> names = new HashSet<>();
        for (NodeRequest node : nodes) {
            if (!names.add(node.name())) {
                throw new InvalidOptionException("two nodes are called " + node.name());
            }
        }
        for (ClusterRequest cluster : options.clusters()) {
            if (!names.add(cluster.name())) {
                throw new InvalidOptionException("--cluster %s: another cluster or a node has that name. Use another one".formatted(cluster.name()));
            }
            cluster.nodes().forEach(node -> names.add(ClusterNode.nameInCluster(cluster.name(), node.name())));
        }
        for (String catalog : options.catalogs()) {
            if (!CONNECTOR.matcher(catalog).matches()) {
                throw new InvalidOptionException("--catalogs: '%s' is no connector's name".formatted(catalog));
            }
        }
        checkSettings("--property", options.properties(), names);
        checkSettings("--jvm", options.jvmOptions(), names);
        checkSettings("--etc", options.etcFiles(), names);
    }

    private static <T> void checkSettings(String option, List<Setting<T>> settings, Set<String> names)
    {
        for (Setting<T> setting : settings) {
            if (!setting.isForAll() && !setting.isForRole() && !names.contains(setting.who())) {
                throw new InvalidOptionException("%s: '%s' is neither a role, nor a cluster's or a node's name, nor 'all'".formatted(option, setting.who()));
            }
        }
    }

    private static void checkQueryLog(QueryLogStore store, int dispatchers)
    {
        if (store == QueryLogStore.EMBEDDED && !EMBEDDED_QUERY_LOGS.contains(dispatchers)) {
            throw new InvalidOptionException("the embedded query log needs 1, 3, 5 or 7 dispatchers, not %s. Any number works with --query-log postgresql".formatted(dispatchers));
        }
        if (store == QueryLogStore.MEMORY && dispatchers > 1) {
            throw new InvalidOptionException("--query-log memory is for one dispatcher: %s dispatchers would not share their queue. Say --query-log postgresql, or embedded".formatted(dispatchers));
        }
    }
}
