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

import com.google.inject.Key;
import com.google.inject.TypeLiteral;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.ElectableQueryLog;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.trino.tracing.TrinoAttributes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * A client's trace continues at the coordinator that runs its query, and shows how long the query was queued.
 */
@TestInstance(PER_CLASS)
public class TestTracing
{
    private static final Map<String, String> USER = Map.of("X-Trino-User", "user");
    private static final String CLIENT_SPAN = "b7ad6b7169203331";
    private static final long WAIT_MILLIS = 500;

    private final Gates gates = new Gates();
    private final ElectableQueryLog queryLog = new ElectableQueryLog();
    private final RecordingProcessor dispatcherSpans = new RecordingProcessor();
    private final RecordingProcessor coordinatorSpans = new RecordingProcessor();
    private final RawClient client = new RawClient();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingPrestoCluster cluster;
    private TestingClient engineClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
    {
        Key<Set<SpanProcessor>> processors = Key.get(new TypeLiteral<>() {});
        cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addGates(gates)
                .addResourceGroup(directory, 1)
                .setQueryLog(queryLog)
                .addReplacement(DISPATCHER, binder -> binder.bind(processors).toInstance(Set.of(dispatcherSpans)))
                .addReplacement(COORDINATOR, binder -> binder.bind(processors).toInstance(Set.of(coordinatorSpans)))
                .build();
        engineClient = new TestingClient(cluster.getDispatcherUrl());
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(executor::shutdownNow, client, engineClient, cluster);
    }

    @Test
    public void testTraceOfClient()
            throws Exception
    {
        String trace = "0af7651916cd43dd8448eb211c80319c";
        String queryId = runQueued("traced", Optional.of(trace), false);

        SpanData query = getOnlyElement(dispatcherSpans.of(queryId, "query"));
        assertThat(query.getTraceId()).isEqualTo(trace);
        checkSpans(queryId, trace, query.getSpanId());
    }

    /**
     * The leader that has begun the trace no longer leads.
     */
    @Test
    public void testTraceOfClientAfterFailover()
            throws Exception
    {
        String trace = "0af7651916cd43dd8448eb211c80319d";
        String queryId = runQueued("inherited", Optional.of(trace), true);

        SpanData query = getOnlyElement(dispatcherSpans.of(queryId, "query"));
        assertThat(query.getTraceId()).isEqualTo(trace);
        checkSpans(queryId, trace, query.getSpanId());
    }

    @Test
    public void testNoTraceOfClient()
            throws Exception
    {
        String queryId = runQueued("untraced", Optional.empty(), false);

        SpanData query = getOnlyElement(dispatcherSpans.of(queryId, "query"));
        checkSpans(queryId, query.getTraceId(), query.getSpanId());
    }

    private void checkSpans(String queryId, String trace, String parent)
    {
        SpanData running = getOnlyElement(coordinatorSpans.of(queryId, "query"));
        assertThat(running.getTraceId()).isEqualTo(trace);
        assertThat(running.getParentSpanId()).isEqualTo(parent);
        // the engine's own spans are in the trace
        assertThat(coordinatorSpans.spans).anyMatch(span -> span.getName().equals("planner") && span.getTraceId().equals(trace));

        SpanData queue = getOnlyElement(dispatcherSpans.of(queryId, "queue"));
        assertThat(queue.getTraceId()).isEqualTo(trace);
        assertThat(queue.getParentSpanId()).isEqualTo(parent);
        assertThat(NANOSECONDS.toMillis(queue.getEndEpochNanos() - queue.getStartEpochNanos())).isGreaterThanOrEqualTo(WAIT_MILLIS);
        assertThat(queue.getEndEpochNanos()).isLessThanOrEqualTo(running.getEndEpochNanos());
    }

    /**
     * @return the query's id
     */
    private String runQueued(String name, Optional<String> trace, boolean failover)
            throws Exception
    {
        gates.open(name);
        Future<TestingClient.Result> holder = executor.submit(() -> engineClient.execute("SELECT x FROM gate.default.%s_holder".formatted(name)));
        await().until(() -> gates.getInside(name + "_holder") == 1);

        Map<String, String> headers = new HashMap<>(USER);
        trace.ifPresent(id -> headers.put("traceparent", "00-%s-%s-01".formatted(id, CLIENT_SPAN)));
        Instant notBefore = Instant.now();
        RawClient.Response response = client.post(cluster.getDispatcherUrl().resolve("/v1/statement"), "SELECT x FROM gate.default." + name, headers);
        String queryId = response.json().get("id").asText();
        URI nextUri = response.uri("nextUri").orElseThrow();
        while (response.json().get("stats").get("elapsedTimeMillis").asLong() < WAIT_MILLIS) {
            response = client.get(nextUri, USER);
            nextUri = response.uri("nextUri").orElseThrow();
        }
        if (failover) {
            queryLog.electAnew(cluster.getDispatcher().getInstance(QueueDriver.class));
        }
        gates.open(name + "_holder");
        assertThat(holder.get().error()).isEmpty();
        long start = System.nanoTime();
        Optional<URI> next = Optional.of(nextUri);
        while (next.isPresent()) {
            response = client.get(next.get(), USER);
            if (response.status() != 503) {
                next = response.uri("nextUri");
            }
            assertThat(nanosSince(start).toMillis()).isLessThan(60_000);
        }
        assertThat(response.json().get("stats").get("state").asText()).isEqualTo("FINISHED");
        await().until(() -> !dispatcherSpans.of(queryId, "query").isEmpty() && !coordinatorSpans.of(queryId, "query").isEmpty());
        SpanData queue = getOnlyElement(dispatcherSpans.of(queryId, "queue"));
        assertThat(NANOSECONDS.toMillis(queue.getStartEpochNanos())).isBetween(notBefore.toEpochMilli(), Instant.now().toEpochMilli() - WAIT_MILLIS);
        return queryId;
    }

    private static class RecordingProcessor
            implements SpanProcessor
    {
        private final List<SpanData> spans = new CopyOnWriteArrayList<>();

        @Override
        public void onStart(Context parentContext, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired()
        {
            return false;
        }

        @Override
        public void onEnd(ReadableSpan span)
        {
            spans.add(span.toSpanData());
        }

        @Override
        public boolean isEndRequired()
        {
            return true;
        }

        private List<SpanData> of(String queryId, String name)
        {
            return spans.stream()
                    .filter(span -> span.getName().equals(name))
                    .filter(span -> queryId.equals(span.getAttributes().get(TrinoAttributes.QUERY_ID)))
                    .collect(toImmutableList());
        }
    }
}
