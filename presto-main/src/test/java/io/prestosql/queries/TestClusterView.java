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
package io.prestosql.queries;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.testing.StaticServiceSelector;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.node.NodeConfig;
import io.airlift.node.NodeInfo;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.InternalAddresses;
import io.prestosql.queries.QueryKiller.Outcome;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.NotLeaderException;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.operator.RetryPolicy;
import io.trino.server.BasicQueryInfo;
import io.trino.server.InternalCommunicationConfig;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.Identity;
import org.junit.jupiter.api.Test;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.discovery.client.ServiceDescriptor.serviceDescriptor;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.json.JsonCodec.listJsonCodec;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static io.trino.execution.QueryState.FINISHED;
import static io.trino.execution.QueryState.QUEUED;
import static io.trino.execution.QueryState.RUNNING;
import static io.trino.server.BasicQueryStats.immediateFailureQueryStats;
import static io.trino.spi.StandardErrorCode.ADMINISTRATIVELY_KILLED;
import static io.trino.testing.TestingSession.testSession;
import static io.trino.util.Failures.toFailure;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests which questions and orders are sent, and when the result is complete. {@link QuerySearch} and {@link QueryList} are tested
 * separately for which answer counts.
 */
public class TestClusterView
{
    private static final QueryId QUERY = QueryId.valueOf("20260101_000000_00000_aaaaa");
    private static final ExecutionFailureInfo REASON = toFailure(new TrinoException(ADMINISTRATIVELY_KILLED, "Query killed. Message: because"));

    private final FakeQueue queue = new FakeQueue();
    private final FakeClient client = new FakeClient();
    private final List<Identity> owners = new ArrayList<>();
    private final ClusterView view = new ClusterView(
            new AnnouncedPeers(
                    new StaticServiceSelector(coordinator("a"), coordinator("b"), coordinator("self")),
                    new NodeInfo(new NodeConfig().setEnvironment("testing").setNodeId("self")),
                    new InternalAddresses(new InternalCommunicationConfig()),
                    client),
            queue,
            Optional.empty(),
            new ObjectMapper());
    private final QueryKiller killer = new QueryKiller(view, queue);

    @Test
    public void testListWaitsForAll()
    {
        ListenableFuture<View<List<ViewedQuery>>> list = view.getQueries();
        ViewedQuery running = query(RUNNING, Optional.of("a"));
        assertThat(client.lists.keySet()).containsExactlyInAnyOrder("a", "b");
        queue.list.set(List.of(query(RUNNING, Optional.of("a"))));
        client.lists.get("a").set(List.of(running));
        assertThat(list.isDone()).isFalse();
        client.lists.get("b").setException(new TimeoutException());
        assertThat(list.resultNow()).isEqualTo(new View<>(List.of(running), List.of("b (it does not answer)")));
        assertThat(view.getIncompleteViews()).isEqualTo(1);
    }

