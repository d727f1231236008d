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

import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.server.ServerCluster;
import io.prestosql.localcluster.server.ServerConfiguration;
import io.prestosql.localcluster.server.ServerProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

public class TestServerConfigurations
{
    @TempDir
    private Path directory;

    private ClusterFolder folder;

    @BeforeEach
    public void setUp()
    {
        folder = ClusterFolder.of(directory.resolve("cluster"));
        folder.create();
        folder.writeSecret("of dispatchers");
        folder.writeSecret("etl", "of etl");
        folder.writeSecret("ad-hoc", "of ad-hoc");
    }

    @Test
    public void testOneCluster()
    {
        List<ServerConfiguration> configurations = configurations(StartOptions.builder().setDispatchers(3).setLoadBalancer(true));
        assertThat(configurations).extracting(configuration -> configuration.node().name())
                .containsExactly("dispatcher-1", "dispatcher-2", "dispatcher-3", "coordinator-1", "coordinator-2", "worker-1");
        assertThat(configurations).extracting(ServerConfiguration::cluster)
                .containsOnly(new ServerCluster("local", Optional.of("http://127.0.0.1:8083,http://127.0.0.1:8084"), "of dispatchers"));
        assertThat(configurations.getFirst().dispatcherProperties()).isEqualTo(Map.of(
                "query-log.peers", "dispatcher-1@127.0.0.1:8086,dispatcher-2@127.0.0.1:8087,dispatcher-3@127.0.0.1:8088",
                "http-server.process-forwarded", "true"));
        assertThat(configurations.getFirst().clusterFiles()).isEmpty();
    }

    @Test
    public void testSeveralClusters()
    {
        List<ServerConfiguration> configurations = configurations(StartOptions.builder()
                .addCluster(ClusterRequest.parse("etl:coordinators=2,workers=1,max-running-queries=10"))
                .addCluster(ClusterRequest.parse("ad-hoc:coordinator-workers=1,state=DRAINING"))
                .addProperty(new Setting<>("etl", new ServerProperty("query.max-memory", "1GB"))));

        ServerConfiguration dispatcher = configurations.getFirst();
        assertThat(dispatcher.cluster()).isEqualTo(new ServerCluster("local", Optional.empty(), "of dispatchers"));
        assertThat(dispatcher.properties()).isEmpty();
        assertThat(dispatcher.clusterFiles()).isEqualTo(Map.of(
                "etl", Map.of(
                        "discovery.uri", "http://127.0.0.1:8081,http://127.0.0.1:8082",
                        "node.environment", "etl",
                        "internal-communication.shared-secret", "of etl",
                        "cluster.max-running-queries", "10"),
                "ad-hoc", Map.of(
                        "discovery.uri", "http://127.0.0.1:8084",
                        "node.environment", "ad_hoc",
                        "internal-communication.shared-secret", "of ad-hoc",
                        "cluster.state", "DRAINING")));

        for (ServerConfiguration node : configurations.subList(1, 4)) {
            assertThat(node.cluster()).isEqualTo(new ServerCluster("etl", Optional.of("http://127.0.0.1:8081,http://127.0.0.1:8082"), "of etl"));
            assertThat(node.properties()).containsExactly(new ServerProperty("query.max-memory", "1GB"));
        }
        assertThat(configurations.get(4).cluster()).isEqualTo(new ServerCluster("ad_hoc", Optional.of("http://127.0.0.1:8084"), "of ad-hoc"));
        assertThat(configurations.get(4).properties()).isEmpty();
    }

    @Test
    public void testDispatchersKnowWhatUsersAskForInACluster()
    {
        ServerConfiguration dispatcher = configurations(StartOptions.builder()
                .addCluster(ClusterRequest.parse("etl"))
                .addCluster(ClusterRequest.parse("ad-hoc"))
                .addProperty(new Setting<>("all", new ServerProperty("node.environment", "test")))
                .addProperty(new Setting<>("etl", new ServerProperty("internal-communication.shared-secret", "asked for"))))
                .getFirst();
        assertThat(dispatcher.clusterFiles().get("etl")).containsEntry("node.environment", "test").containsEntry("internal-communication.shared-secret", "asked for");
        assertThat(dispatcher.clusterFiles().get("ad-hoc")).containsEntry("node.environment", "test").containsEntry("internal-communication.shared-secret", "of ad-hoc");
    }

    private List<ServerConfiguration> configurations(StartOptions.Builder builder)
    {
        StartOptions options = builder.build();
        return ServerConfigurations.of(ClusterPlan.of(options), options, folder);
    }
}
