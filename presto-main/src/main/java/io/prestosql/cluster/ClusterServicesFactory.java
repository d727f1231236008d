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
package io.prestosql.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import com.google.inject.ConfigurationException;
import com.google.inject.Inject;
import com.google.inject.Module;
import com.google.inject.spi.Message;
import io.airlift.bootstrap.ApplicationConfigurationException;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.configuration.ConfigurationFactory;
import io.airlift.discovery.client.AnnouncementHttpServerInfo;
import io.airlift.json.JsonCodecFactory;
import io.airlift.node.NodeConfig;
import io.airlift.node.NodeConfig.AddressSource;
import io.airlift.node.NodeInfo;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.prestosql.discovery.DiscoveryClientModule;
import io.prestosql.discovery.DiscoveryServersConfig;
import io.prestosql.node.ClusterName;
import io.prestosql.node.InternalAddresses;
import io.prestosql.node.NodeRoles;
import io.trino.server.InternalCommunicationModule;
import io.trino.server.security.SecurityConfig;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.configuration.ConfigurationUtils.replaceEnvironmentVariables;
import static io.airlift.discovery.client.DiscoveryBinder.discoveryBinder;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.node.ServiceNames.DISPATCHER_SERVICE;
import static java.util.Objects.requireNonNull;

/**
 * Creates the services for clusters that this process does not belong to. A cluster's properties go before those of the process.
 */
public class ClusterServicesFactory
{
    static final String DISCOVERY_URI = "discovery.uri";
    static final String SHARED_SECRET = "internal-communication.shared-secret";
    static final String ENVIRONMENT = "node.environment";
    private static final String NODE_ID = "node.id";
    /** What a dispatcher cannot be in one cluster only. */
    private static final Set<String> NOT_PER_CLUSTER = ImmutableSet.of(NODE_ID, "node.role", "node.data-dir");

    private final Map<String, String> processProperties;
    private final Set<URI> processServers;
    private final NodeInfo nodeInfo;
    private final AnnouncementHttpServerInfo serverInfo;
    private final ObjectMapper objectMapper;
    private final JsonCodecFactory codecFactory;
    private final OpenTelemetry openTelemetry;
    private final Tracer tracer;
    private final Set<ClusterPart> parts;

    @Inject
    public ClusterServicesFactory(
            @ForClusters Map<String, String> processProperties,
            DiscoveryServersConfig discoveryConfig,
            NodeInfo nodeInfo,
            AnnouncementHttpServerInfo serverInfo,
            ObjectMapper objectMapper,
            JsonCodecFactory codecFactory,
            OpenTelemetry openTelemetry,
            Tracer tracer,
            Set<ClusterPart> parts)
    {
        this.processProperties = Maps.filterKeys(processProperties, property -> !property.equals(DISCOVERY_URI));
        this.processServers = ImmutableSet.copyOf(discoveryConfig.getUris());
        this.nodeInfo = requireNonNull(nodeInfo, "nodeInfo is null");
        this.serverInfo = requireNonNull(serverInfo, "serverInfo is null");
        this.objectMapper = requireNonNull(objectMapper, "objectMapper is null");
        this.codecFactory = requireNonNull(codecFactory, "codecFactory is null");
        this.openTelemetry = requireNonNull(openTelemetry, "openTelemetry is null");
        this.tracer = requireNonNull(tracer, "tracer is null");
        this.parts = ImmutableSet.copyOf(parts);
    }

    /**
     * Returns the cluster of the process's own {@code discovery.uri}; empty when it has none.
     */
    Optional<ClusterDefinition> processDefinition()
    {
        return processServers.isEmpty() ? Optional.empty() : Optional.of(new ClusterDefinition(ClusterName.DEFAULT, ClusterSettings.DEFAULT, ImmutableMap.of(), processServers, "config.properties"));
    }

    /**
     * Checks the properties of a cluster, without creating anything.
     *
     * @return the problems, each with the name of its property
     */
    List<String> check(ClusterName cluster, Map<String, String> properties)
    {
        List<String> misplaced = properties.keySet().stream()
                .filter(NOT_PER_CLUSTER::contains)
                .map("Configuration property '%s' belongs to the dispatcher, not to one of its clusters: remove it"::formatted)
                .collect(toImmutableList());
        if (!misplaced.isEmpty()) {
            return misplaced;
        }
        if (!properties.containsKey(DISCOVERY_URI)) {
            return ImmutableList.of(DISCOVERY_URI + " " + DiscoveryServersConfig.REQUIRED);
        }
        try {
            return errors(bootstrap(cluster, properties));
        }
        catch (ConfigurationException e) {
            return e.getErrorMessages().stream()
                    .map(Message::getMessage)
                    .collect(toImmutableList());
        }
    }