    /**
     * Such a coordinator never answers, so the lists are complete only if they do not wait for it.
     */
    @Test
    public void testCoordinatorThatIsKnownNotToAnswerDelaysNothing()
    {
        Map<String, CoordinatorHealth> health = new HashMap<>(Map.of("a", ANSWERING, "b", SILENT));
        ClusterView followed = new ClusterView(new FollowedPeers(health), queue, Optional.empty(), new ObjectMapper());
        ViewedQuery running = query(RUNNING, Optional.of("a"));
        queue.list.set(List.of(running));
        queue.find.set(Optional.empty());
        ListenableFuture<View<List<ViewedQuery>>> list = followed.getQueries();
        client.lists.get("a").set(List.of(running));
        assertThat(list.resultNow()).isEqualTo(new View<>(List.of(running), List.of("b (it does not answer)")));
        ListenableFuture<View<List<ViewedTransaction>>> transactions = followed.getTransactions();
        client.transactions.get("a").set(List.of());
        assertThat(transactions.resultNow().missing()).containsExactly("b (it does not answer)");
        ListenableFuture<View<Optional<Found<ViewedQuery>>>> search = followed.findQuery(QUERY);
        client.finds.get("a").set(Optional.empty());
        assertThat(search.resultNow()).isEqualTo(new View<>(Optional.empty(), List.of("b (it does not answer)")));
        assertThat(client.lists.keySet()).containsExactly("a");
        assertThat(client.transactions.keySet()).containsExactly("a");
        assertThat(client.finds.keySet()).containsExactly("a");

        // everything that a dead one had is gone
        health.put("b", GONE);
        assertThat(followed.getQueries().resultNow()).isEqualTo(new View<>(List.of(running), List.of()));

        // it is asked again as soon as it answers
        health.put("b", ANSWERING);
        ListenableFuture<View<List<ViewedQuery>>> complete = followed.getQueries();
        assertThat(complete.isDone()).isFalse();
        client.lists.get("b").set(List.of());
        assertThat(complete.resultNow()).isEqualTo(new View<>(List.of(running), List.of()));
    }

    @Test
    public void testTransactionsOfAll()
    {
        ListenableFuture<View<List<ViewedTransaction>>> list = view.getTransactions();
        ViewedTransaction transaction = new ViewedTransaction("transaction", "READ UNCOMMITTED", true, false, Instant.EPOCH, 3, Optional.empty(), List.of());
        assertThat(client.transactions.keySet()).containsExactlyInAnyOrder("a", "b");
        client.transactions.get("a").set(List.of(transaction));
        assertThat(list.isDone()).isFalse();
        client.transactions.get("b").setException(new TimeoutException());
        assertThat(list.resultNow()).isEqualTo(new View<>(List.of(transaction), List.of("b (it does not answer)")));
        assertThat(view.getIncompleteViews()).isEqualTo(1);
    }

    @Test
    public void testTransactionsOfDeadCoordinatorAreNotMissing()
    {
        ListenableFuture<View<List<ViewedTransaction>>> list = view.getTransactions();
        client.transactions.get("a").set(List.of());
        client.transactions.get("b").setException(new UncheckedIOException(new ConnectException()));
        assertThat(list.resultNow()).isEqualTo(new View<>(List.of(), List.of()));
        assertThat(view.getIncompleteViews()).isZero();
    }

    @Test
    public void testSearchDoesNotWaitForOthers()
    {
        ListenableFuture<View<Optional<Found<ViewedQuery>>>> search = view.findQuery(QUERY);
        ViewedQuery running = query(RUNNING, Optional.of("a"));
        client.finds.get("a").set(Optional.of(running));
        assertThat(search.resultNow()).isEqualTo(new View<>(Optional.of(Found.of(running)), List.of()));
        // questions that no longer matter are cancelled
        assertThat(client.finds.get("b").isCancelled()).isTrue();
        assertThat(queue.find.isCancelled()).isTrue();
    }

    @Test
    public void testSearchWithoutAnswers()
    {
        ListenableFuture<View<Optional<Found<ViewedQuery>>>> search = view.findQuery(QUERY);
        queue.find.setException(new NotLeaderException());
        client.finds.get("a").setException(new UncheckedIOException(new ConnectException()));
        assertThat(search.isDone()).isFalse();
        client.finds.get("b").setException(new TimeoutException());
        assertThat(search.resultNow()).isEqualTo(new View<>(Optional.empty(), List.of("b (it does not answer)", "the queue (no dispatcher leads it)")));
    }

