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
package io.prestosql.tests;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.UncheckedExecutionException;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.opentelemetry.api.trace.Span;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.dispatcher.leader.LocalQueueService;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.testing.ElectableQueryLog;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingTier;
import io.trino.client.StatementClient;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import static com.google.common.util.concurrent.Futures.getUnchecked;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.time.Duration.ofMillis;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * A dispatcher loses the leadership of the queue, and regains it. Clients notice only a pause.
 */
public class TestLeadershipChanges
{
    private static final Logger log = Logger.get(TestLeadershipChanges.class);
    private static final Map<String, String> USER = Map.of("X-Trino-User", "user");
    private static final int RUNNING = 3;
    private static final int QUEUED = 60;
    private static final int ELECTIONS = TestingTier.rounds(60, 300);
    private static final Splitter PATH_SPLITTER = Splitter.on('/').omitEmptyStrings();

    @Test
    public void testLeaderThatIsElectedAgain(@TempDir Path directory)
            throws Exception
    {
        Gates gates = new Gates();
        ElectableQueryLog queryLog = new ElectableQueryLog();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addPlugin(new GatePlugin(gates))
                .addCatalog("gate", "gate")
                .addResourceGroup(directory, RUNNING)
                .addReplacement(DISPATCHER, binder -> binder.bind(QueryLog.class).toInstance(queryLog))
                .build();
                TestingClient client = new TestingClient(cluster.getDispatcherUrl());
                RawClient rawClient = new RawClient()) {
            List<Future<TestingClient.Result>> running = new ArrayList<>();
            // a client that does not get the answer with the address of its rows
            URI firstPoll = rawClient.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT x FROM gate.default.running", USER).uri("nextUri").orElseThrow();
            Future<RawClient.Response> lostAnswer = executor.submit(() -> rawClient.get(firstPoll, USER));
            for (int i = 1; i < RUNNING; i++) {
                running.add(executor.submit(() -> client.execute("SELECT x FROM gate.default.running")));
            }
            await().until(() -> gates.getInside("running"), inside -> inside == RUNNING);
            assertThat(lostAnswer.get().uri("nextUri").orElseThrow().getPath()).startsWith("/v1/statement/executing/");
            List<Future<TestingClient.Result>> queued = new ArrayList<>();
            List<StatementClient> clients = new ArrayList<>();
            for (int i = 0; i < QUEUED; i++) {
                clients.add(client.start("SELECT x FROM gate.default.queued"));
            }
            for (StatementClient statement : clients) {
                queued.add(executor.submit(() -> TestingClient.drain(statement)));
            }

            QueueDriver driver = cluster.getDispatcher().getInstance(QueueDriver.class);
            LeaderRoutingQueueService queueService = cluster.getDispatcher().getInstance(LeaderRoutingQueueService.class);
            for (long epoch = 2; epoch < 5; epoch++) {
                queryLog.depose();
                await().until(() -> driver.getCurrentEpoch() == 0);
                // a query that comes while no dispatcher leads, besides the earlier ones
                queued.add(executor.submit(() -> client.execute("SELECT x FROM gate.default.queued")));
                await().until(() -> queueService.getPendingCalls() > 0);
                queryLog.elect();
                long expected = epoch;
                await().until(() -> driver.getCurrentEpoch() == expected);
            }
            assertThat(running).noneMatch(Future::isDone);
            assertThat(queued).noneMatch(Future::isDone);
            assertThat(gates.getInside("queued")).isZero();

            await().until(() -> rawClient.get(firstPoll, USER).uri("nextUri").orElseThrow().getPath().startsWith("/v1/statement/executing/"));

            gates.open("running");
            gates.open("queued");
            RawClient.Response rows = rawClient.get(firstPoll, USER);
            int values = 0;
            while (true) {
                values += rows.json().has("data") ? rows.json().get("data").size() : 0;
                if (rows.uri("nextUri").isEmpty()) {
                    break;
                }
                rows = rawClient.get(rows.uri("nextUri").get(), USER);
            }
            assertThat(values).as("%s", rows).isEqualTo(1);
            for (Future<TestingClient.Result> future : running) {
                assertThat(future.get().onlyValue()).isEqualTo(42L);
            }
            for (Future<TestingClient.Result> future : queued) {
                assertThat(future.get().onlyValue()).isEqualTo(42L);
            }
            log.info("%s queries over %s leaders; at most %s at once, limit %s", RUNNING + queued.size(), driver.getElections(), gates.getMaxInside(), RUNNING);
            assertThat(gates.getMaxInside()).isEqualTo(RUNNING);
            // none of them ran twice
            assertThat(gates.getEntered()).hasSize(RUNNING + queued.size());
            assertThat(queueService.getUnansweredCalls()).isZero();
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * Clients keep asking while leaders change. A client that asks at the very moment of an election must not be told that there is no such
     * query.
     */
    @Test
    public void testQueryIsKnownInEveryMoment(@TempDir Path directory)
            throws Exception
    {
        ElectableQueryLog queryLog = new ElectableQueryLog();
        ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
        try (TestingPrestoCluster cluster = startClusterWithoutSlots(directory, queryLog);
                RawClient rawClient = new RawClient()) {
            List<String> path = PATH_SPLITTER.splitToList(rawClient.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT 1", USER).uri("nextUri").orElseThrow().getPath());
            QueryId queryId = new QueryId(path.get(3));
            String slug = path.get(4);
            long token = Long.parseLong(path.get(5));
            LocalQueueService localQueue = cluster.getDispatcher().getInstance(LocalQueueService.class);
            QueueDriver driver = cluster.getDispatcher().getInstance(QueueDriver.class);
            AtomicBoolean over = new AtomicBoolean();
            AtomicLong answers = new AtomicLong();
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                clients.add(executor.submit(() -> {
                    while (!over.get()) {
                        try {
                            assertThat(getUnchecked(localQueue.poll(queryId, slug, token, new Duration(0, MILLISECONDS))).queryId()).isEqualTo(queryId);
                            answers.incrementAndGet();
                        }
                        catch (UncheckedExecutionException e) {
                            assertThat(e).hasMessageContaining("This dispatcher does not lead the queue");
                        }
                    }
                }));
            }
            for (long epoch = 2; epoch < 2 + ELECTIONS; epoch++) {
                queryLog.depose();
                await().pollInterval(ofMillis(1)).until(() -> driver.getCurrentEpoch() == 0);
                long before = answers.get();
                queryLog.elect();
                long expected = epoch;
                await().pollInterval(ofMillis(1)).until(() -> driver.getCurrentEpoch() == expected && (answers.get() > before || clients.stream().anyMatch(Future::isDone)));
            }
            over.set(true);
            for (Future<?> client : clients) {
                client.get();
            }
            log.info("%s answers in %s terms", answers, ELECTIONS);
        }
        finally {
            executor.shutdownNow();
        }
    }

    /**
     * A dispatcher is deposed and elected again while it is busy. A query that is submitted meanwhile may be the later leader's only if
     * that one knows the client.
     */
    @Test
    public void testQueryIsSubmittedBetweenLeaders(@TempDir Path directory)
            throws Exception
    {
        ElectableQueryLog queryLog = new ElectableQueryLog();
        try (TestingPrestoCluster cluster = startClusterWithoutSlots(directory, queryLog)) {
            TestingPrestoServer dispatcher = cluster.getDispatcher();
            LeaderRoutingQueueService queueService = dispatcher.getInstance(LeaderRoutingQueueService.class);
            LocalQueueService localQueue = dispatcher.getInstance(LocalQueueService.class);
            QuerySubmission first = submission("20000101_000000_00001_aaaaa");
            QuerySubmission second = submission("20000101_000000_00002_aaaaa");
            QueueDriver driver = dispatcher.getInstance(QueueDriver.class);
            List<Future<?>> submitted = new ArrayList<>();
            // meanwhile the leader cannot append to the log, and does nothing else
            synchronized (queryLog) {
                submitted.add(localQueue.submit(first));
                await().until(() -> driver.getAppends() == 1);
                queryLog.depose();
                queryLog.elect();
                submitted.add(localQueue.submit(second));
            }
            for (Future<?> submission : submitted) {
                assertThatThrownBy(submission::get).hasMessageContaining("This dispatcher does not lead the queue");
            }
            // as for clients
            assertThat(getUnchecked(queueService.submit(first)).queryId()).isEqualTo(first.queryId());
            assertThat(getUnchecked(queueService.submit(second)).queryId()).isEqualTo(second.queryId());
            assertThat(dispatcher.getInstance(QueueAdmission.class).getQueryCount()).isEqualTo(2);
        }
    }

    /**
     * Starts a cluster in which all queries stay in the queue.
     */
    private static TestingPrestoCluster startClusterWithoutSlots(Path directory, QueryLog queryLog)
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(1)
                .addWorkers(1)
                .addResourceGroup(directory, 0)
                .addReplacement(DISPATCHER, binder -> binder.bind(QueryLog.class).toInstance(queryLog))
                .build();
    }

    private static QuerySubmission submission(String queryId)
    {
        ClientRequest request = new ClientRequest("SELECT 1", ImmutableMap.of("x-trino-user", ImmutableList.of("user")), Optional.of("127.0.0.1"), Optional.empty());
        return new QuerySubmission(new QueryId(queryId), new SubmittedQuery(request, QuerySlug.create(), Instant.now(), Optional.empty()), Optional.empty(), Span.getInvalid());
    }
}