    /**
     * Checks the properties of the process's own cluster, which has its services already.
     */
    static List<String> checkSettings(Map<String, String> properties)
    {
        return errors(new Bootstrap(binder -> configBinder(binder).bindConfig(ClusterConfig.class))
                .doNotInitializeLogging()
                .quiet()
                .setRequiredConfigurationProperties(properties));
    }

    private static List<String> errors(Bootstrap bootstrap)
    {
        try {
            bootstrap.configure();
            return ImmutableList.of();
        }
        catch (ApplicationConfigurationException e) {
            return e.getErrors().stream()
                    .map(error -> error.getMessage().strip())
                    .collect(toImmutableList());
        }
        catch (IllegalArgumentException e) {
            // a module of the engine that finds properties that do not go together
            return ImmutableList.of(e.getMessage());
        }
    }

    /**
     * @throws ApplicationConfigurationException when the properties are wrong, which {@link #check} finds
     */
    ClusterServices create(ClusterName cluster, Map<String, String> properties)
    {
        return ClusterServices.ofCluster(bootstrap(cluster, properties).initialize());
    }

    private Bootstrap bootstrap(ClusterName cluster, Map<String, String> properties)
    {
        NodeInfo nodeInfo = nodeInfo(properties);
        List<Module> modules = ImmutableList.<Module>builder()
                .add(
                        new DiscoveryClientModule(NodeRoles.of(DISPATCHER)),
                        new InternalCommunicationModule(),
                        binder -> {
                            configBinder(binder).bindConfig(ClusterConfig.class);
                            configBinder(binder).bindConfig(SecurityConfig.class);
                            // the engine adds to them how its classes are read
                            binder.bind(ObjectMapper.class).toInstance(objectMapper);
                            binder.bind(JsonCodecFactory.class).toInstance(codecFactory);
                            binder.bind(ClusterName.class).toInstance(cluster);
                            binder.bind(NodeInfo.class).toInstance(nodeInfo);
                            binder.bind(InternalAddresses.class).in(SINGLETON);
                            binder.bind(AnnouncementHttpServerInfo.class).toInstance(serverInfo);
                            discoveryBinder(binder).bindHttpAnnouncement(DISPATCHER_SERVICE);
                            discoveryBinder(binder).bindSelector(DISPATCHER_SERVICE);
                            newOptionalBinder(binder, OpenTelemetry.class).setBinding().toInstance(openTelemetry);
                            newOptionalBinder(binder, Tracer.class).setBinding().toInstance(tracer);
                        })
                .addAll(parts.stream().map(ClusterPart::createModule).iterator())
                .build();
        return new Bootstrap(modules)
                .doNotInitializeLogging()
                .quiet()
                .loadSecretsPlugins()
                .setOptionalConfigurationProperties(processProperties)
                .setRequiredConfigurationProperties(Maps.filterKeys(properties, property -> !property.equals(ENVIRONMENT)));
    }

    /**
     * Returns what this process is in a cluster. Of that, only the environment can be the cluster's own. The launcher makes a system property of
     * the process's own environment, and {@link Bootstrap} prefers those.
     *
     * @throws ConfigurationException when there can be no such environment
     */
    private NodeInfo nodeInfo(Map<String, String> properties)
    {
        Map<String, String> environment = Maps.filterKeys(properties, ENVIRONMENT::equals);
        if (environment.isEmpty()) {
            return nodeInfo;
        }
        return new NodeInfo(
                new ConfigurationFactory(replaceEnvironmentVariables(environment)).build(NodeConfig.class).getEnvironment(),
                nodeInfo.getPool(),
                nodeInfo.getNodeId(),
                nodeInfo.getInternalAddress(),
                nodeInfo.getBindIp(),
                nodeInfo.getExternalAddress(),
                nodeInfo.getLocation(),
                nodeInfo.getBinarySpec(),
                nodeInfo.getConfigSpec(),
                AddressSource.IP,
                null);
    }
}
