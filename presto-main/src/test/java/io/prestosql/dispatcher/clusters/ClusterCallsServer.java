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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.inject.Injector;
import io.airlift.bootstrap.Bootstrap;
import io.airlift.bootstrap.LifeCycleManager;
import io.airlift.http.client.jetty.JettyHttpClient;
import io.airlift.http.server.testing.TestingHttpServer;
import io.airlift.http.server.testing.TestingHttpServerModule;
import io.airlift.jaxrs.JaxrsModule;
import io.airlift.json.JsonModule;
import io.airlift.node.NodeConfig;
import io.airlift.node.NodeInfo;
import io.airlift.node.testing.TestingNodeModule;
import io.airlift.units.Duration;
import io.prestosql.cluster.ClustersFixture;
import io.prestosql.dispatcher.admission.AdmissionFixture;
import io.prestosql.dispatcher.clusters.ClusterChangeCodec.StoredChange;
import io.prestosql.dispatcher.clusters.OrderedDefinitionCodec.StoredDefinition;
import io.prestosql.dispatcher.clusters.OrderedStateCodec.StoredState;
import io.prestosql.dispatcher.leader.LeaderCalls;
import io.prestosql.dispatcher.leader.LeaderProblem;
import io.prestosql.fleet.ClusterCondition;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.node.ClusterName;
import io.prestosql.querylog.EncryptedQueryLog;
import io.prestosql.querylog.MemoryQueryLog;
import io.prestosql.querylog.QueryLogKeys;
import io.prestosql.queue.QueueDriver;
import io.prestosql.queue.QueueEnvironment;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.execution.QueryManagerConfig;
import io.trino.server.ServerConfig;
import io.trino.server.ThrowableMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import static com.google.common.reflect.Reflection.newProxy;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.json.JsonCodec.listJsonCodec;
import static io.prestosql.dispatcher.leader.TestingLeaderCalls.createLeaderCalls;
import static io.prestosql.queue.QueueDrivers.createDriver;
import static io.trino.util.EmbedVersion.testingVersionEmbedder;
import static org.awaitility.Awaitility.await;

/**
 * The calls for clusters at a dispatcher whose query log is in memory, for operators and for other dispatchers. Its file defines the cluster
 * {@code file}. The clusters have no coordinators; a test says how many queries each runs. Nothing checks who calls.
 */
final class ClusterCallsServer
        implements AutoCloseable
{
    private final DispatchExecutor executor = new DispatchExecutor(new QueryManagerConfig(), testingVersionEmbedder());
    private final JettyHttpClient internalClient = new JettyHttpClient();
    private final HttpClient client = HttpClient.newHttpClient();
    private final EncryptedQueryLog queryLog = new EncryptedQueryLog(new MemoryQueryLog(), new QueryLogKeys("secret", ImmutableList.of()));
    private final QueueDriver driver = createDriver(queryLog);
    private final Map<ClusterName, Integer> running = new ConcurrentHashMap<>();
    private final ClustersFixture fixture;
    private final LifeCycleManager lifeCycleManager;
    private final URI address;
    private volatile Optional<URI> otherLeader = Optional.empty();

    /**
     * @param leaderTimeout how long a call waits for a leader
     */
    ClusterCallsServer(String nodeId, Path directory, Duration leaderTimeout)
            throws IOException
    {
        fixture = new ClustersFixture(directory, "file");
        LastingRecordReaders readers = TestingLastingRecords.readers();
        ClusterChanges changes = new ClusterChanges(driver, new ClusterChangeCodec(jsonCodec(StoredChange.class)), new ClusterChangesConfig(), Clock.systemUTC());
        OrderedStates states = new OrderedStates(driver, fixture.clusters(), changes, new OrderedStateCodec(jsonCodec(StoredState.class)), readers);
        OrderedDefinitions definitions = new OrderedDefinitions(driver, fixture.clusters(), changes, new OrderedDefinitionCodec(jsonCodec(StoredDefinition.class)), readers);
        DefinitionDifferences differences = new DefinitionDifferences(ImmutableMap::of, ImmutableList::of, this::isLeading, System::nanoTime);
        ClusterReporter reporter = new ClusterReporter(
                nodeId,
                fixture.clusters(),
                cluster -> Optional.of(new ClusterCondition(cluster, Optional.of("No coordinator takes queries at the moment"), ImmutableList.of(), 0, true)),
                states::states,
                differences,
                ImmutableList::of,
                this::isLeading,
                cluster -> running.getOrDefault(cluster, 0),
                _ -> 0);
        ClusterOrders orders = new ClusterOrders(driver, fixture.clusters(), states, definitions, reporter);
        LeaderCalls leader = createLeaderCalls(this::isLeading, () -> otherLeader, leaderTimeout, executor);
        LeaderClustersClient leaderClient = new LeaderClustersClient(
                new NodeInfo(new NodeConfig().setEnvironment("test").setNodeId(nodeId)),
                internalClient,
                executor.getScheduledExecutor(),
                new CoordinatorMonitorConfig(),
                jsonCodec(ClustersReport.class),
                jsonCodec(OrdersReport.class),
                listJsonCodec(ClusterChange.class),
                jsonCodec(StateOrder.class),
                jsonCodec(DefinitionOrder.class),
                jsonCodec(DefinitionsReport.class));
        LeaderProblem problem = new LeaderProblem(
                driver,
                queryLog,
                () -> {
                    throw new UnsupportedOperationException();
                },
                leader);
        Injector injector = new Bootstrap(
                new TestingNodeModule(),
                new TestingHttpServerModule(),
                new JsonModule(),
                new JaxrsModule(),
                binder -> {
                    jaxrsBinder(binder).bindInstance(new ThrowableMapper(new ServerConfig()));
                    jaxrsBinder(binder).bindInstance(new LeaderClustersResource(driver, reporter, states, definitions, orders, changes, differences, readers, executor));
                    jaxrsBinder(binder).bindInstance(new ClustersResource(
                            new LeaderClusters(reporter, orders, definitions, leader, leaderClient),
                            new Operators(AdmissionFixture.sessionContextFactory()),
                            new OrderAnswers(problem),
                            executor));
                })
                .doNotInitializeLogging()
                .quiet()
                .initialize();
        lifeCycleManager = injector.getInstance(LifeCycleManager.class);
        address = injector.getInstance(TestingHttpServer.class).getBaseUrl();
    }

    private boolean isLeading()
    {
        return driver.getEpoch().isPresent();
    }

    /**
     * Lets this dispatcher lead.
     */
    void lead()
    {
        driver.start(newProxy(QueueEnvironment.class, (_, method, _) -> method.getReturnType() == boolean.class ? false : null));
        await().until(this::isLeading);
    }

    /**
     * Lets this dispatcher know that another one leads.
     */
    void follow(ClusterCallsServer leader)
    {
        otherLeader = Optional.of(leader.address);
    }

    void setRunningQueries(String cluster, int queries)
    {
        running.put(new ClusterName(cluster), queries);
    }

    HttpResponse<String> send(String method, String path, String body)
            throws Exception
    {
        return send(method, path, body, "application/json");
    }

    HttpResponse<String> send(String method, String path, String body, String contentType)
            throws Exception
    {
        HttpRequest request = HttpRequest.newBuilder(address.resolve(path))
                .header("X-Trino-User", "alice")
                .header("Content-Type", contentType)
                .method(method, BodyPublishers.ofString(body))
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    @Override
    public void close()
            throws Exception
    {
        lifeCycleManager.stop();
        driver.stop();
        fixture.close();
        internalClient.close();
        client.close();
        executor.shutdown();
    }
}
