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
import io.prestosql.fleet.core.MonitorEvent.MonitorTimer;
import io.prestosql.fleet.core.MonitorEvent.PollFailure;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.QueryReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import static java.util.Objects.requireNonNull;

/**
 * An action of a dispatcher that follows a coordinator. Actions are carried out in the order in which they are decided.
 */
public sealed interface MonitorEffect
{
    /**
     * Returns the event that the core has to hear when the effect could not be carried out: without an answer, it would never ask again.
     *
     * @param detail the reason, for the log
     */
    default Optional<MonitorEvent> failed(String detail)
    {
        return switch (this) {
            case AskForReport question -> Optional.of(new MonitorEvent.ReportMissed(question.poll(), PollFailure.NO_ANSWER, detail));
            case Confirmation confirmation -> Optional.of(new MonitorEvent.LeadershipUnconfirmed(confirmation));
            // the core waits for no answer
            default -> Optional.empty();
        };
    }

    /**
     * Ask the coordinator for a report; answered with {@link MonitorEvent.ReportReceived} or {@link MonitorEvent.ReportMissed}.
     *
     * @param poll the number of the question; answers to earlier ones do not count any more
     * @param epoch the epoch in which this dispatcher claims to lead; empty to ask without a claim
     * @param renewal the stamp that renews the lease
     * @param incarnation the incarnation that is asked, as far as it is known; with a claim, it is told which of its queries have ends in the
     * log
     * @param seen the last report; empty to get a complete one
     * @param atOnce whether the answer must not wait for news
     */
    record AskForReport(long poll, URI uri, OptionalLong epoch, Optional<Stamp> renewal, Optional<CoordinatorIncarnation> incarnation, Optional<SeenReport> seen, boolean atOnce)
            implements MonitorEffect
    {
        public AskForReport
        {
            requireNonNull(uri, "uri is null");
            requireNonNull(epoch, "epoch is null");
            requireNonNull(renewal, "renewal is null");
            requireNonNull(incarnation, "incarnation is null");
            requireNonNull(seen, "seen is null");
        }
    }

    /** The coordinator need not be told again that the log has the ends of these queries. */
    record AcknowledgeRecorded(CoordinatorIncarnation coordinator, List<QueryId> queries)
            implements MonitorEffect
    {
        public AcknowledgeRecorded
        {
            requireNonNull(coordinator, "coordinator is null");
            queries = ImmutableList.copyOf(queries);
        }
    }

    /**
     * Make sure that this dispatcher leads the queue in that epoch, now or later; answered with {@link MonitorEvent.LeadershipConfirmed} or
     * {@link MonitorEvent.LeadershipUnconfirmed}.
     */
    sealed interface Confirmation
            extends MonitorEffect
    {
        long epoch();
    }

    /**
     * A confirmation with which the coordinator's lease can be renewed.
     *
     * @param stamp the stamp of the coordinator's report
     * @param leased whether the coordinator had a lease then
     */
    record ConfirmToRenew(long epoch, Stamp stamp, boolean leased)
            implements Confirmation
    {
        public ConfirmToRenew
        {
            requireNonNull(stamp, "stamp is null");
        }
    }

    /**
     * A confirmation after the coordinator has said that it knows a newer leader.
     *
     * @param repeated whether it has said so before
     */
    record ConfirmAfterRefusal(long epoch, boolean repeated)
            implements Confirmation {}

    /** Send {@link MonitorEvent.TimerExpired} after the delay. */
    record SetTimer(long delayNanos, MonitorTimer timer)
            implements MonitorEffect
    {
        public SetTimer
        {
            requireNonNull(timer, "timer is null");
        }
    }

    /** Tell listeners what the coordinator has said. */
    record TellReported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries)
            implements MonitorEffect
    {
        public TellReported
        {
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(epoch, "epoch is null");
            queries = ImmutableList.copyOf(queries);
        }
    }

    /** Tell listeners that the incarnation is over. */
    record TellLost(CoordinatorLink coordinator, String reason)
            implements MonitorEffect
    {
        public TellLost
        {
            requireNonNull(coordinator, "coordinator is null");
            requireNonNull(reason, "reason is null");
        }
    }

    /** Tell listeners that the coordinator takes queries. */
    record TellAvailable()
            implements MonitorEffect {}

    /** Tell listeners that the coordinator takes no queries any more. */
    record TellUnavailable()
            implements MonitorEffect {}

    /** Tell listeners how much memory the coordinator's workers have. */
    record TellClusterMemory(long bytes)
            implements MonitorEffect {}

    /** Log that the coordinator has another address. */
    record LogMoved(URI from, URI to)
            implements MonitorEffect
    {
        public LogMoved
        {
            requireNonNull(from, "from is null");
            requireNonNull(to, "to is null");
        }
    }

    /** Log that the coordinator answers, after it did not. */
    record LogAnswers(URI uri)
            implements MonitorEffect
    {
        public LogAnswers
        {
            requireNonNull(uri, "uri is null");
        }
    }

    /** Log that the coordinator does not answer. */
    record LogSilent(URI uri, String detail)
            implements MonitorEffect
    {
        public LogSilent
        {
            requireNonNull(uri, "uri is null");
            requireNonNull(detail, "detail is null");
        }
    }

    /**
     * Log that the coordinator cannot be used, as it speaks another protocol.
     *
     * @param versions what it and this dispatcher speak, in words that follow its name
     */
    record LogOtherProtocol(URI uri, String versions)
            implements MonitorEffect
    {
        public LogOtherProtocol
        {
            requireNonNull(uri, "uri is null");
            requireNonNull(versions, "versions is null");
        }
    }

    /** Log that the coordinator's process is dead. */
    record LogGone(URI uri, String detail)
            implements MonitorEffect
    {
        public LogGone
        {
            requireNonNull(uri, "uri is null");
            requireNonNull(detail, "detail is null");
        }
    }

    /** Log that the coordinator takes queries, or takes none any more. */
    record LogAvailability(boolean available, CoordinatorReport report)
            implements MonitorEffect
    {
        public LogAvailability
        {
            requireNonNull(report, "report is null");
        }
    }

    /**
     * Log that the dispatchers of another query log have the coordinator.
     *
     * @param leased the identity of that log
     * @param own the identity of this dispatcher's log
     */
    record LogOtherQueue(String leased, String own)
            implements MonitorEffect
    {
        public LogOtherQueue
        {
            requireNonNull(leased, "leased is null");
            requireNonNull(own, "own is null");
        }
    }

    /** Log that the coordinator knows a newer leader than this dispatcher in that epoch. */
    record LogDeposed(long epoch)
            implements MonitorEffect {}

    /** Log that the newer leader that the coordinator knows does not belong to this dispatcher's log. */
    record LogForeignLeader(long epoch)
            implements MonitorEffect {}
}
