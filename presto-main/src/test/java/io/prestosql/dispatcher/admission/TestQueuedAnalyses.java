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
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.MediaType;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.http.client.HttpStatus;
import io.airlift.http.client.Request;
import io.airlift.http.client.Response;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.client.testing.TestingResponse;
import io.airlift.json.JsonCodec;
import io.prestosql.fleet.AnalysisClient;
import io.prestosql.fleet.CoordinatorMonitorConfig;
import io.prestosql.fleet.TransactionSearch;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.selection.core.ClusterRoute;
import io.trino.spi.ErrorCodeSupplier;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

import static com.google.common.net.HttpHeaders.CONTENT_TYPE;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static com.google.common.util.concurrent.MoreExecutors.newDirectExecutorService;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.trino.spi.StandardErrorCode.GENERIC_INTERNAL_ERROR;
import static io.trino.spi.StandardErrorCode.TABLE_NOT_FOUND;
import static io.trino.util.Failures.toFailure;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

public class TestQueuedAnalyses
{
    private static final JsonCodec<AnalysisResponse> RESPONSE_CODEC = jsonCodec(AnalysisResponse.class);
    private static final CoordinatorLink ONE = new CoordinatorLink(DEFAULT, "one", URI.create("http://one:8080"), "incarnation-1");
    private static final CoordinatorLink TWO = new CoordinatorLink(DEFAULT, "two", URI.create("http://two:8080"), "incarnation-2");
    private static final long EPOCH = 7;

    private final ScheduledExecutorService timeouts = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-timeouts"));
    private final ExecutorService threads = newCachedThreadPool(daemonThreadsNamed("test-calls-%s"));
    private final AtomicLong nanos = new AtomicLong(-1_000);
    private final List<String> calls = new ArrayList<>();
    private final List<QueuedAnalyses.Rejection> rejections = new ArrayList<>();
    private final Map<String, Callable<Response>> answers = new HashMap<>();
    private final Map<String, TransactionSearch> transactions = new HashMap<>();
    private final Map<String, ListenableFuture<TransactionSearch>> searches = new HashMap<>();
    private final Map<ClusterName, CoordinatorLink> others = new HashMap<>();
    private Optional<CoordinatorLink> coordinator = Optional.of(ONE);
    private final Map<ClusterRoute, Set<ClusterName>> clustersOfRoute = new HashMap<>();
    private Set<ClusterName> clusters = ImmutableSet.of(DEFAULT);

    @AfterEach
    public void tearDown()
    {
        timeouts.shutdownNow();
        threads.shutdownNow();
    }

