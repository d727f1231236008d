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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.node.NodeInfo;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queries.SubmissionTime;
import io.prestosql.queue.LeaderEvents;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.Session;
import io.trino.client.NodeVersion;
import io.trino.client.ProtocolHeaders;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.event.QueryMonitorConfig;
import io.trino.eventlistener.EventListenerConfig;
import io.trino.eventlistener.EventListenerManager;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.LocationFactory;
import io.trino.execution.QueryIdGenerator;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.QueryPreparer;
import io.trino.execution.QueryStateMachine;
import io.trino.execution.querystats.PlanOptimizersStatsCollector;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.execution.warnings.WarningCollector;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AllowAllAccessControl;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.ProtocolConfig;
import io.trino.server.SessionContext;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.protocol.PreparedStatementEncoder;
import io.trino.server.protocol.spooling.QueryDataEncoder.EncoderSelector;
import io.trino.spi.QueryId;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.spi.resourcegroups.SelectionContext;
import io.trino.spi.security.Identity;
import io.trino.spi.security.SelectedRole;
import io.trino.spi.session.ResourceEstimates;
import io.trino.sql.parser.SqlParser;
import io.trino.transaction.NoOpTransactionManager;

import java.lang.reflect.Method;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.reflect.Reflection.newProxy;
import static com.google.common.util.concurrent.Futures.getUnchecked;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.tracing.Tracing.noopTracer;
import static io.trino.testing.TestingSession.testSessionBuilder;
import static io.trino.util.EmbedVersion.testingVersionEmbedder;

/**
 * A leader's term with the engine's own dispatch manager, which creates queries on threads. They get into no resource group. What the term
 * posts to the queue is recorded.
 */
