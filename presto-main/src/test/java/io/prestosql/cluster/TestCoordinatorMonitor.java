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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.units.Duration;
import io.prestosql.coordinator.CoordinatorReport;
import io.prestosql.coordinator.DispatchRequest;
import io.prestosql.coordinator.DispatchResponse;
import io.prestosql.coordinator.QueryReport;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryState;
import io.trino.metadata.NodeState;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.json.JsonCodec.listJsonCodec;
import static io.prestosql.cluster.CoordinatorHealth.ANSWERING;
import static io.prestosql.cluster.CoordinatorHealth.GONE;
import static io.prestosql.cluster.CoordinatorHealth.SILENT;
import static java.util.concurrent.Executors.newScheduledThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A poll that the monitor makes means that it has taken notice of everything before, so no test waits for time to pass.
 */
public class TestCoordinatorMonitor
{
    private static final URI ADDRESS = URI.create("http://10.0.0.1:8080");

    private ScheduledExecutorService executor;
    private FakeClient client;
    private RecordingListener listener;
    private CoordinatorMonitor monitor;

    @BeforeEach
    public void setUp()
    {
        executor = newScheduledThreadPool(2, daemonThreadsNamed("test-%s"));
        CoordinatorMonitorConfig config = new CoordinatorMonitorConfig().setRetryInterval(new Duration(10, MILLISECONDS));
        client = new FakeClient(executor, config);
        listener = new RecordingListener();
        monitor = new CoordinatorMonitor("node", ADDRESS, client, listener, executor, config);
        monitor.start();
    }

    @AfterEach
    public void tearDown()
    {
        monitor.stop();
        executor.shutdownNow();
    }

    @Test
    public void testReports()
            throws Exception
    {
        assertThat(monitor.isAvailable()).isFalse();
        Poll first = client.nextPoll();
        assertThat(first.seen()).isEmpty();
        // the first answer is wanted at once
        assertThat(first.waitTime().toMillis()).isZero();
        first.answer(report("process", 1, true, query("q1")));

        Poll second = client.nextPoll();
        assertThat(second.seen()).contains(new CoordinatorClient.SeenReport("process", 1));
        assertThat(second.waitTime().toMillis()).isPositive();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(monitor.health()).isEqualTo(ANSWERING);
        assertThat(monitor.link()).contains(new CoordinatorLink("node", ADDRESS, "process"));
        assertThat(listener.events).containsExactly("memory 1000", "query q1", "available");

        second.answer(report("process", 2, false));
        Poll third = client.nextPoll();
        assertThat(third.seen()).contains(new CoordinatorClient.SeenReport("process", 2));
        assertThat(monitor.isAvailable()).isFalse();

        third.answer(report("process", 3, true, query("q2")));
        client.nextPoll();
        assertThat(listener.events).containsExactly("memory 1000", "query q1", "available", "query q2", "available");
    }

    @Test
    public void testRefusedIsLostAtOnce()
            throws Exception
    {
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll().fail(new RuntimeException(new ConnectException("refused")));
        Poll next = client.nextPoll();
        assertThat(monitor.health()).isEqualTo(GONE);
        assertThat(monitor.isAvailable()).isFalse();
        assertThat(monitor.link()).isEmpty();
        assertThat(listener.lost()).containsExactly("lost process");
        // it is looked for, and lost but once
        assertThat(next.seen()).isEmpty();
        next.fail(new ConnectException("refused"));
        client.nextPoll().fail(new TimeoutException());
        Poll later = client.nextPoll();
        assertThat(monitor.health()).isEqualTo(GONE);
        assertThat(listener.lost()).containsExactly("lost process");

        later.answer(report("other process", 1, true));
        client.nextPoll();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(monitor.link()).contains(new CoordinatorLink("node", ADDRESS, "other process"));
        assertThat(listener.lost()).containsExactly("lost process");
    }

    @Test
    public void testOtherProcessMeansLost()
            throws Exception
    {
        client.nextPoll().answer(report("process", 5, true));
        client.nextPoll().answer(report("other process", 1, true, query("q1")));
        client.nextPoll();
        assertThat(listener.lost()).containsExactly("lost process");
        assertThat(monitor.link()).contains(new CoordinatorLink("node", ADDRESS, "other process"));
        // first the old process is lost, then there is news of the new one
        assertThat(listener.events).containsExactly("memory 1000", "available", "lost process", "query q1");
    }

    @Test
    public void testSilenceIsNotLoss()
            throws Exception
    {
        client.nextPoll().answer(report("process", 1, true));
        for (Exception silence : List.of(new TimeoutException(), new SocketException("Connection reset"), new CoordinatorCallException(503, "busy"), new TimeoutException())) {
            client.nextPoll().fail(silence);
        }
        Poll next = client.nextPoll();
        assertThat(next.waitTime().toMillis()).isZero();
        assertThat(monitor.health()).isEqualTo(SILENT);
        // gets nothing new, keeps what it has
        assertThat(monitor.isAvailable()).isFalse();
        assertThat(monitor.link()).contains(new CoordinatorLink("node", ADDRESS, "process"));
        assertThat(listener.lost()).isEmpty();

        next.answer(report("process", 2, true));
        client.nextPoll();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(listener.events).containsExactly("memory 1000", "available", "available");
    }

