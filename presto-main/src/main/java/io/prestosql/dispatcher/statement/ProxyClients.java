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
package io.prestosql.dispatcher.statement;

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.prestosql.cluster.ClusterServices;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.ClustersListener;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;
import io.trino.server.InternalCommunicationConfig;
import org.eclipse.jetty.client.HttpClient;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The proxy's HTTP clients for clusters that this process does not belong to. Each cluster has its own, as it may have its own certificates.
 */
class ProxyClients
        implements ClustersListener
{
    private static final Logger log = Logger.get(ProxyClients.class);

    private final Function<ClusterName, Optional<ProxyTls>> tls;
    private final Map<ClusterName, HttpClient> clients = new HashMap<>();

    /**
     * Creates and starts a client.
     */
    @FunctionalInterface
    interface ClientFactory
    {
        HttpClient create(ProxyTls tls)
                throws Exception;
    }

    @Inject
    ProxyClients(Clusters clusters)
    {
        this(cluster -> clusters.find(cluster).map(ProxyClients::tlsOf));
        clusters.addListener(this);
    }

    /**
     * @param tls how the coordinators of a cluster identify themselves; empty when there is no such cluster any more
     */
    ProxyClients(Function<ClusterName, Optional<ProxyTls>> tls)
    {
        this.tls = requireNonNull(tls, "tls is null");
    }

    private static ProxyTls tlsOf(KnownCluster cluster)
    {
        ClusterServices services = cluster.services();
        return new ProxyTls(services.get(InternalCommunicationConfig.class), services.get(NodeInfo.class).getEnvironment());
    }

    /**
     * @throws IllegalArgumentException when there is no such cluster any more
     */
    synchronized HttpClient get(ClusterName cluster, ClientFactory factory)
    {
        HttpClient known = clients.get(cluster);
        if (known != null) {
            return known;
        }
        Optional<ProxyTls> clusterTls = tls.apply(cluster);
        checkArgument(clusterTls.isPresent(), "There is no cluster %s any more", cluster);
        HttpClient client;
        try {
            client = factory.create(clusterTls.get());
        }
        catch (Exception e) {
            throw new IllegalStateException("Cannot connect to cluster %s".formatted(cluster), e);
        }
        clients.put(cluster, client);
        return client;
    }

    @Override
    public void removed(KnownCluster cluster)
    {
        HttpClient client;
        synchronized (this) {
            client = clients.remove(cluster.name());
        }
        if (client != null) {
            stop(client);
        }
    }

    synchronized void stop()
    {
        clients.values().forEach(ProxyClients::stop);
        clients.clear();
    }

    private static void stop(HttpClient client)
    {
        try {
            client.stop();
        }
        catch (Exception e) {
            log.warn(e, "Error stopping the proxy's client of a cluster");
        }
    }
}
