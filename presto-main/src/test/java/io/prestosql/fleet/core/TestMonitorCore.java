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
package io.prestosql.fleet.core;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.prestosql.fleet.core.MonitorCore.Moment;
import io.prestosql.fleet.core.MonitorEffect.AskForReport;
import io.prestosql.fleet.core.MonitorEvent.MonitorTimer;
import io.prestosql.fleet.core.MonitorEvent.PollFailure;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.trino.metadata.NodeState;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.node.ClusterName.DEFAULT;
import static org.assertj.core.api.Assertions.assertThat;

public class TestMonitorCore
{
    private static final long POLL = 1000;
    private static final long RETRY = 10;
    private static final URI ADDRESS = URI.create("http://10.0.0.1:8080");
    private static final URI OTHER_ADDRESS = URI.create("http://10.0.0.2:8080");
    private static final CoordinatorLink LINK = new CoordinatorLink(DEFAULT, "node", ADDRESS, "process");
    private static final CoordinatorLink EARLIER = new CoordinatorLink(DEFAULT, "node", ADDRESS, "earlier");

    private final MonitorCore core = new MonitorCore(new QualifiedNodeId(DEFAULT, "node"), ADDRESS, POLL, RETRY);
    private OptionalLong epoch = OptionalLong.empty();
    private Optional<String> queue = Optional.of("log");
    private long now = -7;
    private AskForReport question;

    @Test
    public void testQuestions()
    {
        handle(new MonitorEvent.MonitorStarted());
        assertThat(question).isEqualTo(new AskForReport(1, ADDRESS, OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty(), true));
        answer(report("process", 5, true));
        assertThat(question).isEqualTo(new AskForReport(
                2,
                ADDRESS,
                OptionalLong.empty(),
                Optional.empty(),
                Optional.of(new CoordinatorIncarnation(DEFAULT, "node", "process")),
                Optional.of(new SeenReport("process", 5)),
                false));
        handle(new MonitorEvent.AllWanted());
        assertThat(question.seen()).isEmpty();
        assertThat(question.atOnce()).isTrue();
    }

    @Test
    public void testLeaseIsRenewedWithReportFromBeforeConfirmation()
    {
        epoch = OptionalLong.of(3);
        handle(new MonitorEvent.MonitorStarted());
        assertThat(question.epoch()).hasValue(3);
        assertThat(question.renewal()).isEmpty();
        MonitorEffect.ConfirmToRenew first = confirmation(answer(report("process", 1, false)));
        assertThat(first).isEqualTo(new MonitorEffect.ConfirmToRenew(3, new Stamp("process", 1), false));
        // until that confirmation completes, nothing is renewed, and no second one is requested
        assertThat(answer(report("process", 2, false))).noneMatch(MonitorEffect.Confirmation.class::isInstance);
        assertThat(question.renewal()).isEmpty();

        // without a lease the coordinator takes no queries, so it is told at once
        handle(new MonitorEvent.LeadershipConfirmed(first));
        assertThat(question.renewal()).contains(new Stamp("process", 1));
        assertThat(question.atOnce()).isTrue();

        // the lease is long enough
        assertThat(answer(leased(report("process", 3, true)))).noneMatch(MonitorEffect.Confirmation.class::isInstance);
        now += POLL;
        MonitorEffect.ConfirmToRenew second = confirmation(answer(leased(report("process", 4, true))));
        handle(new MonitorEvent.LeadershipUnconfirmed(second));
        assertThat(question.renewal()).contains(new Stamp("process", 1));
        now += POLL;
        MonitorEffect.ConfirmToRenew third = confirmation(answer(leased(report("process", 5, true))));
        assertThat(handle(new MonitorEvent.LeadershipConfirmed(third))).isEmpty();
        answer(leased(report("process", 6, true)));
        assertThat(question.renewal()).contains(new Stamp("process", 5));

        // the confirmation says nothing about a later epoch
        epoch = OptionalLong.of(4);
        handle(new MonitorEvent.LeadershipChanged());
        assertThat(question.renewal()).isEmpty();
        MonitorEffect.ConfirmToRenew fourth = confirmation(answer(leased(report("process", 7, true))));
        handle(new MonitorEvent.LeadershipConfirmed(fourth));
        // a late confirmation is ignored
        handle(new MonitorEvent.LeadershipConfirmed(third));
        handle(new MonitorEvent.LeadershipChanged());
        assertThat(question.renewal()).contains(new Stamp("process", 7));
    }