    @Test
    public void testSilentProcessThatWasReplaced()
            throws Exception
    {
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll().fail(new TimeoutException());
        client.nextPoll().answer(report("other process", 1, true));
        client.nextPoll();
        assertThat(listener.lost()).containsExactly("lost process");
    }

    @Test
    public void testStaleAnswersAreIgnored()
            throws Exception
    {
        client.nextPoll().answer(report("process", 1, true));
        Poll overtaken = client.nextPoll();
        monitor.checkNow();
        Poll probe = client.nextPoll();
        assertThat(probe.waitTime().toMillis()).isZero();
        // neither what the overtaken poll says of the past, nor how it ends, counts any more
        overtaken.answer(report("long dead process", 7, true, query("ghost")));
        probe.answer(report("process", 2, true, query("q1")));
        Poll next = client.nextPoll();
        assertThat(monitor.link()).contains(new CoordinatorLink("node", ADDRESS, "process"));
        assertThat(listener.events).containsExactly("memory 1000", "available", "query q1");

        monitor.checkNow();
        Poll secondProbe = client.nextPoll();
        next.fail(new ConnectException("refused"));
        secondProbe.answer(report("process", 3, true));
        client.nextPoll();
        assertThat(monitor.health()).isEqualTo(ANSWERING);
        assertThat(listener.lost()).isEmpty();
    }

    @Test
    public void testOtherNodeAtItsAddress()
            throws Exception
    {
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll().answer(new CoordinatorReport("other node", "its process", 1, true, NodeState.ACTIVE, 1, 0, 1000, 8, ImmutableSet.of(), ImmutableList.of(query("ghost"))));
        client.nextPoll();
        assertThat(monitor.health()).isEqualTo(SILENT);
        assertThat(monitor.isAvailable()).isFalse();
        assertThat(listener.events).containsExactly("memory 1000", "available");
    }

    @Test
    public void testMoved()
            throws Exception
    {
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll();
        URI elsewhere = URI.create("http://10.0.0.2:8080");
        monitor.setUri(elsewhere);
        Poll poll = client.nextPoll();
        assertThat(poll.uri()).isEqualTo(elsewhere);
        poll.answer(report("process", 1, true));
        client.nextPoll();
        assertThat(monitor.link()).contains(new CoordinatorLink("node", elsewhere, "process"));
        assertThat(listener.lost()).isEmpty();
    }

    @Test
    public void testLoad()
            throws Exception
    {
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll();
        assertThat(monitor.load()).isZero();
        monitor.queryAssigned(11);
        monitor.queryAssigned(12);
        assertThat(monitor.load()).isEqualTo(2);
        assertThat(monitor.lastAssigned()).isEqualTo(12);
        monitor.queryReleased();
        assertThat(monitor.load()).isEqualTo(1);
    }

    private static CoordinatorReport report(String incarnation, long version, boolean ready, QueryReport... queries)
    {
        return new CoordinatorReport("node", incarnation, version, ready, NodeState.ACTIVE, 1, 0, 1000, 8, ImmutableSet.of(), ImmutableList.copyOf(queries));
    }

    private static QueryReport query(String id)
    {
        return new QueryReport(new QueryId(id), QueryState.RUNNING, Optional.empty(), Optional.empty(), 0, 0, 0);
    }

    private record Poll(URI uri, Optional<CoordinatorClient.SeenReport> seen, Duration waitTime, SettableFuture<CoordinatorReport> future)
    {
        public void answer(CoordinatorReport report)
        {
            future.set(report);
        }

        public void fail(Exception failure)
        {
            future.setException(failure);
        }
    }

    private static class FakeClient
            extends CoordinatorClient
    {
        private final BlockingQueue<Poll> polls = new LinkedBlockingQueue<>();

        public FakeClient(ScheduledExecutorService executor, CoordinatorMonitorConfig config)
        {
            super(
                    new TestingHttpClient(request -> {
                        throw new UnsupportedOperationException(request.toString());
                    }),
                    executor,
                    config,
                    jsonCodec(DispatchRequest.class),
                    jsonCodec(DispatchResponse.class),
                    jsonCodec(CoordinatorReport.class),
                    jsonCodec(ExecutionFailureInfo.class),
                    listJsonCodec(BasicQueryInfo.class));
        }

        @Override
        public ListenableFuture<CoordinatorReport> getReport(URI coordinator, Optional<SeenReport> seen, Duration wait)
        {
            Poll poll = new Poll(coordinator, seen, wait, SettableFuture.create());
            polls.add(poll);
            return poll.future();
        }

        public Poll nextPoll()
                throws InterruptedException
        {
            Poll poll = polls.poll(30, SECONDS);
            assertThat(poll).as("next poll").isNotNull();
            return poll;
        }
    }

    private static class RecordingListener
            implements CoordinatorListener
    {
        private final List<String> events = new CopyOnWriteArrayList<>();

        public List<String> lost()
        {
            return events.stream()
                    .filter(event -> event.startsWith("lost"))
                    .toList();
        }

        @Override
        public void queryReported(CoordinatorLink coordinator, QueryReport report)
        {
            events.add("query " + report.queryId());
        }

        @Override
        public void coordinatorLost(CoordinatorLink coordinator, String reason)
        {
            events.add("lost " + coordinator.incarnation());
        }

        @Override
        public void coordinatorAvailable()
        {
            events.add("available");
        }

        @Override
        public void clusterMemoryChanged(long bytes)
        {
            events.add("memory " + bytes);
        }
    }
}
