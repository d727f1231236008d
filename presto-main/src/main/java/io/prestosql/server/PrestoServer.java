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
package io.prestosql.server;

import com.google.inject.Injector;
import io.airlift.bootstrap.ApplicationConfigurationException;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.log.Level;
import io.airlift.log.Logger;
import io.airlift.log.Logging;
import io.airlift.units.Duration;
import io.prestosql.cluster.InvalidClusterException;
import io.prestosql.node.ConfigurationFile;
import io.prestosql.node.NodeRoles;
import io.trino.server.Server;
import io.trino.util.EmbedVersion;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import static com.google.common.base.MoreObjects.firstNonNull;
import static io.prestosql.server.NodeRoleConfiguration.COORDINATOR;
import static io.prestosql.server.NodeRoleConfiguration.INCLUDE_COORDINATOR;
import static java.util.stream.Collectors.joining;

/**
 * The server's main class: reads the roles from the configuration and starts what they need.
 */
public final class PrestoServer
{
    private static final int CONFIGURATION_ERROR = 100;
    /** System properties of a process that is only a dispatcher, unless they are set. */
    private static final Map<String, String> EARLY_PROPERTIES = Map.of(
            // measuring objects to the byte costs a good part of the start-up, and a dispatcher has no memory to account for
            "jol.skipHotspotSAAttach", "true",
            "jol.skipDynamicAttach", "true",
            // the validator logs directly, and not through Log4j and SLF4J, which would be loaded only for it
            "org.jboss.logging.provider", "jdk");

    /** Here the engine warns every 5 seconds of each node that is down, until the node is no longer announced. */
    static final String NODE_STATE_LOGGER = "io.trino.metadata.RemoteNodeState";

    private PrestoServer() {}

    public static void main(String[] args)
    {
        String version = firstNonNull(PrestoServer.class.getPackage().getImplementationVersion(), "unknown");
        ConfigurationFile file;
        Optional<NodeRoles> roles;
        try {
            file = ConfigurationFile.load(Path.of(firstNonNull(System.getProperty("config"), "etc/config.properties")));
            NodeRoleConfiguration configuration = new NodeRoleConfiguration(new EffectiveConfiguration(file));
            roles = configuration.getRoles();
            roles.ifPresent(configuration::checkSharedSecret);
        }
        catch (RuntimeException e) {
            // logging is not there yet
            System.err.println("ERROR: " + e.getMessage());
            System.exit(CONFIGURATION_ERROR);
            return;
        }
        if (roles.isEmpty()) {
            // the configuration is a stock server's, and so is the server
            new Server().start(version);
            return;
        }
        new EmbedVersion(version).embedVersion(() -> start(file.properties(), roles.get(), version)).run();
    }

    private static void start(Map<String, String> properties, NodeRoles roles, String version)
    {
        // behaviour must not depend on the machine's locale
        Locale.setDefault(Locale.US);
        long startNanos = System.nanoTime();
        Logger log = Logger.get(PrestoServer.class);
        if (!roles.needsEngine()) {
            EARLY_PROPERTIES.forEach((property, value) -> {
                if (System.getProperty(property) == null) {
                    System.setProperty(property, value);
                }
            });
        }
        if (!roles.isCoordinator()) {
            // which other nodes are up is a coordinator's concern; log.properties can turn the warnings on again
            Logging.initialize().setLevel(NODE_STATE_LOGGER, Level.ERROR);
        }
        FirstAnswerLogFilter.install(startNanos);
        // these agree with the roles, but would override the properties that follow from the roles
        System.clearProperty(COORDINATOR);
        if (roles.isCoordinator()) {
            System.clearProperty(INCLUDE_COORDINATOR);
        }
        try {
            Bootstrap bootstrap = new Bootstrap(ServerModules.create(roles, version))
                    .setRequiredConfigurationProperties(engineProperties(properties, roles))
                    .loadSecretsPlugins();
            Injector injector = bootstrap.initialize();
            LogBound.install();
            log.info("Presto version: %s, roles: %s, Java version: %s", version, roles, System.getProperty("java.version"));
            ServerStartup startup = new ServerStartup(injector, roles);
            startup.run();
            log.info("Server startup completed in %s", Duration.nanosSince(startNanos).convertToMostSuccinctTimeUnit());
            log.info("======== SERVER STARTED ========");
            startup.joinElection();
        }
        catch (ApplicationConfigurationException e) {
            log.error("Configuration is invalid\n==========\n\nErrors:\n\n%s\n\nWarnings:\n\n%s\n\n==========", numbered(e.getErrors()), numbered(e.getWarnings()));
            System.exit(CONFIGURATION_ERROR);
        }
        catch (InvalidClusterException e) {
            log.error("The definition of a cluster is wrong\n==========\n\nErrors:\n\n%s\n\n==========", numbered(e.problems()));
            System.exit(CONFIGURATION_ERROR);
        }
        catch (Throwable e) {
            log.error(e);
            System.exit(CONFIGURATION_ERROR);
        }
    }

    /**
     * Returns the properties, with those that follow from the roles.
     */
    public static Map<String, String> engineProperties(Map<String, String> properties, NodeRoles roles)
    {
        Map<String, String> engineProperties = new HashMap<>(properties);
        // a process that is only a dispatcher is to clients what a coordinator is
        engineProperties.put(COORDINATOR, String.valueOf(roles.isCoordinator() || !roles.needsEngine()));
        if (roles.isCoordinator()) {
            // the scheduler sees the nodes without the worker role as coordinators
            engineProperties.put(INCLUDE_COORDINATOR, "false");
        }
        return engineProperties;
    }

    private static String numbered(Iterable<?> messages)
    {
        int[] number = new int[1];
        return java.util.stream.StreamSupport.stream(messages.spliterator(), false)
                .map(message -> "%s) %s".formatted(++number[0], message))
                .collect(joining("\n"));
    }
}
