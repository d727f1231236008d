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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.discovery.client.testing.StaticServiceSelector;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.server.HttpServer.ClientCertificate;
import io.airlift.http.server.HttpServerConfig;
import io.airlift.http.server.HttpServerInfo;
import io.airlift.http.server.testing.TestingHttpServer;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.cluster.ClusterSettings;
import io.prestosql.discovery.DiscoveryServersConfig;
import io.prestosql.dispatcher.admission.QueryLocations;
import io.prestosql.fleet.AnalysisClient;
import io.prestosql.fleet.ClusterCoordinators;
import io.prestosql.fleet.ClusterFleet;
import io.prestosql.fleet.CoordinatorListeners;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.Leadership;
import io.prestosql.fleet.UnconnectedCoordinatorClient;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.InternalAddresses;
import io.prestosql.node.LocalCoordinator;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.ReportRequest;
import io.trino.metadata.NodeState;
import io.trino.server.InternalCommunicationConfig;
import io.trino.server.ProtocolConfig;
import io.trino.spi.QueryId;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.json.JsonCodec.jsonCodec;
import static java.util.concurrent.Executors.newScheduledThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A server with the filters for clients' requests about their queries. Behind them is a servlet that says only what it was asked, so that an
 * answer shows where it comes from.
 */
final class StatementServer
        implements AutoCloseable
{
    private final ScheduledExecutorService executor = newScheduledThreadPool(2, daemonThreadsNamed("statement-server-%s"));
    private final ReportingClient reports;
    private final ClusterCoordinators clusterCoordinators;
    private final Coordinators coordinators;
    private final AwaitedLocations locations;
    private final Set<QueryId> inQueue = ConcurrentHashMap.newKeySet();
    private final Map<QueryId, PolledQuery> polledQueries = new ConcurrentHashMap<>();
    private final ExecutingQueryProxy proxy;
    private final TestingHttpServer server;
    private final URI uri;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /**
     * @param localCoordinator the node id of this process, if it is a coordinator, too
     */
    StatementServer(Optional<String> localCoordinator)
            throws Exception
    {
        CoordinatorMonitorConfig monitorConfig = new CoordinatorMonitorConfig().setRetryInterval(new Duration(10, MILLISECONDS));
        InternalCommunicationConfig internalCommunication = new InternalCommunicationConfig().setSharedSecret("12");
        NodeInfo nodeInfo = new NodeInfo("testing");
        HttpServerConfig serverConfig = new HttpServerConfig()
                .setHttpPort(0)
                .setLogEnabled(false);
        reports = new ReportingClient(executor, monitorConfig);
        CoordinatorListeners listeners = new CoordinatorListeners();
        clusterCoordinators = new ClusterCoordinators(
                ClusterName.DEFAULT,
                new StaticServiceSelector(),
                reports,
                new OthersLeadership(),
                listeners,
                monitorConfig,
                executor,
                new DiscoveryServersConfig(),
                new InternalAddresses(internalCommunication));
        AnalysisClient analyses = new AnalysisClient(
                new TestingHttpClient(request -> {
                    throw new UnsupportedOperationException(request.toString());
                }),
                executor,
                monitorConfig,
                jsonCodec(AnalysisRequest.class),
                jsonCodec(AnalysisResponse.class));
        coordinators = new Coordinators(() -> ImmutableList.of(new ClusterFleet(ClusterName.DEFAULT, () -> ClusterSettings.DEFAULT, clusterCoordinators, reports, analyses)), listeners);
        locations = new AwaitedLocations(coordinators);
        proxy = new ExecutingQueryProxy(coordinators, executor, new ProxyClientConfig(internalCommunication, nodeInfo, serverConfig, monitorConfig), new ProxyClients(_ -> Optional.empty()), new ProtocolConfig());
        LocalCoordinator local = new LocalCoordinator(localCoordinator);
        HttpServerInfo serverInfo = new HttpServerInfo(serverConfig, nodeInfo);
        server = new TestingHttpServer(
                serverInfo,
                nodeInfo,
                serverConfig,
                Optional.empty(),
                new EchoServlet(),
                ImmutableSet.of(
                        new ExecutingQueryFilter(inQueue::contains, locations, coordinators, proxy, local, executor),
                        new QueuedPollFilter(queryId -> Optional.ofNullable(polledQueries.get(queryId)), coordinators, proxy, local)),
                ImmutableSet.of(),
                false,
                false,
                false,
                ClientCertificate.NONE);
        server.start();
        uri = URI.create("http://127.0.0.1:" + serverInfo.getHttpUri().getPort());
    }

    ExecutingQueryProxy proxy()
    {
        return proxy;
    }

    /**
     * Makes the coordinator known, as one that takes queries.
     */
    void add(CoordinatorLink coordinator)
    {
        reports.ready.add(coordinator);
        coordinators.follow(coordinator);
        await().until(() -> coordinators.candidates(ClusterName.DEFAULT).contains(coordinator));
    }

    /**
     * From now on, the coordinator's process is dead. This dispatcher finds that out when it asks the coordinator for a report.
     */
    void kill(CoordinatorLink coordinator)
    {
        reports.dead.add(coordinator.uri());
    }

    void awaitDeath(CoordinatorLink coordinator)
    {
        kill(coordinator);
        coordinators.suspect(coordinator);
        await().until(() -> !coordinators.isAlive(coordinator));
    }

    void found(QueryId queryId, CoordinatorLink coordinator)
    {
        locations.found(queryId, coordinator);
    }

    void enqueue(QueryId queryId)
    {
        inQueue.add(queryId);
    }

    void enqueue(QueryId queryId, PolledQuery query)
    {
        polledQueries.put(queryId, query);
    }

    /**
     * Returns the next request that waits for the news which coordinator has its query.
     */
    SettableFuture<Void> nextAwaited()
            throws InterruptedException
    {
        SettableFuture<Void> news = locations.awaited.poll(30, SECONDS);
        assertThat(news).as("a request that waits for news").isNotNull();
        return news;
    }

    boolean isNoneAwaited()
    {
        return locations.awaited.isEmpty();
    }

    String get(String path)
            throws Exception
    {
        return send("GET", path).body();
    }

    HttpResponse<String> send(String method, String path, String... headers)
            throws Exception
    {
        return client.send(request(method, path, headers), BodyHandlers.ofString());
    }

    CompletableFuture<String> getLater(String path)
    {
        return client.sendAsync(request("GET", path), BodyHandlers.ofString()).thenApply(HttpResponse::body);
    }

    private HttpRequest request(String method, String path, String... headers)
    {
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri.resolve(path))
                .method(method, BodyPublishers.noBody())
                .timeout(java.time.Duration.ofSeconds(30));
        if (headers.length > 0) {
            builder.headers(headers);
        }
        return builder.build();
    }

    @Override
    public void close()
            throws Exception
    {
        client.shutdownNow();
        server.stop();
        clusterCoordinators.stop();
        executor.shutdownNow();
    }

    private static class EchoServlet
            extends HttpServlet
    {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException
        {
            String waited = request.getAttribute(StatementResource.WAITED_ATTRIBUTE) == null ? "" : " after a wait";
            response.getWriter().write("here %s%s".formatted(request.getRequestURI(), waited));
        }
    }

    private static class AwaitedLocations
            extends QueryLocations
    {
        private final BlockingQueue<SettableFuture<Void>> awaited = new LinkedBlockingQueue<>();

        private AwaitedLocations(Coordinators coordinators)
        {
            super(coordinators);
        }

        @Override
        public ListenableFuture<Void> await(QueryId queryId, java.time.Duration maxWait, ScheduledExecutorService executor)
        {
            SettableFuture<Void> news = SettableFuture.create();
            awaited.add(news);
            return news;
        }
    }

    private static class ReportingClient
            extends UnconnectedCoordinatorClient
    {
        private final Set<CoordinatorLink> ready = ConcurrentHashMap.newKeySet();
        private final Set<URI> dead = ConcurrentHashMap.newKeySet();

        private ReportingClient(ScheduledExecutorService executor, CoordinatorMonitorConfig config)
        {
            super(executor, config);
        }

        @Override
        public ListenableFuture<CoordinatorReport> getReport(URI coordinator, ReportRequest request)
        {
            if (dead.contains(coordinator)) {
                return immediateFailedFuture(new ConnectException("refused"));
            }
            if (request.seen().isPresent()) {
                // there is no news
                return SettableFuture.create();
            }
            return ready.stream()
                    .filter(link -> link.uri().equals(coordinator))
                    .findFirst()
                    .map(link -> immediateFuture(report(link)))
                    .orElseThrow();
        }

        private static CoordinatorReport report(CoordinatorLink link)
        {
            return new CoordinatorReport(
                    link.nodeId(),
                    link.incarnation(),
                    1,
                    0,
                    true,
                    1,
                    true,
                    true,
                    NodeState.ACTIVE,
                    1,
                    0,
                    1000,
                    8,
                    ImmutableSet.of(),
                    ImmutableList.of(),
                    Optional.empty(),
                    Optional.of(1),
                    Optional.of(0),
                    Optional.of("476"));
        }
    }

    /** Another dispatcher leads. */
    private static class OthersLeadership
            implements Leadership
    {
        @Override
        public OptionalLong epoch()
        {
            return OptionalLong.empty();
        }

        @Override
        public Optional<String> queue()
        {
            return Optional.empty();
        }

        @Override
        public ListenableFuture<Void> confirm(long epoch)
        {
            return immediateVoidFuture();
        }

        @Override
        public List<QueryId> recorded(CoordinatorIncarnation coordinator)
        {
            return ImmutableList.of();
        }

        @Override
        public List<String> queuedTransactions()
        {
            return ImmutableList.of();
        }

        @Override
        public void acknowledged(CoordinatorIncarnation coordinator, List<QueryId> queries) {}
    }
}
