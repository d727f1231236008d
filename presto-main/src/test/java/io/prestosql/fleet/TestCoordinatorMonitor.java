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
package io.prestosql.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.Duration;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DeciderAppointment;
import io.prestosql.protocol.LeaderClaim;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.ReportRequest;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.prestosql.rpc.CoordinatorCallException;
import io.prestosql.rpc.ProtocolMismatchException;
import io.prestosql.spi.querylog.DeposedException;
import io.trino.execution.QueryState;
import io.trino.metadata.NodeState;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static com.google.common.base.Preconditions.checkState;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.fleet.core.CoordinatorHealth.UNKNOWN;
import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static io.prestosql.rpc.ProtocolVersions.SUPPORTED;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * When the monitor makes a poll, it has processed everything before, so no test waits for time to pass.
 */
public class TestCoordinatorMonitor
{
    private static final URI ADDRESS = URI.create("http://10.0.0.1:8080");

    private ScheduledExecutorService executor;
    private FakeClient client;
    private FakeLeadership leadership;
    private RecordingListener listener;
    private CoordinatorMonitor monitor;
    private volatile Optional<DeciderAppointment> appointment = Optional.empty();

    @BeforeEach
    public void setUp()
    {
        executor = dropLateTasks(new ScheduledThreadPoolExecutor(2, daemonThreadsNamed("test-%s")));
        CoordinatorMonitorConfig config = new CoordinatorMonitorConfig().setRetryInterval(new Duration(10, MILLISECONDS));
        client = new FakeClient(executor, config);
        leadership = new FakeLeadership();
        listener = new RecordingListener();
        monitor = new CoordinatorMonitor(new QualifiedNodeId(DEFAULT, "node"), ADDRESS, client, leadership, _ -> appointment, listener, executor, config);
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
        monitor.start();
        assertThat(monitor.isAvailable()).isFalse();
        Poll first = client.nextPoll();
        assertThat(first.seen()).isEmpty();
        // the first poll asks for an immediate answer
        assertThat(first.waitMillis()).isZero();
        first.answer(report("process", 1, true, query("q1")));

        Poll second = client.nextPoll();
        assertThat(second.seen()).contains(new SeenReport("process", 1));
        assertThat(second.waitMillis()).isPositive();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(monitor.health()).isEqualTo(ANSWERING);
        assertThat(monitor.link()).contains(new CoordinatorLink(DEFAULT, "node", ADDRESS, "process"));
        assertThat(listener.events).containsExactly("memory 1000", "query q1", "available");

        second.answer(report("process", 2, false));
        Poll third = client.nextPoll();
        assertThat(third.seen()).contains(new SeenReport("process", 2));
        assertThat(monitor.isAvailable()).isFalse();

        third.answer(report("process", 3, true, query("q2")));
        client.nextPoll();
        assertThat(listener.events).containsExactly("memory 1000", "query q1", "available", "query q2", "available");
    }

    @Test
    public void testCondition()
            throws Exception
    {
        monitor.start();
        Poll first = client.nextPoll();
        CoordinatorCondition unknown = monitor.condition();
        assertThat(unknown.health()).isEqualTo(UNKNOWN);
        assertThat(unknown.state()).isEmpty();
        assertThat(unknown.answerAgeMillis()).isEmpty();

        first.answer(report("process", 1, true, query("q1")));
        Poll second = client.nextPoll();
        CoordinatorCondition answering = monitor.condition();
        assertThat(answering.nodeId()).isEqualTo("node");
        assertThat(answering.health()).isEqualTo(ANSWERING);
        assertThat(answering.takesQueries()).isTrue();
        assertThat(answering.state()).isPresent();
        assertThat(answering.clusterMemoryBytes()).isEqualTo(1000);
        assertThat(answering.answerAgeMillis()).hasValueSatisfying(age -> assertThat(age).isNotNegative());

        // the last answer and its age are remembered
        second.fail(new TimeoutException());
        client.nextPoll();
        CoordinatorCondition silent = monitor.condition();
        assertThat(silent.health()).isEqualTo(SILENT);
        assertThat(silent.takesQueries()).isFalse();
        assertThat(silent.state()).isEqualTo(answering.state());
        assertThat(silent.answerAgeMillis().orElseThrow()).isGreaterThanOrEqualTo(answering.answerAgeMillis().orElseThrow());
    }