public final class AdmissionFixture
        implements AutoCloseable
{
    static final long EPOCH = 7;

    private static final ResourceGroupId GROUP = new ResourceGroupId("global");
    private static final LocationFactory LOCATIONS = newProxy(LocationFactory.class, (_, _, arguments) -> URI.create("http://127.0.0.1:8080/v1/query/" + arguments[0]));

    private final DispatchExecutor dispatchExecutor = new DispatchExecutor(new QueryManagerConfig(), testingVersionEmbedder());
    private final DispatchManager dispatchManager = createDispatchManager();
    private final AdmissionGate gate = new AdmissionGate();
    private final List<Posted> posted = new CopyOnWriteArrayList<>();
    private final List<QueryId> arrived = new CopyOnWriteArrayList<>();
    private final List<String> entered = new CopyOnWriteArrayList<>();
    private final Map<QueryId, ListenableFuture<Void>> turns = new ConcurrentHashMap<>();
    private final Map<QueryId, CountDownLatch> held = new ConcurrentHashMap<>();
    private volatile ClusterSelection selection = ClusterSelection.waitFor("test", new ClusterTarget.AnyCluster());
    private volatile Predicate<QueueEvent> undeliverable = _ -> false;

    record Posted(long epoch, QueueEvent event) {}

    LeaderTerm createTerm()
    {
        return createTerm(EPOCH, directExecutor(), 1);
    }

    LeaderTerm createTerm(long epoch, Executor executor, int maxCreators)
    {
        return new LeaderTerm(epoch, dispatchManager, events(), sessionContextFactory(), executor, maxCreators, gate);
    }

    AdmissionGate gate()
    {
        return gate;
    }

    DispatchManager dispatchManager()
    {
        return dispatchManager;
    }

    LeaderEvents events()
    {
        return (epoch, event) -> {
            posted.add(new Posted(epoch, event));
            return undeliverable.test(event) ? CompletableFuture.failedFuture(new IllegalStateException("on purpose")) : CompletableFuture.completedFuture(null);
        };
    }

    /**
     * Sends the queries that are made from now on to these clusters.
     */
    void setSelection(ClusterSelection selection)
    {
        this.selection = selection;
    }

    /**
     * Lets no more of these events reach the queue.
     */
    void setUndeliverable(Predicate<QueueEvent> undeliverable)
    {
        this.undeliverable = undeliverable;
    }

    /**
     * Returns what was posted, all of it in the term's epoch.
     */
    List<QueueEvent> posted()
    {
        return posted.stream()
                .map(event -> {
                    if (event.epoch() != EPOCH) {
                        throw new AssertionError("Posted in another epoch: " + event);
                    }
                    return event.event();
                })
                .collect(toImmutableList());
    }

    void forgetPosted()
    {
        posted.clear();
    }

    /**
     * Returns the queries that the engine has begun to create.
     */
    List<QueryId> arrived()
    {
        return ImmutableList.copyOf(arrived);
    }

    /**
     * Returns whether a query that has arrived may get into its resource group.
     */
    boolean hasTurn(QueryId queryId)
    {
        return turns.get(queryId).isDone();
    }

    /**
     * Returns the queries in the order in which their turns came, and how they found the gate.
     */
    List<String> entered()
    {
        return ImmutableList.copyOf(entered);
    }

    /**
     * Keeps the engine from creating the query until the result is counted down.
     */
    CountDownLatch hold(QueryId queryId)
    {
        CountDownLatch latch = new CountDownLatch(1);
        held.put(queryId, latch);
        return latch;
    }

    /**
     * Makes a query that its client has submitted to this dispatcher.
     */
    static ClientQuery submittedHere(QueryId queryId, SubmittedQuery submitted)
    {
        return new ClientQuery(queryId, submitted, Optional.of(sessionContext(() -> {})), Span.getInvalid());
    }

    /**
     * Makes a query that its client has submitted to an earlier leader.
     */
    static ClientQuery inherited(QueryId queryId, SubmittedQuery submitted)
    {
        return new ClientQuery(queryId, submitted, Optional.empty(), Span.getInvalid());
    }

    static SubmittedQuery submitted()
    {
        return submitted("SELECT 1", ImmutableMap.of("x-trino-user", "alice"));
    }

    static SubmittedQuery submitted(String sql, Map<String, String> headers)
    {
        ImmutableMap.Builder<String, List<String>> values = ImmutableMap.builder();
        headers.forEach((name, value) -> values.put(name, ImmutableList.of(value)));
        return new SubmittedQuery(new ClientRequest(sql, values.buildOrThrow(), Optional.empty(), Optional.empty()), QuerySlug.create(), Instant.now(), Optional.empty());
    }

    RemoteDispatchQuery createRemoteQuery(ClientQuery query, Optional<String> transactionId)
    {
        return createRemoteQuery(new QueryOrder(query, EPOCH, false, SubmissionTime.until(Instant.now(), query.submittedQuery().createTime()), immediateVoidFuture()), transactionId);
    }

    private RemoteDispatchQuery createRemoteQuery(QueryOrder order, Optional<String> transactionId)
    {
        RemoteDispatchQuery query = new RemoteDispatchQuery(() -> createStateMachine(order), order, GROUP, transactionId, new QuerySelection(() -> selection), events(), new SessionPropertyManager());
        order.query().created(query);
        return query;
    }

    private static QueryStateMachine createStateMachine(QueryOrder order)
    {
        QueryId queryId = order.query().queryId();
        return QueryStateMachine.begin(
                Optional.empty(),
                order.request().sql(),
                Optional.empty(),
                session(queryId),
                LOCATIONS.createQueryLocation(queryId),
                GROUP,
                true,
                new NoOpTransactionManager(),
                new AllowAllAccessControl(),
                directExecutor(),
                DispatcherMetadata.create(),
                WarningCollector.NOOP,
                new PlanOptimizersStatsCollector(0),
                Optional.empty(),
                false,
                Optional.empty(),
                NodeVersion.UNKNOWN);
    }

    private static Session session(QueryId queryId)
    {
        return testSessionBuilder().setQueryId(queryId).build();
    }

    private RemoteDispatchQuery create(Session session)
    {
        QueryOrder order = QueryOrder.fromContext(Context.current()).orElseThrow();
        QueryId queryId = session.getQueryId();
        turns.put(queryId, order.turn());
        arrived.add(queryId);
        Optional.ofNullable(held.get(queryId)).ifPresent(latch -> awaitUninterruptibly(latch));
        getUnchecked(order.turn());
        entered.add("%s %s".formatted(queryId, gate.isOpen() ? "open" : "closed"));
        return createRemoteQuery(order, Optional.empty());
    }

    @SuppressWarnings("unchecked")
    private DispatchManager createDispatchManager()
    {
        NodeInfo nodeInfo = new NodeInfo("test");
        SecretsResolver secretsResolver = new SecretsResolver(ImmutableMap.of());
        SessionPropertyManager sessionPropertyManager = new SessionPropertyManager();
        QueuedQueryMonitor monitor = new QueuedQueryMonitor(
                jsonCodec(ExecutionFailureInfo.class),
                new EventListenerManager(new EventListenerConfig(), secretsResolver, OpenTelemetry.noop(), noopTracer(), NodeVersion.UNKNOWN),
                nodeInfo,
                NodeVersion.UNKNOWN,
                sessionPropertyManager,
                new QueryMonitorConfig());
        return new DispatchManager(
                new QueryIdGenerator(),
                new QueryPreparer(new SqlParser()),
                newProxy(ResourceGroupManager.class, (_, method, _) -> manageResourceGroups(method)),
                (session, _, _, _, _, _) -> create(session),
                new ShortFailedQueryFactory(monitor, LOCATIONS, dispatchExecutor, NodeVersion.UNKNOWN, sessionPropertyManager),
                new AllowAllAccessControl(),
                (queryId, _, _) -> session(queryId),
                new SessionPropertyDefaults(nodeInfo, new AllowAllAccessControl(), secretsResolver),
                sessionPropertyManager,
                noopTracer(),
                new QueryManagerConfig(),
                dispatchExecutor,
                monitor);
    }

    private static Object manageResourceGroups(Method method)
    {
        return switch (method.getName()) {
            case "selectGroup" -> new SelectionContext<>(GROUP, new Object());
            case "submit" -> null;
            default -> throw new UnsupportedOperationException(method.toString());
        };
    }

    public static HttpRequestSessionContextFactory sessionContextFactory()
    {
        return new HttpRequestSessionContextFactory(
                new PreparedStatementEncoder(new ProtocolConfig()),
                DispatcherMetadata.create(),
                _ -> ImmutableSet.of(),
                new AllowAllAccessControl(),
                new ProtocolConfig(),
                EncoderSelector.noEncoder());
    }

    /**
     * @param destroy runs when the client's credentials are destroyed
     */
    static SessionContext sessionContext(Runnable destroy)
    {
        Identity.Builder identity = Identity.forUser("alice");
        identity.withOnDestroy(destroy);
        return new SessionContext(
                ProtocolHeaders.TRINO_HEADERS,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                identity.build(),
                Identity.ofUser("alice"),
                new SelectedRole(SelectedRole.Type.NONE, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ImmutableSet.of(),
                ImmutableSet.of(),
                new ResourceEstimates(Optional.empty(), Optional.empty(), Optional.empty()),
                ImmutableMap.of(),
                ImmutableMap.of(),
                ImmutableMap.of(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty());
    }

    @Override
    public void close()
            throws Exception
    {
        held.values().forEach(CountDownLatch::countDown);
        dispatchExecutor.shutdown();
    }
}
