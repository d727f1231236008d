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
import io.prestosql.localcluster.server.EtcFile;
import io.prestosql.localcluster.server.ServerProperty;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import static java.util.Objects.requireNonNull;

/**
 * What a user wants of a cluster.
 *
 * @param dispatchers the number of nodes with the role dispatcher alone; likewise coordinators and workers
 * @param nodes more nodes
 * @param clusters clusters behind the dispatchers, other than the default one, which has the coordinators and workers above
 * @param loadBalancer whether HAProxy is in front of the dispatchers
 * @param port the first port, from 1 on
 * @param catalogs connectors, of which each becomes a catalog of that name
 * @param tarball an archive of the server, instead of the checkout's
 * @param installation an unpacked server, which is used where it is, instead of an archive
 * @param build whether the checkout's archive is built even if there is one
 * @param timeout how long the nodes may take to be up and to run a query
 * @param awaitQuery whether a start waits until the cluster runs a query; only then the cluster must have coordinators and workers
 */
public record StartOptions(
        int dispatchers,
        int coordinators,
        int workers,
        List<NodeRequest> nodes,
        List<ClusterRequest> clusters,
        QueryLogStore queryLog,
        boolean loadBalancer,
        int port,
        List<String> catalogs,
        List<Setting<ServerProperty>> properties,
        List<Setting<String>> jvmOptions,
        List<Setting<EtcFile>> etcFiles,
        Optional<Path> tarball,
        Optional<Path> installation,
        boolean build,
        Duration timeout,
        boolean awaitQuery)
{
    public static final int DEFAULT_COORDINATORS = 2;
    public static final int DEFAULT_WORKERS = 1;
    public static final int DEFAULT_PORT = 8080;
    public static final List<String> DEFAULT_CATALOGS = ImmutableList.of("memory", "tpcds", "tpch");
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(300);

    public StartOptions
    {
        nodes = ImmutableList.copyOf(nodes);
        clusters = ImmutableList.copyOf(clusters);
        requireNonNull(queryLog, "queryLog is null");
        catalogs = ImmutableList.copyOf(catalogs);
        properties = ImmutableList.copyOf(properties);
        jvmOptions = ImmutableList.copyOf(jvmOptions);
        etcFiles = ImmutableList.copyOf(etcFiles);
        requireNonNull(tarball, "tarball is null");
        requireNonNull(installation, "installation is null");
        requireNonNull(timeout, "timeout is null");
    }

    public static Builder builder()
    {
        return new Builder();
    }

    /**
     * Starts with a dispatcher, and with two coordinators and a worker unless a cluster is added.
     */
    public static final class Builder
    {
        private int dispatchers = 1;
        private OptionalInt coordinators = OptionalInt.empty();
        private OptionalInt workers = OptionalInt.empty();
        private final ImmutableList.Builder<NodeRequest> nodes = ImmutableList.builder();
        private final ImmutableList.Builder<ClusterRequest> clusters = ImmutableList.builder();
        private QueryLogStore queryLog = QueryLogStore.EMBEDDED;
        private boolean loadBalancer;
        private int port = DEFAULT_PORT;
        private List<String> catalogs = DEFAULT_CATALOGS;
        private final ImmutableList.Builder<Setting<ServerProperty>> properties = ImmutableList.builder();
        private final ImmutableList.Builder<Setting<String>> jvmOptions = ImmutableList.builder();
        private final ImmutableList.Builder<Setting<EtcFile>> etcFiles = ImmutableList.builder();
        private Optional<Path> tarball = Optional.empty();
        private Optional<Path> installation = Optional.empty();
        private boolean build;
        private Duration timeout = DEFAULT_TIMEOUT;
        private boolean awaitQuery = true;

        private Builder() {}

        public Builder setDispatchers(int dispatchers)
        {
            this.dispatchers = dispatchers;
            return this;
        }

        public Builder setCoordinators(int coordinators)
        {
            this.coordinators = OptionalInt.of(coordinators);
            return this;
        }

        public Builder setWorkers(int workers)
        {
            this.workers = OptionalInt.of(workers);
            return this;
        }

        public Builder addNode(NodeRequest node)
        {
            nodes.add(node);
            return this;
        }

        public Builder addCluster(ClusterRequest cluster)
        {
            clusters.add(cluster);
            return this;
        }

        public Builder setQueryLog(QueryLogStore queryLog)
        {
            this.queryLog = queryLog;
            return this;
        }

        public Builder setLoadBalancer(boolean loadBalancer)
        {
            this.loadBalancer = loadBalancer;
            return this;
        }

        public Builder setPort(int port)
        {
            this.port = port;
            return this;
        }

        public Builder setCatalogs(List<String> catalogs)
        {
            this.catalogs = catalogs;
            return this;
        }

        public Builder addProperty(Setting<ServerProperty> property)
        {
            properties.add(property);
            return this;
        }

        public Builder addJvmOption(Setting<String> option)
        {
            jvmOptions.add(option);
            return this;
        }

        public Builder addEtcFile(Setting<EtcFile> file)
        {
            etcFiles.add(file);
            return this;
        }

        public Builder setTarball(Path tarball)
        {
            this.tarball = Optional.of(tarball);
            return this;
        }

        public Builder setInstallation(Path installation)
        {
            this.installation = Optional.of(installation);
            return this;
        }

        public Builder setBuild(boolean build)
        {
            this.build = build;
            return this;
        }

        public Builder setTimeout(Duration timeout)
        {
            this.timeout = timeout;
            return this;
        }

        public Builder setAwaitQuery(boolean awaitQuery)
        {
            this.awaitQuery = awaitQuery;
            return this;
        }

        public StartOptions build()
        {
            List<ClusterRequest> otherClusters = clusters.build();
            boolean defaultCluster = otherClusters.isEmpty();
            return new StartOptions(
                    dispatchers,
                    coordinators.orElse(defaultCluster ? DEFAULT_COORDINATORS : 0),
                    workers.orElse(defaultCluster ? DEFAULT_WORKERS : 0),
                    nodes.build(),
                    otherClusters,
                    queryLog,
                    loadBalancer,
                    port,
                    catalogs,
                    properties.build(),
                    jvmOptions.build(),
                    etcFiles.build(),
                    tarball,
                    installation,
                    build,
                    timeout,
                    awaitQuery);
        }
    }
}
