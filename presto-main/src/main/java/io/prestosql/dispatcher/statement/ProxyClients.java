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

import java.util.IdentityHashMap;
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

    private final Function<ClusterName, Optional<KnownCluster>> clusters;
    /** A cluster that is reached in another way than before, or defined again, is another one. */
    private final Map<KnownCluster, HttpClient> clients = new IdentityHashMap<>();

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
        this(clusters::find);
        clusters.addListener(this);
    }

    /**
     * @param clusters finds a cluster; empty when there is no such cluster any more
     */
    ProxyClients(Function<ClusterName, Optional<KnownCluster>> clusters)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
    }

    private static ProxyTls tlsOf(KnownCluster cluster)
    {
        ClusterServices services = cluster.services();
        return new ProxyTls(services.get(InternalCommunicationConfig.class), services.get(NodeInfo.class).getEnvironment());
    }

    /**
     * @throws IllegalArgumentException when there is no such cluster any more
     */
    synchronized HttpClient get(ClusterName name, ClientFactory factory)
    {
        Optional<KnownCluster> cluster = clusters.apply(name);
        checkArgument(cluster.isPresent(), "There is no cluster %s any more", name);
        HttpClient known = clients.get(cluster.get());
        if (known != null) {
            return known;
        }
        HttpClient client;
        try {
            client = factory.create(tlsOf(cluster.get()));
        }
        catch (Exception e) {
            throw new IllegalStateException("Cannot connect to cluster %s".formatted(name), e);
        }
        clients.put(cluster.get(), client);
        return client;
    }

    @Override
    public void removed(KnownCluster cluster)
    {
        HttpClient client;
        synchronized (this) {
            client = clients.remove(cluster);
        }
        if (client != null) {
            // may wait for answers, and changes of other clusters must not
            Thread.ofVirtual().name("stop-proxy-client-" + cluster).start(() -> stop(client));
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