    @Test
    public void testWrongQuery()
    {
        QueuedAnalyses analyses = create();
        answers.put("wrong", () -> failure(TABLE_NOT_FOUND));
        analyses.queued(query("right"));
        analyses.queued(query("wrong"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS - 1);
        assertThat(calls).isEmpty();
        pass(analyses, 1);
        assertThat(calls).containsExactly("POST one right", "POST one wrong");
        assertThat(rejections).hasSize(1);
        assertThat(rejections.getFirst().epoch()).isEqualTo(EPOCH);
        QueueEvent.NotQueueable event = rejections.getFirst().event();
        assertThat(event.queryId()).isEqualTo(new QueryId("wrong"));
        assertThat(event.reason().errorCode()).isEqualTo(TABLE_NOT_FOUND.toErrorCode());
        assertThat(event.reason().message()).isEqualTo("what is wrong");
        assertThat(analyses.getAnalyzed()).isEqualTo(2);
        assertThat(analyses.getRejected()).isEqualTo(1);
        // each query is analysed only once
        pass(analyses, SECONDS.toNanos(100));
        assertThat(calls).hasSize(2);
    }

    @Test
    public void testEveryClusterHasToFindTheQueryWrong()
    {
        QueuedAnalyses analyses = create();
        ClusterName other = new ClusterName("other");
        clusters = ImmutableSet.of(DEFAULT, other);
        answers.put("wrong", () -> failure(TABLE_NOT_FOUND));
        analyses.queued(query("wrong"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(calls).containsExactly("POST one wrong");
        assertThat(rejections).as("the other cluster is away, and may have the table").isEmpty();
        others.put(other, new CoordinatorLink(other, "three", URI.create("http://three:8080"), "incarnation-3"));
        pass(analyses, QueuedAnalyses.RETRY_NANOS);
        assertThat(calls).containsExactly("POST one wrong", "POST three wrong");
        assertThat(rejections).hasSize(1);
        assertThat(analyses.getAnalyzed()).isEqualTo(1);
    }

    @Test
    public void testQueryOfClusterWithoutCoordinatorHoldsUpNoOther()
    {
        QueuedAnalyses analyses = create();
        ClusterName away = new ClusterName("away");
        analyses.queued(new WaitingQuery(new QueryId("a"), EPOCH, request(), ImmutableList.of("global"), Optional.empty(), false, () -> new ClusterRoute.BoundToCluster(away)));
        analyses.queued(query("b"));
        clustersOfRoute.put(new ClusterRoute.BoundToCluster(away), ImmutableSet.of(away));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(calls).containsExactly("POST one b");
    }

    @Test
    public void testOtherErrorsDoNotRejectQuery()
    {
        QueuedAnalyses analyses = create();
        answers.put("a", () -> failure(GENERIC_INTERNAL_ERROR));
        analyses.queued(query("a"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(calls).containsExactly("POST one a");
        assertThat(rejections).isEmpty();
    }

    @Test
    public void testQueryThatStartsAtOnceIsNotAnalyzed()
    {
        QueuedAnalyses analyses = create();
        analyses.queued(query("a"));
        analyses.left(new QueryId("a"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(calls).isEmpty();
        assertThat(analyses.getWaiting()).isZero();
    }

    @Test
    public void testWithoutCoordinators()
    {
        QueuedAnalyses analyses = create();
        coordinator = Optional.empty();
        analyses.queued(query("a"));
        pass(analyses, SECONDS.toNanos(3600));
        assertThat(calls).isEmpty();
        assertThat(analyses.getWaiting()).isEqualTo(1);
        coordinator = Optional.of(TWO);
        pass(analyses, QueuedAnalyses.RETRY_NANOS);
        assertThat(calls).containsExactly("POST two a");
    }

    @Test
    public void testCoordinatorOfReleaseThatDoesNotAnalyze()
    {
        QueuedAnalyses analyses = create();
        answers.put("a", () -> response(HttpStatus.NOT_FOUND, ""));
        analyses.queued(query("a"));
        for (int i = 0; i < 10; i++) {
            pass(analyses, QueuedAnalyses.RETRY_NANOS);
        }
        assertThat(calls).containsExactly("POST one a");
        assertThat(rejections).isEmpty();
        assertThat(analyses.getWaiting()).isZero();
        assertThat(analyses.getRunning()).isZero();
    }

    @Test
    public void testBusyAndUnreachableCoordinators()
    {
        QueuedAnalyses analyses = create();
        answers.put("busy", () -> response(HttpStatus.SERVICE_UNAVAILABLE, "busy"));
        answers.put("gone", () -> {
            throw new ConnectException("refused");
        });
        analyses.queued(query("busy"));
        analyses.queued(query("gone"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(calls).containsExactly("POST one busy", "POST one gone");
        pass(analyses, QueuedAnalyses.RETRY_NANOS - 1);
        assertThat(calls).hasSize(2);
        answers.put("busy", () -> failure(TABLE_NOT_FOUND));
        pass(analyses, 1);
        assertThat(calls).hasSize(4);
        assertThat(rejections).hasSize(1);
        for (int i = 0; i < 10; i++) {
            pass(analyses, QueuedAnalyses.RETRY_NANOS);
        }
        assertThat(calls.stream().filter("POST one gone"::equals)).hasSize(QueuedAnalyses.MAX_ATTEMPTS);
        assertThat(analyses.getWaiting()).isZero();
        assertThat(analyses.getRunning()).isZero();
    }

    /**
     * A query gets its slot during its analysis, which is then cancelled.
     */
    @Test
    public void testCancel()
            throws Exception
    {
        CountDownLatch gate = new CountDownLatch(1);
        LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();
        answers.put("a", () -> {
            arrived.add("a");
            gate.await();
            return failure(TABLE_NOT_FOUND);
        });
        CountDownLatch answered = new CountDownLatch(1);
        QueuedAnalyses analyses = create(new QueuedAnalysisConfig(), threads, answered);
        analyses.queued(query("a"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(arrived.poll(60, SECONDS)).isEqualTo("a");
        assertThat(analyses.getRunning()).isEqualTo(1);
        analyses.left(new QueryId("a"));
        assertThat(analyses.getRunning()).isZero();
        gate.countDown();
        assertThat(answered.await(60, SECONDS)).isTrue();
        // the order to cancel is sent by another thread
        await().untilAsserted(() -> {
            synchronized (calls) {
                assertThat(calls).containsExactlyInAnyOrder("POST one a", "DELETE one a");
            }
        });
        assertThat(rejections).isEmpty();
        assertThat(analyses.getAnalyzed()).isZero();
    }

    @Test
    public void testBound()
            throws Exception
    {
        CountDownLatch gate = new CountDownLatch(1);
        LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();
        for (String id : ImmutableList.of("a", "b", "c", "d")) {
            answers.put(id, () -> {
                arrived.add(id);
                gate.await();
                return right();
            });
        }
        QueuedAnalyses analyses = create(new QueuedAnalysisConfig().setMaxConcurrentAnalyses(2), threads, new CountDownLatch(1));
        // queries that an earlier leader may have had analysed come last
        analyses.queued(new WaitingQuery(new QueryId("d"), EPOCH, request(), ImmutableList.of("global"), Optional.empty(), true, () -> ClusterRoute.ANY));
        analyses.queued(query("a"));
        analyses.queued(query("b"));
        analyses.queued(query("c"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(ImmutableList.of(arrived.poll(60, SECONDS), arrived.poll(60, SECONDS))).containsExactlyInAnyOrder("a", "b");
        assertThat(arrived).isEmpty();
        assertThat(analyses.getRunning()).isEqualTo(2);
        assertThat(analyses.getWaiting()).isEqualTo(2);
        // the next analysis starts when one is done, or no longer wanted
        analyses.left(new QueryId("a"));
        pass(analyses, 0);
        assertThat(arrived.poll(60, SECONDS)).isEqualTo("c");
        gate.countDown();
        assertThat(arrived.poll(60, SECONDS)).isEqualTo("d");
    }

    @Test
    public void testTransactions()
    {
        QueuedAnalyses analyses = create();
        transactions.put("held", new TransactionSearch(Optional.of(TWO), false));
        transactions.put("unknown", new TransactionSearch(Optional.empty(), true));
        transactions.put("perhaps", new TransactionSearch(Optional.empty(), false));
        answers.put("b", () -> failure(TABLE_NOT_FOUND));
        analyses.queued(query("a", "held"));
        analyses.queued(query("b", "unknown"));
        analyses.queued(query("c", "perhaps"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        for (int i = 0; i < 10; i++) {
            pass(analyses, QueuedAnalyses.RETRY_NANOS);
        }
        assertThat(calls).containsExactly("POST two a", "POST one b");
        assertThat(rejections.stream().map(rejection -> rejection.event().queryId().toString())).containsExactly("b");
        assertThat(analyses.getWaiting()).isZero();
    }

    /**
     * A query gets its slot before the coordinator of its transaction is found.
     */
    @Test
    public void testCancelBeforeTransactionIsFound()
    {
        QueuedAnalyses analyses = create();
        SettableFuture<TransactionSearch> search = SettableFuture.create();
        searches.put("slow", search);
        analyses.queued(query("a", "slow"));
        pass(analyses, QueuedAnalyses.DELAY_NANOS);
        assertThat(analyses.getRunning()).isEqualTo(1);
        analyses.left(new QueryId("a"));
        search.set(new TransactionSearch(Optional.of(TWO), true));
        assertThat(calls).as("calls that nothing would cancel").isEmpty();
        assertThat(analyses.getRunning()).isZero();
        pass(analyses, QueuedAnalyses.RETRY_NANOS);
        assertThat(calls).isEmpty();
        assertThat(analyses.getWaiting()).isZero();
    }

    @Test
    public void testSwitchedOff()
    {
        QueuedAnalyses analyses = create(new QueuedAnalysisConfig().setAnalyzeQueuedQueries(false), newDirectExecutorService(), new CountDownLatch(1));
        analyses.queued(query("a"));
        pass(analyses, SECONDS.toNanos(10));
        assertThat(calls).isEmpty();
        assertThat(analyses.getWaiting()).isZero();
    }

    private void pass(QueuedAnalyses analyses, long duration)
    {
        nanos.addAndGet(duration);
        analyses.startDue();
    }

    private QueuedAnalyses create()
    {
        return create(new QueuedAnalysisConfig(), newDirectExecutorService(), new CountDownLatch(1));
    }

    /**
     * @param callThreads the threads on which coordinators answer
     * @param answered counted down after an answer is handled
     */
    private QueuedAnalyses create(QueuedAnalysisConfig config, ExecutorService callThreads, CountDownLatch answered)
    {
        AnalysisClient client = new AnalysisClient(
                new TestingHttpClient(this::answer, callThreads),
                timeouts,
                new CoordinatorMonitorConfig(),
                jsonCodec(AnalysisRequest.class),
                RESPONSE_CODEC);
        return new QueuedAnalyses(
                cluster -> coordinator.filter(link -> link.cluster().equals(cluster)).or(() -> Optional.ofNullable(others.get(cluster))),
                route -> clustersOfRoute.getOrDefault(route, clusters),
                transaction -> searches.getOrDefault(transaction, immediateFuture(transactions.get(transaction))),
                _ -> Optional.of(client),
                rejections::add,
                command -> {
                    directExecutor().execute(command);
                    answered.countDown();
                },
                nanos::get,
                config);
    }

    private Response answer(Request request)
            throws Exception
    {
        String id = request.getUri().getPath().substring("/v1/analysis/".length());
        synchronized (calls) {
            calls.add("%s %s %s".formatted(request.getMethod(), request.getUri().getHost(), id));
        }
        if (request.getMethod().equals("DELETE")) {
            return response(HttpStatus.NO_CONTENT, "");
        }
        return answers.getOrDefault(id, TestQueuedAnalyses::right).call();
    }

    private static Response right()
    {
        return response(HttpStatus.OK, RESPONSE_CODEC.toJson(new AnalysisResponse(Optional.empty())));
    }

    private static Response failure(ErrorCodeSupplier errorCode)
    {
        return response(HttpStatus.OK, RESPONSE_CODEC.toJson(new AnalysisResponse(Optional.of(toFailure(new TrinoException(errorCode, "what is wrong"))))));
    }

    private static Response response(HttpStatus status, String body)
    {
        return new TestingResponse(status, ImmutableListMultimap.of(CONTENT_TYPE, MediaType.JSON_UTF_8.toString()), body.getBytes(UTF_8));
    }

    private static WaitingQuery query(String id)
    {
        return new WaitingQuery(new QueryId(id), EPOCH, request(), ImmutableList.of("global"), Optional.empty(), false, () -> ClusterRoute.ANY);
    }

    private static WaitingQuery query(String id, String transactionId)
    {
        return new WaitingQuery(new QueryId(id), EPOCH, request(), ImmutableList.of("global"), Optional.of(transactionId), false, () -> ClusterRoute.ANY);
    }

    private static ClientRequest request()
    {
        return new ClientRequest("SELECT 1", ImmutableMap.of(), Optional.empty(), Optional.empty());
    }
}