    @Test
    public void testFirstReportOfEpochIsComplete()
    {
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        epoch = OptionalLong.of(3);
        // the poll under way carried no claim
        assertThat(answer(report("process", 2, true))).contains(new MonitorEffect.TellReported(LINK, OptionalLong.empty(), false, ImmutableList.of()));
        assertThat(question.epoch()).hasValue(3);
        assertThat(question.seen()).isEmpty();
        // an incomplete report is not enough
        answer(report("process", 3, true));
        assertThat(question.seen()).isEmpty();
        assertThat(answer(complete(report("process", 4, true)))).contains(new MonitorEffect.TellReported(LINK, OptionalLong.of(3), true, ImmutableList.of()));
        assertThat(question.seen()).contains(new SeenReport("process", 4));
    }

    @Test
    public void testOvertakenAnswers()
    {
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        AskForReport overtaken = question;
        handle(new MonitorEvent.Suspected());
        assertThat(question.poll()).isEqualTo(overtaken.poll() + 1);
        assertThat(handle(new MonitorEvent.ReportReceived(overtaken.poll(), report("another", 1, true), ImmutableList.of()))).isEmpty();
        assertThat(handle(new MonitorEvent.ReportMissed(overtaken.poll(), PollFailure.REFUSED, "refused"))).isEmpty();
        assertThat(core.coordinator().link()).contains(LINK);
        // a poll is already under way
        assertThat(handle(new MonitorEvent.Suspected())).isEmpty();
    }

    @Test
    public void testSilence()
    {
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        assertThat(miss(PollFailure.NO_ANSWER)).containsExactly(
                new MonitorEffect.LogSilent(ADDRESS, "why"),
                new MonitorEffect.TellUnavailable(),
                // a broken connection is the first sign of a death
                new MonitorEffect.SetTimer(0, new MonitorTimer.LookAgain()));
        assertThat(core.coordinator().health()).isEqualTo(SILENT);
        assertThat(core.coordinator().mayBeAlive("process")).isTrue();
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        assertThat(miss(PollFailure.NO_ANSWER)).containsExactly(new MonitorEffect.SetTimer(RETRY, new MonitorTimer.LookAgain()));
    }

    @Test
    public void testRefused()
    {
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        assertThat(miss(PollFailure.REFUSED)).containsExactly(
                new MonitorEffect.LogGone(ADDRESS, "why"),
                new MonitorEffect.TellLost(LINK, "it refuses connections"),
                new MonitorEffect.TellUnavailable(),
                new MonitorEffect.SetTimer(RETRY, new MonitorTimer.LookAgain()));
        assertThat(core.coordinator().health()).isEqualTo(GONE);
        assertThat(core.coordinator().mayBeAlive("process")).isFalse();
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        // silence does not bring it back to life
        miss(PollFailure.NO_ANSWER);
        assertThat(core.coordinator().health()).isEqualTo(GONE);
    }

    @Test
    public void testOtherProtocol()
    {
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        // it was started again with another version, which cannot tell what has become of its queries
        assertThat(miss(PollFailure.OTHER_PROTOCOL)).containsExactly(
                new MonitorEffect.LogOtherProtocol(ADDRESS, "why"),
                new MonitorEffect.TellUnavailable(),
                new MonitorEffect.SetTimer(RETRY, new MonitorTimer.LookAgain()));
        assertThat(core.coordinator().otherProtocol()).contains("why");
        assertThat(core.coordinator().isAvailable()).isFalse();
        assertThat(core.coordinator().mayBeAlive("process")).isTrue();
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        // logged only once
        assertThat(miss(PollFailure.OTHER_PROTOCOL)).containsExactly(new MonitorEffect.SetTimer(RETRY, new MonitorTimer.LookAgain()));

        // its process is gone
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        assertThat(miss(PollFailure.REFUSED)).contains(new MonitorEffect.TellLost(LINK, "it refuses connections"));
        assertThat(core.coordinator().otherProtocol()).isEmpty();
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        assertThat(miss(PollFailure.OTHER_PROTOCOL)).contains(new MonitorEffect.LogOtherProtocol(ADDRESS, "why"));

        // it was started again with a version that is spoken here
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        assertThat(answer(report("next", 1, true))).contains(new MonitorEffect.LogAnswers(ADDRESS), new MonitorEffect.TellAvailable());
        assertThat(core.coordinator().otherProtocol()).isEmpty();
        assertThat(core.coordinator().isAvailable()).isTrue();
    }