    @Test
    public void testKillQueued()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, owners::add);
        queue.find.set(Optional.of(query(QUEUED, Optional.empty())));
        assertThat(owners).hasSize(1);
        assertThat(queue.failures).containsExactly(REASON);
        assertThat(client.failures).isEmpty();
        assertThat(kill.isDone()).isFalse();
        queue.fail.set(null);
        assertThat(kill.resultNow().value()).isEqualTo(Outcome.ORDERED);
    }

    @Test
    public void testKillRunningWithoutLeader()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, owners::add);
        queue.find.setException(new NotLeaderException());
        client.finds.get("b").set(Optional.of(query(RUNNING, Optional.of("b"))));
        assertThat(client.failures.keySet()).containsExactly("b");
        queue.fail.setException(new NotLeaderException());
        assertThat(kill.isDone()).isFalse();
        client.failures.get("b").set(null);
        assertThat(kill.resultNow().value()).isEqualTo(Outcome.ORDERED);
        assertThat(owners).hasSize(1);
    }

    @Test
    public void testKillOnSilentCoordinator()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, owners::add);
        queue.find.set(Optional.of(query(RUNNING, Optional.of("b"))));
        client.finds.get("b").setException(new TimeoutException());
        // the queue carries out the order
        queue.fail.set(null);
        assertThat(kill.resultNow().value()).isEqualTo(Outcome.ORDERED);
    }

    @Test
    public void testOrderReachesNoOwner()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, owners::add);
        client.finds.get("b").set(Optional.of(query(RUNNING, Optional.of("b"))));
        queue.fail.setException(new NotLeaderException());
        client.failures.get("b").setException(new TimeoutException());
        assertThat(kill.exceptionNow()).hasCauseInstanceOf(TimeoutException.class);
    }

    @Test
    public void testKillOfQueryThatEndedSinceItWasFound()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, owners::add);
        client.finds.get("b").set(Optional.of(query(RUNNING, Optional.of("b"))));
        client.failures.get("b").setException(new CoordinatorCallException(404, "Query is not running here"));
        assertThat(kill.isDone()).isFalse();
        queue.fail.setException(new NotLeaderException());
        assertThat(kill.resultNow().value()).isEqualTo(Outcome.NOT_RUNNING);
    }

    @Test
    public void testUserWithoutPermissionCannotKill()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, _ -> {
            throw new AccessDeniedException("no");
        });
        queue.find.set(Optional.of(query(RUNNING, Optional.of("a"))));
        client.finds.get("a").set(Optional.of(query(RUNNING, Optional.of("a"))));
        assertThat(kill.exceptionNow()).isInstanceOf(AccessDeniedException.class);
        assertThat(queue.failures).isEmpty();
        assertThat(client.failures).isEmpty();
    }

    @Test
    public void testKillWhatIsOver()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, owners::add);
        queue.find.set(Optional.of(query(FINISHED, Optional.of("a"))));
        client.finds.get("a").set(Optional.of(query(FINISHED, Optional.of("a"))));
        assertThat(kill.resultNow().value()).isEqualTo(Outcome.NOT_RUNNING);
        assertThat(owners).hasSize(1);
        assertThat(queue.failures).isEmpty();
    }

    @Test
    public void testKillUnknownQuery()
    {
        ListenableFuture<View<Outcome>> kill = killer.kill(QUERY, REASON, owners::add);
        queue.find.set(Optional.empty());
        client.finds.get("a").set(Optional.empty());
        client.finds.get("b").setException(new TimeoutException());
        assertThat(kill.resultNow()).isEqualTo(new View<>(Outcome.NOT_FOUND, List.of("b (it does not answer)")));
        assertThat(owners).isEmpty();
    }

    private static ServiceDescriptor coordinator(String nodeId)
    {
        return serviceDescriptor(COORDINATOR_SERVICE)
                .setNodeId(nodeId)
                .addProperty("http", "http://" + nodeId)
                .build();
    }

    private static ViewedQuery query(QueryState state, Optional<String> coordinator)
    {
        BasicQueryInfo info = new BasicQueryInfo(
                QUERY,
                testSession().toSessionRepresentation(),
                Optional.empty(),
                state,
                false,
                URI.create("http://127.0.0.1/"),
                "SELECT 1",
                Optional.empty(),
                Optional.empty(),
                immediateFailureQueryStats(),
                null,
                null,
                Optional.empty(),
                RetryPolicy.NONE);
        return new ViewedQuery(info, coordinator, 0, Optional.empty(), Optional.empty());
    }

    private static class FakeQueue
            implements QueueView
    {
        private final SettableFuture<List<ViewedQuery>> list = SettableFuture.create();
        private final SettableFuture<Optional<ViewedQuery>> find = SettableFuture.create();
        private final SettableFuture<Void> fail = SettableFuture.create();
        private final List<ExecutionFailureInfo> failures = new ArrayList<>();

        @Override
        public ListenableFuture<List<ViewedQuery>> getQueries()
        {
            return list;
        }

        @Override
        public ListenableFuture<Optional<ViewedQuery>> findQuery(QueryId queryId)
        {
            return find;
        }

        @Override
        public ListenableFuture<Optional<QueryDetails>> findDetails(QueryId queryId, boolean pruned)
        {
            throw new UnsupportedOperationException();
        }

        @Override
        public ListenableFuture<Void> fail(QueryId queryId, ExecutionFailureInfo reason)
        {
            failures.add(reason);
            return fail;
        }
    }

    private class FollowedPeers
            implements ViewPeers
    {
        private final Map<String, CoordinatorHealth> health;

        private FollowedPeers(Map<String, CoordinatorHealth> health)
        {
            this.health = health;
        }

        @Override
        public String nodeId()
        {
            return "self";
        }

        @Override
        public Optional<String> clusterOf(String coordinator)
        {
            return Optional.empty();
        }

        @Override
        public Map<String, ViewPeer> coordinators()
        {
            return health.entrySet().stream().collect(toImmutableMap(
                    Map.Entry::getKey,
                    entry -> new ViewPeer(DEFAULT, URI.create("http://" + entry.getKey()), client, entry.getValue())));
        }
    }

    private static class FakeClient
            extends ViewClient
    {
        private final Map<String, SettableFuture<List<ViewedQuery>>> lists = new HashMap<>();
        private final Map<String, SettableFuture<List<ViewedTransaction>>> transactions = new HashMap<>();
        private final Map<String, SettableFuture<Optional<ViewedQuery>>> finds = new HashMap<>();
        private final Map<String, SettableFuture<Void>> failures = new HashMap<>();

        private FakeClient()
        {
            super(
                    new TestingHttpClient(request -> {
                        throw new UnsupportedOperationException(request.toString());
                    }),
                    newSingleThreadScheduledExecutor(daemonThreadsNamed("never-used")),
                    new ViewConfig(),
                    listJsonCodec(ViewedQuery.class),
                    jsonCodec(ViewedQuery.class),
                    jsonCodec(JsonNode.class),
                    listJsonCodec(ViewedTransaction.class),
                    jsonCodec(ExecutionFailureInfo.class),
                    listJsonCodec(JsonNodeInfo.class),
                    listJsonCodec(NodeLoad.class));
        }

        @Override
        public ListenableFuture<List<ViewedQuery>> getQueries(URI coordinator)
        {
            return lists.computeIfAbsent(coordinator.getHost(), _ -> SettableFuture.create());
        }

        @Override
        public ListenableFuture<List<ViewedTransaction>> getTransactions(URI coordinator)
        {
            return transactions.computeIfAbsent(coordinator.getHost(), _ -> SettableFuture.create());
        }

        @Override
        public ListenableFuture<Optional<ViewedQuery>> findQuery(URI coordinator, QueryId queryId)
        {
            return finds.computeIfAbsent(coordinator.getHost(), _ -> SettableFuture.create());
        }

        @Override
        public ListenableFuture<Void> fail(URI coordinator, QueryId queryId, ExecutionFailureInfo reason)
        {
            return failures.computeIfAbsent(coordinator.getHost(), _ -> SettableFuture.create());
        }
    }
}
