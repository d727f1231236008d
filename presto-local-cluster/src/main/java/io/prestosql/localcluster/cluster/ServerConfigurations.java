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

import com.google.common.collect.ImmutableMap;
import io.prestosql.localcluster.haproxy.HaproxyConfiguration;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.postgresql.PostgresqlInstallation;
import io.prestosql.localcluster.server.ServerCluster;
import io.prestosql.localcluster.server.ServerConfiguration;
import io.prestosql.localcluster.server.ServerProperty;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

/**
 * Makes the configurations of all servers go together.
 */
final class ServerConfigurations
{
    private static final String ENVIRONMENT = "local";

    private ServerConfigurations() {}

    /**
     * @param folder the folder with the secrets that the servers share
     */
    static List<ServerConfiguration> of(ClusterPlan plan, StartOptions options, ClusterFolder folder)
    {
        ServerCluster defaultCluster = new ServerCluster(ENVIRONMENT, plan.discoveryUri(), folder.secret());
        Map<String, ServerCluster> clusters = plan.clusters().stream()
                .collect(toImmutableMap(ClusterRequest::name, cluster -> new ServerCluster(cluster.environment(), Optional.of(plan.discoveryUri(cluster)), folder.secret(cluster.name()))));
        Map<String, Map<String, String>> clusterFiles = plan.clusters().stream()
                .collect(toImmutableMap(ClusterRequest::name, cluster -> clusterFile(cluster, clusters.get(cluster.name()), plan, options)));
        Map<String, String> dispatcherProperties = dispatcherProperties(plan, options, folder);
        return plan.servers().stream()
                .map(node -> new ServerConfiguration(
                        node,
                        node.cluster().map(clusters::get).orElse(defaultCluster),
                        dispatcherProperties,
                        clusterFiles,
                        options.catalogs(),
                        Setting.select(options.properties(), node),
                        Setting.select(options.jvmOptions(), node),
                        Setting.select(options.etcFiles(), node)))
                .collect(toImmutableList());
    }

    private static Map<String, String> dispatcherProperties(ClusterPlan plan, StartOptions options, ClusterFolder folder)
    {
        ImmutableMap.Builder<String, String> properties = ImmutableMap.builder();
        if (options.queryLog() != QueryLogStore.EMBEDDED) {
            properties.put("query-log.store", options.queryLog().toString());
        }
        plan.queryLogPeers().ifPresent(peers -> properties.put("query-log.peers", peers));
        plan.postgresql().ifPresent(node -> properties.putAll(PostgresqlInstallation.dispatcherProperties(folder, node)));
        plan.loadBalancer().ifPresent(_ -> properties.putAll(HaproxyConfiguration.dispatcherProperties()));
        return properties.buildOrThrow();
    }

    private static Map<String, String> clusterFile(ClusterRequest cluster, ServerCluster common, ClusterPlan plan, StartOptions options)
    {
        Map<String, String> properties = new LinkedHashMap<>(common.properties());
        // dispatchers have to reach the nodes as these are, such as those with an environment that a user has asked for
        ClusterNode node = plan.serversOf(Optional.of(cluster.name())).getFirst();
        for (ServerProperty property : Setting.select(options.properties(), node)) {
            properties.replace(property.name(), property.value());
        }
        properties.putAll(cluster.settings());
        return properties;
    }
}