    @Test
    public void testSilenceAfterOtherProtocol()
    {
        handle(new MonitorEvent.MonitorStarted());
        miss(PollFailure.OTHER_PROTOCOL);
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        assertThat(miss(PollFailure.NO_ANSWER)).containsExactly(
                new MonitorEffect.LogSilent(ADDRESS, "why"),
                new MonitorEffect.SetTimer(RETRY, new MonitorTimer.LookAgain()));
        assertThat(core.coordinator().otherProtocol()).isEmpty();
        assertThat(core.coordinator().health()).isEqualTo(SILENT);
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
        // logged only once
        assertThat(miss(PollFailure.NO_ANSWER)).containsExactly(new MonitorEffect.SetTimer(RETRY, new MonitorTimer.LookAgain()));
    }

    @Test
    public void testRefusalAfterOtherProtocol()
    {
        epoch = OptionalLong.of(3);
        for (PollFailure refusal : List.of(PollFailure.DEPOSED, PollFailure.OTHER_QUEUE)) {
            handle(new MonitorEvent.LeadershipChanged());
            miss(PollFailure.OTHER_PROTOCOL);
            assertThat(core.coordinator().otherProtocol()).contains("why");
            handle(new MonitorEvent.TimerExpired(new MonitorTimer.LookAgain()));
            // it was started again with a version that is spoken here
            miss(refusal);
            assertThat(core.coordinator().otherProtocol()).as("%s", refusal).isEmpty();
            epoch = OptionalLong.of(4);
        }
    }

    /**
     * As sure a sign of death as a refused connection, and reported in the same way, because a queue whose only coordinator is gone has to
     * know.
     */
    @Test
    public void testAnotherNodeAtTheAddress()
    {
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        assertThat(answer(reportOf("other-node", "another", 1, true, false))).containsExactly(
                new MonitorEffect.LogGone(ADDRESS, "node other-node answers at its address"),
                new MonitorEffect.TellLost(LINK, "another node answers at its address"),
                new MonitorEffect.TellUnavailable(),
                new MonitorEffect.SetTimer(RETRY, new MonitorTimer.LookAgain()));
        assertThat(core.coordinator().isAvailable()).isFalse();
    }

    @Test
    public void testIncarnationNamedByLogIsLostIfItIsGone()
    {
        handle(new MonitorEvent.MonitorStarted());
        AskForReport before = question;
        handle(new MonitorEvent.IncarnationNamed(EARLIER));
        assertThat(core.coordinator().mayBeAlive("earlier")).isTrue();
        assertThat(question.poll()).isEqualTo(before.poll() + 1);
        assertThat(answer(report("process", 1, true))).contains(new MonitorEffect.TellLost(EARLIER, "it was restarted, or has given up what it ran"));
        assertThat(core.coordinator().mayBeAlive("earlier")).isFalse();

        // the incarnation that is there is not lost
        handle(new MonitorEvent.IncarnationNamed(LINK));
        assertThat(answer(report("process", 2, true))).noneMatch(MonitorEffect.TellLost.class::isInstance);
        assertThat(core.coordinator().mayBeAlive("process")).isTrue();
    }

    @Test
    public void testRecordedEndsAreAcknowledgedWithTheAnswer()
    {
        epoch = OptionalLong.of(3);
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        List<QueryId> recorded = ImmutableList.of(new QueryId("query"));
        // the incarnation that was asked has received the ends, regardless of which one answers
        assertThat(handle(new MonitorEvent.ReportReceived(question.poll(), report("process", 2, true), recorded)))
                .contains(new MonitorEffect.AcknowledgeRecorded(new CoordinatorIncarnation(DEFAULT, "node", "process"), recorded));
    }

    @Test
    public void testDeposed()
    {
        epoch = OptionalLong.of(3);
        handle(new MonitorEvent.MonitorStarted());
        assertThat(miss(PollFailure.DEPOSED)).contains(new MonitorEffect.LogDeposed(3), new MonitorEffect.ConfirmAfterRefusal(3, false));
        // meanwhile it is watched without a claim
        assertThat(question.epoch()).isEmpty();
        answer(report("process", 1, true));
        assertThat(question.epoch()).isEmpty();

        assertThat(handle(new MonitorEvent.LeadershipUnconfirmed(new MonitorEffect.ConfirmAfterRefusal(3, false))))
                .containsExactly(new MonitorEffect.SetTimer(RETRY, new MonitorTimer.ConfirmAgain(3)));
        assertThat(handle(new MonitorEvent.TimerExpired(new MonitorTimer.ConfirmAgain(3)))).containsExactly(new MonitorEffect.ConfirmAfterRefusal(3, true));
        // the newer leader is of another log, which is logged once
        assertThat(handle(new MonitorEvent.LeadershipConfirmed(new MonitorEffect.ConfirmAfterRefusal(3, false))))
                .containsExactly(new MonitorEffect.LogForeignLeader(3), new MonitorEffect.SetTimer(RETRY, new MonitorTimer.ClaimAgain(3)));
        handle(new MonitorEvent.TimerExpired(new MonitorTimer.ClaimAgain(3)));
        assertThat(question.epoch()).hasValue(3);

        // the next leader, and the next epoch of this one, are not affected
        miss(PollFailure.DEPOSED);
        epoch = OptionalLong.of(5);
        assertThat(handle(new MonitorEvent.TimerExpired(new MonitorTimer.ConfirmAgain(3)))).isEmpty();
        handle(new MonitorEvent.LeadershipChanged());
        assertThat(question.epoch()).hasValue(5);
    }

