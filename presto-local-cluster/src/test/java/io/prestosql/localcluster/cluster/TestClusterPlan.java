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
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.report.InvalidOptionException;
import io.prestosql.localcluster.server.ServerProperty;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterPlan
{
    @Test
    public void testDefault()
    {
        ClusterPlan plan = ClusterPlan.of(StartOptions.builder().build());
        assertThat(plan.nodes()).extracting(ClusterNode::name).containsExactly("dispatcher-1", "coordinator-1", "coordinator-2", "worker-1");
        assertThat(plan.nodes()).extracting(ClusterNode::port).containsExactly(8080, 8081, 8082, 8083);
        assertThat(plan.discoveryUri()).contains("http://127.0.0.1:8081,http://127.0.0.1:8082");
        assertThat(plan.queryLogPeers()).isEmpty();
    }

    @Test
    public void testOrderOfPorts()
    {
        ClusterPlan plan = ClusterPlan.of(StartOptions.builder()
                .setDispatchers(2)
                .setCoordinators(1)
                .addNode(new NodeRequest("extra", ImmutableList.of("worker")))
                .addNode(new NodeRequest("both", ImmutableList.of("coordinator", "dispatcher")))
                .setLoadBalancer(true)
                .setPort(9000)
                .build());
        assertThat(plan.ports()).containsExactly(
                port(9000, "dispatcher-1"),
                port(9001, "dispatcher-2"),
                port(9002, "both"),
                port(9003, "coordinator-1"),
                port(9004, "worker-1"),
                port(9005, "extra"),
                port(9006, "the query log of dispatcher-1"),
                port(9007, "the query log of dispatcher-2"),
                port(9008, "the query log of both"),
                port(9009, "load-balancer"));
        assertThat(plan.queryLogPeers()).contains("dispatcher-1@127.0.0.1:9006,dispatcher-2@127.0.0.1:9007,both@127.0.0.1:9008");
        assertThat(plan.discoveryUri()).contains("http://127.0.0.1:9002,http://127.0.0.1:9003");
    }

    @Test
    public void testDatabase()
    {
        ClusterPlan plan = ClusterPlan.of(StartOptions.builder().setDispatchers(2).setQueryLog(QueryLogStore.POSTGRESQL).setLoadBalancer(true).setPort(1).build());
        assertThat(plan.postgresql()).contains(new ClusterNode("postgresql", ImmutableList.of("postgresql"), 6));
        assertThat(plan.loadBalancer()).contains(new ClusterNode("load-balancer", ImmutableList.of("load-balancer"), 7));
        assertThat(plan.queryLogPeers()).isEmpty();
    }

    @Test
    public void testClusterWithoutCoordinators()
    {
        StartOptions.Builder options = StartOptions.builder().setCoordinators(0);
        assertRefused(options, "a cluster without a coordinator runs no query. Say --coordinators 1, or --no-wait if that is what you want");
        // the property must have a value
        assertThat(ClusterPlan.of(options.setAwaitQuery(false).build()).discoveryUri()).contains("http://127.0.0.1:8080");
    }

    @Test
    public void testSeveralClusters()
    {
        ClusterPlan plan = ClusterPlan.of(StartOptions.builder()
                .setDispatchers(3)
                .addCluster(ClusterRequest.parse("etl:coordinators=2,workers=1"))
                .addCluster(ClusterRequest.parse("ad-hoc:coordinator-workers=1"))
                .setLoadBalancer(true)
                .build());
        assertThat(plan.ports()).containsExactly(
                port(8080, "dispatcher-1"),
                port(8081, "dispatcher-2"),
                port(8082, "dispatcher-3"),
                port(8083, "etl.coordinator-1"),
                port(8084, "etl.coordinator-2"),
                port(8085, "etl.worker-1"),
                port(8086, "ad-hoc.coordinator-worker-1"),
                port(8087, "the query log of dispatcher-1"),
                port(8088, "the query log of dispatcher-2"),
                port(8089, "the query log of dispatcher-3"),
                port(8090, "load-balancer"));
        assertThat(plan.clusters().stream().map(plan::discoveryUri)).containsExactly("http://127.0.0.1:8083,http://127.0.0.1:8084", "http://127.0.0.1:8086");
        // without coordinators of their own, dispatchers have no cluster but these
        assertThat(plan.discoveryUri()).isEmpty();
    }

    @Test
    public void testDefaultClusterBesideAnother()
    {
        ClusterPlan plan = ClusterPlan.of(StartOptions.builder()
                .setCoordinators(1)
                .setWorkers(1)
                .addCluster(ClusterRequest.parse("etl"))
                .build());
        assertThat(plan.nodes()).extracting(ClusterNode::name).containsExactly("dispatcher-1", "coordinator-1", "worker-1", "etl.coordinator-1", "etl.worker-1");
        assertThat(plan.discoveryUri()).contains("http://127.0.0.1:8081");
        assertThat(plan.clusters().stream().map(plan::discoveryUri)).containsExactly("http://127.0.0.1:8083");
    }

    @Test
    public void testRefusedClusters()
    {
        assertRefused(builder("etl:workers=0"), "--cluster etl: a cluster without a worker runs no query. Say workers=1, or --no-wait if that is what you want");
        assertRefused(builder("etl").setCoordinators(1), "a cluster without a worker runs no query. Say --workers 1");
        assertRefused(builder("etl", "adhoc", "etl"), "--cluster etl: another cluster or a node has that name. Use another one");
        assertRefused(builder("dispatcher-1"), "--cluster dispatcher-1: another cluster or a node has that name");
        assertRefused(builder("etl:state=DRAINING", "adhoc:state=INACTIVE"), "--cluster: no cluster is ACTIVE, so no query runs. Leave out the state of one of them");
        assertRefused(builder("etl").setPort(65_534), "--port 65534: the cluster needs 3 ports from there on");
        assertRefused(builder("etl").addJvmOption(new Setting<>("etl.worker-2", "-Xmx1G")), "--jvm: 'etl.worker-2' is neither a role, nor a cluster's or a node's name, nor 'all'");

        // such a cluster may lack what a query needs
        StartOptions.Builder options = builder("etl:workers=0,coordinators=1,state=INACTIVE").addJvmOption(new Setting<>("etl", "-Xmx1G"));
        assertThat(ClusterPlan.of(options.setAwaitQuery(false).build()).nodes()).extracting(ClusterNode::name).containsExactly("dispatcher-1", "etl.coordinator-1");
    }

    private static StartOptions.Builder builder(String... clusters)
    {
        StartOptions.Builder builder = StartOptions.builder();
        for (String cluster : clusters) {
            builder.addCluster(ClusterRequest.parse(cluster));
        }
        return builder;
    }

    @Test
    public void testRefused()
    {
        assertRefused(StartOptions.builder().setDispatchers(0), "a cluster without a dispatcher takes no queries");
        assertRefused(StartOptions.builder().setWorkers(0), "a cluster without a worker runs no query. Say --workers 1");
        assertRefused(StartOptions.builder().setWorkers(-1), "--workers -1: not a number of nodes");
        assertRefused(StartOptions.builder().setDispatchers(2), "the embedded query log needs 1, 3, 5 or 7 dispatchers, not 2. Any number works with --query-log postgresql");
        assertRefused(StartOptions.builder().setDispatchers(3).setQueryLog(QueryLogStore.MEMORY), "--query-log memory is for one dispatcher");
        assertRefused(StartOptions.builder().setPort(65_533), "--port 65533: the cluster needs 4 ports from there on, and ports are 1 to 65535");
        assertRefused(StartOptions.builder().setPort(0), "--port 0: ");
        assertRefused(StartOptions.builder().addNode(new NodeRequest("worker-1", ImmutableList.of("worker"))), "two nodes are called worker-1");
        assertRefused(StartOptions.builder().addJvmOption(new Setting<>("worker-2", "-Xmx1G")), "--jvm: 'worker-2' is neither a role, nor a cluster's or a node's name, nor 'all'");
        assertRefused(
                StartOptions.builder().addProperty(new Setting<>("workers", new ServerProperty("a", "b"))),
                "--property: 'workers' is neither a role, nor a cluster's or a node's name, nor 'all'");
        assertRefused(StartOptions.builder().setCatalogs(ImmutableList.of("tpch", "../x")), "--catalogs: '../x' is no connector's name");
    }

    @Test
    public void testInvalidNodesAreRefused()
    {
        assertThatThrownBy(() -> new NodeRequest("postgresql", ImmutableList.of("worker"))).isInstanceOf(InvalidOptionException.class).hasMessageContaining("cannot be called like a role");
        assertThatThrownBy(() -> new NodeRequest("../x", ImmutableList.of("worker"))).isInstanceOf(InvalidOptionException.class).hasMessageContaining("a node's name has letters");
        assertThatThrownBy(() -> new NodeRequest("x", ImmutableList.of("gateway"))).isInstanceOf(InvalidOptionException.class).hasMessageContaining("the roles are");
    }

    private static Map.Entry<Integer, String> port(int number, String use)
    {
        return Map.entry(number, use);
    }

    private static void assertRefused(StartOptions.Builder options, String message)
    {
        StartOptions built = options.build();
        assertThatThrownBy(() -> ClusterPlan.of(built))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageStartingWith(message);
    }
}
