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
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.http.client.HttpClient;
import io.airlift.http.server.HttpServer;
import io.airlift.http.server.HttpServerInfo;
import io.airlift.log.Level;
import io.airlift.log.Logging;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.statement.ClientDrain;
import io.prestosql.node.NodeRoles;
import io.prestosql.querylog.embedded.EmbeddedQueryLog;
import io.prestosql.querylog.embedded.PromptLogClose;
import io.prestosql.server.EngineModule;
import io.prestosql.server.PrestoServer;
import io.prestosql.server.ServerModules;
import io.prestosql.server.ServerStartup;
import io.trino.exchange.ExchangeManagerRegistry;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.metadata.FunctionBundle;
import io.trino.metadata.GlobalFunctionCatalog;
import io.trino.metadata.HandleResolver;
import io.trino.metadata.SessionPropertyManager;
import io.trino.operator.ForScheduler;
import io.trino.server.PluginClassLoader;
import io.trino.server.PluginInstaller;
import io.trino.spi.Plugin;
import io.trino.spi.session.PropertyMetadata;
import org.awaitility.Awaitility;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static io.airlift.log.Level.ERROR;
import static io.airlift.log.Level.WARN;
import static io.airlift.units.Duration.nanosSince;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

/**
 * A server in the test's process. It has the modules, properties and start-up steps of the real server, but runs on the loopback address,
 * with a data directory and an MBean server of its own.
 */