    @Test
    public void testOtherQueue()
    {
        epoch = OptionalLong.of(3);
        handle(new MonitorEvent.MonitorStarted());
        assertThat(miss(PollFailure.OTHER_QUEUE)).endsWith(new MonitorEffect.SetTimer(POLL, new MonitorTimer.ClaimAgain(3)));
        assertThat(core.coordinator().otherQueue()).contains("unknown");
        assertThat(answer(ofQueue(report("process", 1, true), "other"))).contains(new MonitorEffect.LogOtherQueue("other", "log"));
        assertThat(core.coordinator().otherQueue()).contains("other");
        assertThat(core.coordinator().isAvailable()).isFalse();
        // logged only once
        assertThat(answer(ofQueue(report("process", 2, true), "other"))).noneMatch(MonitorEffect.LogOtherQueue.class::isInstance);
        assertThat(answer(ofQueue(report("process", 3, true), "log"))).contains(new MonitorEffect.TellAvailable());
        assertThat(core.coordinator().otherQueue()).isEmpty();
    }

    @Test
    public void testAddress()
    {
        handle(new MonitorEvent.MonitorStarted());
        answer(report("process", 1, true));
        assertThat(handle(new MonitorEvent.AddressAnnounced(ADDRESS))).isEmpty();
        assertThat(handle(new MonitorEvent.AddressAnnounced(OTHER_ADDRESS))).startsWith(new MonitorEffect.LogMoved(ADDRESS, OTHER_ADDRESS));
        assertThat(question.uri()).isEqualTo(OTHER_ADDRESS);
        assertThat(core.coordinator().uri()).isEqualTo(OTHER_ADDRESS);
    }

    private List<MonitorEffect> handle(MonitorEvent event)
    {
        List<MonitorEffect> effects = core.handle(event, new Moment(epoch, queue, now));
        effects.stream()
                .filter(AskForReport.class::isInstance)
                .map(AskForReport.class::cast)
                .forEach(asked -> question = asked);
        return effects;
    }

    private List<MonitorEffect> answer(CoordinatorReport report)
    {
        return handle(new MonitorEvent.ReportReceived(question.poll(), report, ImmutableList.of()));
    }

    private List<MonitorEffect> miss(PollFailure failure)
    {
        return handle(new MonitorEvent.ReportMissed(question.poll(), failure, "why"));
    }

    private static MonitorEffect.ConfirmToRenew confirmation(List<MonitorEffect> effects)
    {
        return effects.stream()
                .filter(MonitorEffect.ConfirmToRenew.class::isInstance)
                .map(MonitorEffect.ConfirmToRenew.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /**
     * @param version also the time of the report
     */
    private static CoordinatorReport report(String incarnation, long version, boolean ready)
    {
        return reportOf("node", incarnation, version, ready, false);
    }

    private static CoordinatorReport complete(CoordinatorReport report)
    {
        return reportOf(report.nodeId(), report.incarnation(), report.version(), report.ready(), true);
    }

    private static CoordinatorReport leased(CoordinatorReport report)
    {
        return ofQueue(report, "log");
    }

    private static CoordinatorReport ofQueue(CoordinatorReport report, String queue)
    {
        return newReport(report.nodeId(), report.incarnation(), report.version(), report.ready(), report.complete(), true, Optional.of(queue));
    }

    private static CoordinatorReport reportOf(String nodeId, String incarnation, long version, boolean ready, boolean complete)
    {
        return newReport(nodeId, incarnation, version, ready, complete, false, Optional.empty());
    }

    private static CoordinatorReport newReport(String nodeId, String incarnation, long version, boolean ready, boolean complete, boolean leased, Optional<String> queue)
    {
        return new CoordinatorReport(
                nodeId,
                incarnation,
                version,
                0,
                leased,
                version,
                complete,
                ready,
                NodeState.ACTIVE,
                1,
                0,
                0,
                0,
                ImmutableSet.of(),
                ImmutableList.of(),
                queue,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