    @Test
    public void testHealthForQuestions()
            throws Exception
    {
        monitor.start();
        Poll first = client.nextPoll();
        assertThat(monitor.healthAt(ADDRESS)).isEqualTo(UNKNOWN);
        first.fail(new TimeoutException());
        Poll second = client.nextPoll();
        assertThat(monitor.healthAt(ADDRESS)).isEqualTo(SILENT);
        // nothing is known of an address that this monitor has not tried
        assertThat(monitor.healthAt(URI.create("http://10.0.0.2:8080"))).isEqualTo(UNKNOWN);

        // it says so to any question
        second.fail(new ProtocolMismatchException("version 7", SUPPORTED));
        Poll third = client.nextPoll();
        assertThat(monitor.healthAt(ADDRESS)).isEqualTo(ANSWERING);
        third.fail(new TimeoutException());
        Poll fourth = client.nextPoll();
        assertThat(monitor.healthAt(ADDRESS)).isEqualTo(SILENT);
        fourth.answer(report("process", 1, true));
        Poll fifth = client.nextPoll();
        assertThat(monitor.healthAt(ADDRESS)).isEqualTo(ANSWERING);
        fifth.fail(new ConnectException("refused"));
        client.nextPoll();
        assertThat(monitor.healthAt(ADDRESS)).isEqualTo(GONE);
    }

    @Test
    public void testAllIsReportedAgain()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(complete(report("process", 1, true, query("q1"))));
        client.nextPoll();