public final class TestingPrestoServer
        implements Closeable
{
    public static final String VERSION = "testversion";
    public static final String SHARED_SECRET = "testing-shared-secret";
    public static final String ENVIRONMENT = "testing";

    static {
        // for all tests with servers: a busy machine may need long to fulfill a condition
        Awaitility.setDefaultTimeout(ofSeconds(60));
        Awaitility.setDefaultPollDelay(ZERO);
        Awaitility.setDefaultPollInterval(ofMillis(10));
        // threads of a killed server may fail when their resources are gone, which must not fail the waiting test
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    private static final Map<String, String> DEFAULT_PROPERTIES = ImmutableMap.<String, String>builder()
            .put("catalog.management", "static")
            .put("node.environment", ENVIRONMENT)
            .put("node.internal-address", "127.0.0.1")
            .put("node.bind-ip", "127.0.0.1")
            .put("http-server.log.enabled", "false")
            .put("internal-communication.shared-secret", SHARED_SECRET)
            // as in the engine's own tests
            .put("exchange.client-threads", "4")
            .put("exchange.max-buffer-size", "4MB")
            .put("exchange.http-client.idle-timeout", "1h")
            .put("exchange.page-buffer-client.max-callback-threads", "5")
            // a server sees at once which others have announced themselves to it
            .put("discovery.store-cache-ttl", "1ms")
            // as short as they may be, as a query runs again only when the tasks of its dead coordinator are gone
            .put("leftover-tasks.refusal-duration", "1s")
            .put("leftover-tasks.silence-timeout", "1s")
            .put("join-distribution-type", "PARTITIONED")
            .put("optimizer.ignore-stats-calculator-failures", "false")
            .put("query.client.timeout", "10m")
            .put("task.concurrency", "4")
            .put("task.max-index-memory", "16kB")
            .put("task.max-worker-threads", "4")
            .put("task.min-writer-count", "2")
            // small pools, as many servers share the machine
            .put("discovery.http-client.min-threads", "1")
            .put("exchange.http-client.min-threads", "1")
            .put("catalogs.http-client.min-threads", "1")
            .put("cluster-view.http-client.min-threads", "1")
            .put("coordinators.http-client.min-threads", "1")
            .put("leftover-tasks.http-client.min-threads", "1")
            .put("memory-manager.http-client.min-threads", "1")
            .put("node-liveness.http-client.min-threads", "1")
            .put("node-manager.http-client.min-threads", "1")
            .put("scheduler.http-client.min-threads", "1")
            .put("worker-info.http-client.min-threads", "1")
            .buildOrThrow();

    private final NodeRoles roles;
    private final String nodeId;
    private final URI baseUrl;
    private final Path directory;
    private final Duration startTime;
    private final Injector injector;
    private final TestingAnnouncement.Control announcement = new TestingAnnouncement.Control();
    private boolean closed;

    private TestingPrestoServer(Builder builder)
    {
        setUpLogging();
        this.roles = builder.roles;
        this.nodeId = builder.nodeId;
        this.baseUrl = URI.create("http://127.0.0.1:" + builder.port);
        try {
            this.directory = Files.createTempDirectory("presto-" + nodeId);
            Files.createDirectory(directory.resolve("plugin"));
            Path catalogs = Files.createDirectory(directory.resolve("catalog"));
            for (Map.Entry<String, Map<String, String>> catalog : builder.catalogs.entrySet()) {
                Files.write(catalogs.resolve(catalog.getKey() + ".properties"), catalog.getValue().entrySet().stream()
                        .map(property -> property.getKey() + "=" + property.getValue())
                        .toList());
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }

        long start = System.nanoTime();
        Map<String, String> required = ImmutableMap.<String, String>builder()
                .put("node.role", roles.toString())
                .put("node.id", nodeId)
                .put("http-server.http.port", String.valueOf(builder.port))
                .put("discovery.uri", builder.discoveryUri.orElse(baseUrl.toString()))
                .put("plugin.dir", directory.resolve("plugin").toString())
                .putAll(builder.properties)
                .buildKeepingLast();
        Map<String, String> optional = new HashMap<>(DEFAULT_PROPERTIES);
        optional.put("catalog.config-dir", directory.resolve("catalog").toString());
        // on disk, as in production
        optional.put("query-log.dir", directory.resolve("query-log").toString());

        ImmutableList.Builder<Module> replacements = ImmutableList.<Module>builder()
                // the JVM's MBean server has only one name for beans that every server has
                .add(new BeansOnDemand())
                .add(new TestingAnnouncement(announcement))
                .addAll(builder.replacements);
        try {
            this.injector = new Bootstrap(new EngineModule(ImmutableList.of(new SharedFunctions(ServerModules.create(roles, builder.version))), replacements.build(), ImmutableSet.of(), ImmutableSet.of()))
                    .doNotInitializeLogging()
                    .quiet()
                    .setRequiredConfigurationProperties(PrestoServer.engineProperties(required, roles))
                    .setOptionalConfigurationProperties(optional)
                    .initialize();
        }
        catch (RuntimeException | Error e) {
            deleteDirectory();
            throw e;
        }
        try {
            builder.plugins.forEach(injector.getInstance(PluginInstaller.class)::installPlugin);
            if (roles.needsEngine()) {
                for (Plugin plugin : builder.plugins) {
                    if (plugin.getClass().getClassLoader() instanceof PluginClassLoader classLoader) {
                        // lets nodes send each other the plugin's handles
                        injector.getInstance(HandleResolver.class).registerClassLoader(classLoader);
                    }
                }
                builder.functions.forEach(injector.getInstance(GlobalFunctionCatalog.class)::addFunctions);
                injector.getInstance(SessionPropertyManager.class).addSystemSessionProperties(builder.systemSessionProperties);
                builder.exchangeDirectory.ifPresent(exchange -> injector.getInstance(ExchangeManagerRegistry.class)
                        .loadExchangeManager("filesystem", ImmutableMap.of("exchange.base-directories", exchange.toString())));
            }
            if (roles.isDispatcher()) {
                builder.resourceGroups.ifPresent(properties -> injector.getInstance(InternalResourceGroupManager.class).setConfigurationManager("file", properties));
            }
            ServerStartup startup = new ServerStartup(injector, roles);
            startup.run();
            startup.joinElection();
        }
        catch (Exception e) {
            try {
                close();
            }
            catch (RuntimeException closeFailure) {
                // a server that has only half started need not stop cleanly
                e.addSuppressed(closeFailure);
            }
            throw new RuntimeException("Server %s with roles %s does not start: %s".formatted(nodeId, roles, e.getMessage()), e);
        }
        this.startTime = nanosSince(start);
    }

    private static void setUpLogging()
    {
        Logging logging = Logging.initialize();
        for (Map.Entry<String, Level> level : Map.of(
                "Bootstrap", WARN,
                "org.glassfish", ERROR,
                "org.eclipse.jetty", WARN,
                "org.hibernate.validator.internal.util.Version", WARN,
                "io.trino.server.PluginManager", WARN,
                "io.trino.connector.StaticCatalogManager", WARN).entrySet()) {
            logging.setLevel(level.getKey(), level.getValue());
        }
    }

    public NodeRoles getRoles()
    {
        return roles;
    }

    public String getNodeId()
    {
        return nodeId;
    }

    public URI getBaseUrl()
    {
        return baseUrl;
    }

    /**
     * Returns the https address of a server that has one.
     */
    public URI getSecureUrl()
    {
        return URI.create("https://127.0.0.1:" + injector.getInstance(HttpServerInfo.class).getHttpsUri().getPort());
    }

    /**
     * Returns how long the server took to start and become ready.
     */
    public Duration getStartTime()
    {
        return startTime;
    }

    public Injector getInjector()
    {
        return injector;
    }

    public <T> T getInstance(Class<T> type)
    {
        return injector.getInstance(type);
    }

    public <T> T getInstance(Key<T> key)
    {
        return injector.getInstance(key);
    }

    /**
     * Returns whether the server has a service of the type, even if no instance exists yet.
     */
    public boolean has(Class<?> type)
    {
        return has(Key.get(type));
    }

    public boolean has(Key<?> key)
    {
        return injector.getExistingBinding(key) != null;
    }

    /**
     * Comes as near to the death of a process as is possible within one: connections break, the port refuses, and the server says nothing
     * to other nodes. The rest is stopped afterwards.
     */
    public synchronized void kill()
    {
        if (closed) {
            return;
        }
        announcement.mute();
        stopListening();
        try {
            for (NetworkConnector connector : getConnectors()) {
                connector.stop();
            }
        }
        catch (Exception e) {
            throw new RuntimeException(e);
        }
        // only now, as the queries fail when a coordinator stops, and neither workers nor clients must hear of that
        Key<HttpClient> toWorkers = Key.get(HttpClient.class, ForScheduler.class);
        if (has(toWorkers)) {
            getInstance(toWorkers).close();
        }
        close();
    }

    @Override
    public synchronized void close()
    {
        if (closed) {
            return;
        }
        closed = true;
        try {
            // the first step of a stop, during which the dispatcher still listens
            if (has(ClientDrain.class)) {
                getInstance(ClientDrain.class).drain();
            }
            stopListening();
            LifeCycleManager lifeCycleManager = injector.getInstance(LifeCycleManager.class);
            PromptStop.prepare(lifeCycleManager);
            if (has(EmbeddedQueryLog.class)) {
                PromptLogClose.prepare(getInstance(EmbeddedQueryLog.class));
            }
            lifeCycleManager.stop();
        }
        finally {
            deleteDirectory();
        }
    }

    /**
     * Returns when the ports refuse connections. When Jetty stops, it interrupts the threads that accept connections. A connection that such
     * a thread has just accepted then stays open, without an answer, until the process ends, which here it does not.
     */
    private void stopListening()
    {
        for (NetworkConnector connector : getConnectors()) {
            int port = connector.getLocalPort();
            connector.close();
            if (port > 0) {
                await("port " + port + " refuses").pollDelay(ZERO).pollInterval(ofMillis(1)).until(() -> TestingPorts.isRefused(port));
            }
        }
    }

    /**
     * Returns what listens for http and https.
     */
    public List<NetworkConnector> getConnectors()
    {
        try {
            Field field = HttpServer.class.getDeclaredField("server");
            field.setAccessible(true);
            return Stream.of(((Server) field.get(injector.getInstance(HttpServer.class))).getConnectors())
                    .map(NetworkConnector.class::cast)
                    .toList();
        }
        catch (ReflectiveOperationException e) {
            throw new RuntimeException(e);
        }
    }

    private void deleteDirectory()
    {
        try {
            deleteRecursively(directory, ALLOW_INSECURE);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Builder builder(String nodeId, NodeRoles roles)
    {
        return new Builder(nodeId, roles);
    }

    public static final class Builder
    {
        private final String nodeId;
        private final NodeRoles roles;
        private int port = TestingPorts.nextPort();
        private String version = VERSION;
        private Optional<String> discoveryUri = Optional.empty();
        private Map<String, String> properties = ImmutableMap.of();
        private Map<String, Map<String, String>> catalogs = ImmutableMap.of();
        private List<Plugin> plugins = ImmutableList.of();
        private List<FunctionBundle> functions = ImmutableList.of();
        private List<PropertyMetadata<?>> systemSessionProperties = ImmutableList.of();
        private List<Module> replacements = ImmutableList.of();
        private Optional<Map<String, String>> resourceGroups = Optional.empty();
        private Optional<Path> exchangeDirectory = Optional.empty();

        private Builder(String nodeId, NodeRoles roles)
        {
            this.nodeId = requireNonNull(nodeId, "nodeId is null");
            this.roles = requireNonNull(roles, "roles is null");
        }

        public Builder setPort(int port)
        {
            this.port = port;
            return this;
        }

        /**
         * Sets the version that the server announces, instead of {@link #VERSION}.
         */
        public Builder setVersion(String version)
        {
            this.version = requireNonNull(version, "version is null");
            return this;
        }

        /**
         * Sets the address of discovery; by default, the server's own.
         */
        public Builder setDiscoveryUri(String discoveryUri)
        {
            this.discoveryUri = Optional.of(discoveryUri);
            return this;
        }

        public Builder setProperties(Map<String, String> properties)
        {
            this.properties = ImmutableMap.copyOf(properties);
            return this;
        }

        /**
         * @param catalogs the properties of each catalog, including {@code connector.name}
         */
        public Builder setCatalogs(Map<String, Map<String, String>> catalogs)
        {
            this.catalogs = ImmutableMap.copyOf(catalogs);
            return this;
        }

        public Builder setPlugins(List<Plugin> plugins)
        {
            this.plugins = ImmutableList.copyOf(plugins);
            return this;
        }

        public Builder setFunctions(List<FunctionBundle> functions)
        {
            this.functions = ImmutableList.copyOf(functions);
            return this;
        }

        public Builder setSystemSessionProperties(List<PropertyMetadata<?>> systemSessionProperties)
        {
            this.systemSessionProperties = ImmutableList.copyOf(systemSessionProperties);
            return this;
        }

        /**
         * Sets the test's replacements for services of the real server.
         */
        public Builder setReplacements(List<Module> replacements)
        {
            this.replacements = ImmutableList.copyOf(replacements);
            return this;
        }

        /**
         * Sets the properties of the official file-based resource groups, which a dispatcher uses.
         */
        public Builder setResourceGroups(Optional<Map<String, String>> resourceGroups)
        {
            this.resourceGroups = resourceGroups.map(ImmutableMap::copyOf);
            return this;
        }

        /**
         * Sets the folder in which {@link EnginePlugins#filesystemExchange} keeps the results that stages exchange. The server must have
         * that plugin.
         */
        public Builder setExchangeDirectory(Optional<Path> exchangeDirectory)
        {
            this.exchangeDirectory = requireNonNull(exchangeDirectory, "exchangeDirectory is null");
            return this;
        }

        public TestingPrestoServer build()
        {
            return new TestingPrestoServer(this);
        }
    }
}