        monitor.reportAll();
        Poll all = client.nextPoll();
        assertThat(all.seen()).isEmpty();
        assertThat(all.waitMillis()).isZero();
        all.fail(new TimeoutException());
        // until the coordinator answers
        Poll again = client.nextPoll();
        assertThat(again.seen()).isEmpty();
        again.answer(complete(report("process", 1, true, query("q1"))));
        assertThat(client.nextPoll().seen()).contains(new SeenReport("process", 1));
        assertThat(listener.events).containsExactly("memory 1000", "query q1", "available", "query q1", "available");
    }

    @Test
    public void testRefusingCoordinatorIsLostAtOnce()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll().fail(new RuntimeException(new ConnectException("refused")));
        Poll next = client.nextPoll();
        assertThat(monitor.health()).isEqualTo(GONE);
        assertThat(monitor.isAvailable()).isFalse();
        assertThat(monitor.link()).isEmpty();
        assertThat(listener.lost()).containsExactly("lost process");
        // the coordinator is still looked for, but lost only once
        assertThat(next.seen()).isEmpty();
        next.fail(new ConnectException("refused"));
        client.nextPoll().fail(new TimeoutException());
        Poll later = client.nextPoll();
        assertThat(monitor.health()).isEqualTo(GONE);
        assertThat(listener.lost()).containsExactly("lost process");

        later.answer(report("other process", 1, true));
        client.nextPoll();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(monitor.link()).contains(new CoordinatorLink(DEFAULT, "node", ADDRESS, "other process"));
        assertThat(listener.lost()).containsExactly("lost process");
    }

    @Test
    public void testOtherProcessMeansLost()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(report("process", 5, true));
        client.nextPoll().answer(report("other process", 1, true, query("q1")));
        client.nextPoll();
        assertThat(listener.lost()).containsExactly("lost process");
        assertThat(monitor.link()).contains(new CoordinatorLink(DEFAULT, "node", ADDRESS, "other process"));
        // the loss of the old process comes before news of the new one
        assertThat(listener.events).containsExactly("memory 1000", "available", "lost process", "query q1");
    }

    @Test
    public void testSilenceIsNotLoss()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        for (Exception silence : List.of(new TimeoutException(), new SocketException("Connection reset"), new CoordinatorCallException(503, "busy"), new TimeoutException())) {
            client.nextPoll().fail(silence);
        }
        Poll next = client.nextPoll();
        assertThat(next.waitMillis()).isZero();
        assertThat(monitor.health()).isEqualTo(SILENT);
        // gets no new queries, and keeps those that it has
        assertThat(monitor.isAvailable()).isFalse();
        assertThat(monitor.link()).contains(new CoordinatorLink(DEFAULT, "node", ADDRESS, "process"));
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
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll().fail(new TimeoutException());
        client.nextPoll().answer(report("other process", 1, true));
        client.nextPoll();
        assertThat(listener.lost()).containsExactly("lost process");
    }

    /**
     * The core waits for an answer to each question and confirmation, so it has to hear when none can come.
     */
    @Test
    public void testEffectThatThrows()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(1);
        leadership.broken = true;
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        await().until(() -> monitor.health() == SILENT);
        leadership.broken = false;
        client.nextPoll().answer(report("process", 2, true));
        await().until(() -> monitor.health() == ANSWERING);
        Poll next = client.nextPoll();
        while (next.request().leader().orElseThrow().renewal().isEmpty()) {
            next.answer(report("process", 3, true));
            next = client.nextPoll();
        }
        assertThat(listener.lost()).isEmpty();
    }

    @Test
    public void testStaleAnswersAreIgnored()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        Poll overtaken = client.nextPoll();
        monitor.checkNow();
        Poll probe = client.nextPoll();
        assertThat(probe.waitMillis()).isZero();
        // neither the stale content nor the outcome of the overtaken poll counts any more
        overtaken.answer(report("long dead process", 7, true, query("ghost")));
        probe.answer(report("process", 2, true, query("q1")));
        Poll next = client.nextPoll();
        assertThat(monitor.link()).contains(new CoordinatorLink(DEFAULT, "node", ADDRESS, "process"));
        assertThat(listener.events).containsExactly("memory 1000", "available", "query q1");

        monitor.checkNow();
        Poll secondProbe = client.nextPoll();
        next.fail(new ConnectException("refused"));
        secondProbe.answer(report("process", 3, true));
        client.nextPoll();
        assertThat(monitor.health()).isEqualTo(ANSWERING);
        assertThat(listener.lost()).isEmpty();
    }

    /**
     * A process without {@code node.id}, for example, has another node id after a restart. Its report is not about the node that was there.
     */
    @Test
    public void testOtherNodeAtItsAddress()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll().answer(new CoordinatorReport("other node", "its process", 1, 0, true, 1, true, true, NodeState.ACTIVE, 1, 0, 1000, 8, ImmutableSet.of(), ImmutableList.of(query("ghost")), Optional.empty(), Optional.of(1), Optional.of(0), Optional.of("476")));
        Poll next = client.nextPoll();
        assertThat(monitor.health()).isEqualTo(GONE);
        assertThat(monitor.isAvailable()).isFalse();
        assertThat(listener.events).containsExactly("memory 1000", "available", "lost process");

        // the node is back at its address
        next.answer(report("third process", 1, true));
        client.nextPoll();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(listener.lost()).containsExactly("lost process");
    }

    @Test
    public void testMoved()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll();
        URI elsewhere = URI.create("http://10.0.0.2:8080");
        monitor.setUri(elsewhere);
        Poll poll = client.nextPoll();
        assertThat(poll.uri()).isEqualTo(elsewhere);
        poll.answer(report("process", 1, true));
        client.nextPoll();
        assertThat(monitor.link()).contains(new CoordinatorLink(DEFAULT, "node", elsewhere, "process"));
        assertThat(listener.lost()).isEmpty();
    }

    @Test
    public void testLoad()
            throws Exception
    {
        monitor.start();
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

    @Test
    public void testLeaderNamesTheDecider()
            throws Exception
    {
        monitor.start();
        appointment = Optional.of(new DeciderAppointment("node", 1, ImmutableList.of(new CoordinatorAddress("node", ADDRESS))));
        Poll watching = client.nextPoll();
        assertThat(watching.request().leader()).isEmpty();

        leadership.epoch = OptionalLong.of(7);
        monitor.leadershipChanged();
        assertThat(client.nextPoll().request().leader()).contains(new LeaderClaim(7, Optional.empty(), appointment, Optional.empty()));
    }

    @Test
    public void testFirstLeaseDoesNotWait()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(7);
        monitor.start();
        Poll first = client.nextPoll();
        assertThat(first.request().leader()).contains(claim(7, Optional.empty()));
        first.answer(complete(report("process", 1, false, false)));

        // the coordinator may hold this poll
        Poll held = client.nextPoll();
        assertThat(held.request().leader()).contains(claim(7, Optional.empty()));
        assertThat(held.waitMillis()).isPositive();
        // so a second poll carries the lease
        Poll renewal = client.nextPoll();
        assertThat(renewal.request().leader()).contains(claim(7, Optional.of(new Stamp("process", said(1)))));
        assertThat(renewal.waitMillis()).isZero();
        assertThat(monitor.isAvailable()).isFalse();
        renewal.answer(report("process", 2, true));

        Poll next = client.nextPoll();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(next.waitMillis()).isPositive();
        assertThat(next.request().leader().orElseThrow().renewal()).isPresent();
        assertThat(listener.events).containsExactly("memory 1000", "epoch 7 complete", "epoch 7", "available");
    }

    @Test
    public void testOneReportOfAnEpochIsComplete()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(complete(report("process", 1, true, query("q1"))));
        Poll standby = client.nextPoll();
        // a dispatcher that only watches claims nothing
        assertThat(standby.request().leader()).isEmpty();

        leadership.epoch = OptionalLong.of(3);
        monitor.leadershipChanged();
        Poll first = client.nextPoll();
        assertThat(first.request().leader()).contains(claim(3, Optional.empty()));
        assertThat(first.seen()).isEmpty();
        assertThat(first.waitMillis()).isZero();
        first.fail(new TimeoutException());
        // until there is a complete report
        Poll again = client.nextPoll();
        assertThat(again.seen()).isEmpty();
        again.answer(complete(report("process", 2, true, query("q1"))));
        Poll second = client.nextPoll();
        assertThat(second.seen()).contains(new SeenReport("process", 2));

        leadership.epoch = OptionalLong.of(5);
        monitor.leadershipChanged();
        Poll reelected = client.nextPoll();
        assertThat(reelected.seen()).isEmpty();
        // a confirmation of an earlier epoch renews nothing in this one
        assertThat(reelected.request().leader()).contains(claim(5, Optional.empty()));
        // an answer to the earlier epoch's poll comes too late
        second.answer(report("process", 3, true, query("q2")));
        reelected.answer(complete(report("process", 4, true, query("q2"))));
        client.nextPoll();
        assertThat(listener.events).containsExactly("memory 1000", "query q1", "available", "epoch 3 complete", "query q1", "available", "epoch 5 complete", "query q2");

        leadership.epoch = OptionalLong.empty();
        monitor.leadershipChanged();
        Poll watching = client.nextPoll();
        assertThat(watching.request().leader()).isEmpty();
        assertThat(watching.seen()).contains(new SeenReport("process", 4));
    }

    @Test
    public void testNoRenewalWithoutConfirmation()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(1);
        leadership.doubt = Optional.of(new RuntimeException("The log does not answer"));
        monitor.start();
        client.nextPoll().answer(complete(report("process", 1, false, false)));
        client.nextPoll().answer(report("process", 2, false, false));
        Poll third = client.nextPoll();
        assertThat(third.request().leader()).contains(claim(1, Optional.empty()));

        leadership.doubt = Optional.empty();
        third.answer(report("process", 3, false, false));
        client.nextPoll();
        Poll renewal = client.nextPoll();
        assertThat(renewal.request().leader().orElseThrow().renewal()).contains(new Stamp("process", said(3)));
        renewal.answer(report("process", 4, true));
    }

    @Test
    public void testRenewalGoesToIncarnationThatReported()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(1);
        monitor.start();
        client.nextPoll().answer(complete(report("process", 1, false, false)));
        client.nextPoll();
        client.nextPoll().answer(complete(report("other process", 2, false, false)));
        client.nextPoll();
        Poll renewal = client.nextPoll();
        assertThat(renewal.request().leader().orElseThrow().renewal()).contains(new Stamp("other process", said(2)));
        assertThat(listener.lost()).containsExactly("lost process");
    }

    @Test
    public void testDeposedLeaderLearnsItFromCoordinator()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(1);
        leadership.doubt = Optional.of(new DeposedException(1));
        monitor.start();
        client.nextPoll().answer(complete(report("process", 1, true)));
        client.nextPoll().fail(new CoordinatorCallException(412, "The leader of epoch 1 has been deposed"));
        Poll watching = client.nextPoll();
        assertThat(watching.request().leader()).isEmpty();
        assertThat(monitor.health()).isEqualTo(ANSWERING);
        watching.answer(report("process", 2, true));
        assertThat(client.nextPoll().request().leader()).isEmpty();

        leadership.epoch = OptionalLong.of(4);
        monitor.leadershipChanged();
        Poll leading = client.nextPoll();
        assertThat(leading.request().leader()).contains(claim(4, Optional.empty()));
        assertThat(leading.seen()).isEmpty();
    }

    @Test
    public void testCoordinatorFollowsLeaderOfAnotherLog()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(1);
        monitor.start();
        client.nextPoll().fail(new CoordinatorCallException(412, "The leader of epoch 1 has been deposed: epoch 7 is known"));
        // this dispatcher leads, as its log confirms, so it tries again
        Poll again = client.nextPoll();
        while (again.request().leader().isEmpty()) {
            again.answer(report("process", 1, false, false));
            again = client.nextPoll();
        }
        assertThat(again.request().leader()).contains(claim(1, Optional.empty()));
        again.answer(complete(report("other process", 1, false, false)));
        await().untilAsserted(() -> assertThat(monitor.health()).isEqualTo(ANSWERING));
    }

    @Test
    public void testCoordinatorOfAnotherQueue()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(1);
        leadership.queue = Optional.of("mine");
        monitor.start();
        Poll claim = client.nextPoll();
        assertThat(claim.request().leader().orElseThrow().queue()).contains("mine");
        claim.fail(new CoordinatorCallException(409, "This coordinator has a lease from the dispatchers of another query log"));
        Poll watching = client.nextPoll();
        // the coordinator is alive, but not available
        assertThat(watching.request().leader()).isEmpty();
        assertThat(monitor.otherQueue()).isPresent();
        watching.answer(leased(report("process", 1, true), "theirs"));
        Poll next = client.nextPoll();
        assertThat(monitor.otherQueue()).contains("theirs");
        assertThat(monitor.isAvailable()).isFalse();
        assertThat(monitor.condition().health()).isEqualTo(ANSWERING);
        assertThat(monitor.condition().refusal()).contains("has a lease from the dispatchers of another query log");
        assertThat(listener.events).doesNotContain("available");

        // once the other dispatchers are gone, it becomes available
        while (next.request().leader().isEmpty()) {
            next.answer(report("process", 2, false, false));
            next = client.nextPoll();
        }
        next.answer(complete(report("other process", 1, false, false)));
        client.nextPoll();
        assertThat(monitor.otherQueue()).isEmpty();
        assertThat(listener.lost()).containsExactly("lost process");
    }

    @Test
    public void testQueueIsInEveryReport()
            throws Exception
    {
        // this dispatcher does not lead yet, and sees which queue the coordinator belongs to
        leadership.queue = Optional.of("mine");
        monitor.start();
        client.nextPoll().answer(leased(report("process", 1, true), "theirs"));
        Poll second = client.nextPoll();
        assertThat(monitor.isAvailable()).isFalse();
        second.answer(leased(report("process", 2, true), "mine"));
        client.nextPoll();
        assertThat(monitor.isAvailable()).isTrue();
        assertThat(listener.events).containsExactly("memory 1000", "available");
    }

    private static CoordinatorReport leased(CoordinatorReport report, String queue)
    {
        return new CoordinatorReport(
                report.nodeId(),
                report.incarnation(),
                report.saidNanos(),
                report.highestEpoch(),
                report.leased(),
                report.version(),
                report.complete(),
                report.ready(),
                report.state(),
                report.activeWorkers(),
                report.runningQueries(),
                report.clusterMemoryBytes(),
                report.availableProcessors(),
                report.transactions(),
                report.queries(),
                Optional.of(queue),
                report.requiredWorkers(),
                report.otherWorkers(),
                report.nodeVersion());
    }

    @Test
    public void testCoordinatorIsToldOfRecordedEnds()
            throws Exception
    {
        leadership.epoch = OptionalLong.of(1);
        List<QueryId> ends = ImmutableList.of(new QueryId("q1"), new QueryId("q2"));
        leadership.recorded.put(new CoordinatorIncarnation(DEFAULT, "node", "process"), ends);
        monitor.start();
        Poll first = client.nextPoll();
        // no incarnation is known yet to which the ends could be told
        assertThat(first.request().recorded()).isEmpty();
        first.answer(complete(report("process", 1, true)));
        Poll second = client.nextPoll();
        assertThat(second.request().recorded()).isEqualTo(ends);
        second.fail(new TimeoutException());
        // the coordinator may not have received them
        Poll third = client.nextPoll();
        assertThat(third.request().recorded()).isEqualTo(ends);
        third.answer(report("process", 2, true));
        assertThat(client.nextPoll().request().recorded()).isEmpty();
        assertThat(leadership.recorded).isEmpty();
    }

    @Test
    public void testFollowedProcessThatIsGone()
            throws Exception
    {
        CoordinatorLink process = new CoordinatorLink(DEFAULT, "node", ADDRESS, "process");
        monitor.follow(process);
        Poll poll = client.nextPoll();
        assertThat(monitor.mayBeAlive(process)).isTrue();
        poll.fail(new ConnectException("refused"));
        client.nextPoll();
        assertThat(listener.lost()).containsExactly("lost process");
        assertThat(monitor.mayBeAlive(process)).isFalse();
        assertThat(monitor.health()).isEqualTo(GONE);
    }

    @Test
    public void testFollowedProcessThatWasReplaced()
            throws Exception
    {
        monitor.follow(new CoordinatorLink(DEFAULT, "node", ADDRESS, "process"));
        client.nextPoll().answer(report("other process", 1, true));
        client.nextPoll();
        assertThat(listener.events).containsExactly("lost process", "memory 1000", "available");
    }

    @Test
    public void testFollowedProcessThatAnswers()
            throws Exception
    {
        CoordinatorLink process = new CoordinatorLink(DEFAULT, "node", ADDRESS, "process");
        monitor.follow(process);
        client.nextPoll().fail(new TimeoutException());
        client.nextPoll().answer(report("process", 1, true));
        client.nextPoll();
        assertThat(listener.lost()).isEmpty();
        assertThat(monitor.mayBeAlive(process)).isTrue();
    }

    @Test
    public void testFollowedProcessThatSucceedsKnownProcess()
            throws Exception
    {
        monitor.start();
        client.nextPoll().answer(report("process", 1, true));
        Poll before = client.nextPoll();
        monitor.follow(new CoordinatorLink(DEFAULT, "node", ADDRESS, "next process"));
        Poll after = client.nextPoll();
        // a report made before that process started
        before.answer(report("process", 2, true));
        after.answer(report("next process", 1, true));
        client.nextPoll();
        assertThat(listener.lost()).containsExactly("lost process");
    }

    /**
     * Guava's futures and executors log exceptions that a listener throws.
     */
    @Test
    public void testStopWhileAnAnswerIsDue()
            throws Exception
    {
        Logger futures = Logger.getLogger("com.google.common.util.concurrent");
        RecordingHandler handler = new RecordingHandler();
        futures.addHandler(handler);
        try {
            monitor.start();
            client.nextPoll().answer(report("process", 1, true));
            Poll due = client.nextPoll();
            // the next attempt of a monitor that does not know of the stop yet
            executor.shutdownNow();
            due.fail(new SocketException("closed"));
            monitor.checkNow();
            monitor.stop();
            monitor.checkNow();
        }
        finally {
            futures.removeHandler(handler);
        }
        assertThat(handler.messages).isEmpty();
    }

    private static LeaderClaim claim(long epoch, Optional<Stamp> renewal)
    {
        return new LeaderClaim(epoch, renewal, Optional.empty(), Optional.empty());
    }

    private static CoordinatorReport report(String incarnation, long version, boolean ready, QueryReport... queries)
    {
        return report(incarnation, version, ready, true, queries);
    }

    private static CoordinatorReport report(String incarnation, long version, boolean ready, boolean leased, QueryReport... queries)
    {
        return new CoordinatorReport("node", incarnation, said(version), 0, leased, version, false, ready, NodeState.ACTIVE, 1, 0, 1000, 8, ImmutableSet.of(), ImmutableList.copyOf(queries), Optional.empty(), Optional.of(1), Optional.of(0), Optional.of("476"));
    }

    private static CoordinatorReport complete(CoordinatorReport report)
    {
        return new CoordinatorReport(
                report.nodeId(),
                report.incarnation(),
                report.saidNanos(),
                report.highestEpoch(),
                report.leased(),
                report.version(),
                true,
                report.ready(),
                report.state(),
                report.activeWorkers(),
                report.runningQueries(),
                report.clusterMemoryBytes(),
                report.availableProcessors(),
                report.transactions(),
                report.queries(),
                report.queue(),
                report.requiredWorkers(),
                report.otherWorkers(),
                report.nodeVersion());
    }

    private static long said(long version)
    {
        return version * 1000;
    }

    private static QueryReport query(String id)
    {
        return new QueryReport(new QueryId(id), QueryState.RUNNING, Optional.empty(), Optional.empty(), 0, 0, 0, false, false);
    }

    private record Poll(URI uri, ReportRequest request, SettableFuture<CoordinatorReport> future)
    {
        public Optional<SeenReport> seen()
        {
            return request.seen();
        }

        public long waitMillis()
        {
            return request.waitMillis();
        }

        public void answer(CoordinatorReport report)
        {
            future.set(report);
        }

        public void fail(Exception failure)
        {
            future.setException(failure);
        }
    }

    private static class RecordingHandler
            extends Handler
    {
        private final List<String> messages = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord record)
        {
            messages.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private static class FakeClient
            extends UnconnectedCoordinatorClient
    {
        private final BlockingQueue<Poll> polls = new LinkedBlockingQueue<>();

        public FakeClient(ScheduledExecutorService executor, CoordinatorMonitorConfig config)
        {
            super(executor, config);
        }

        @Override
        public ListenableFuture<CoordinatorReport> getReport(URI coordinator, ReportRequest request)
        {
            Poll poll = new Poll(coordinator, request, SettableFuture.create());
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

    private static class FakeLeadership
            implements Leadership
    {
        private final Map<CoordinatorIncarnation, List<QueryId>> recorded = new ConcurrentHashMap<>();
        private volatile OptionalLong epoch = OptionalLong.empty();
        private volatile Optional<Throwable> doubt = Optional.empty();
        private volatile boolean broken;
        private volatile Optional<String> queue = Optional.empty();

        @Override
        public Optional<String> queue()
        {
            return queue;
        }

        @Override
        public OptionalLong epoch()
        {
            return epoch;
        }

        @Override
        public ListenableFuture<Void> confirm(long epoch)
        {
            checkState(!broken, "leadership is broken");
            return doubt.<ListenableFuture<Void>>map(Futures::immediateFailedFuture).orElseGet(Futures::immediateVoidFuture);
        }

        @Override
        public List<QueryId> recorded(CoordinatorIncarnation coordinator)
        {
            checkState(!broken, "leadership is broken");
            return recorded.getOrDefault(coordinator, ImmutableList.of());
        }

        @Override
        public List<String> queuedTransactions()
        {
            return ImmutableList.of("transaction");
        }

        @Override
        public void acknowledged(CoordinatorIncarnation coordinator, List<QueryId> queries)
        {
            assertThat(recorded.remove(coordinator)).isEqualTo(queries);
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
        public void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries)
        {
            if (epoch.isPresent()) {
                events.add("epoch %s%s".formatted(epoch.getAsLong(), complete ? " complete" : ""));
            }
            queries.forEach(report -> events.add("query " + report.queryId()));
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
