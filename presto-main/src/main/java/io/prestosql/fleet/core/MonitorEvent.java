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
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.CoordinatorReport;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.List;

import static java.util.Objects.requireNonNull;

/**
 * An event for a dispatcher that follows a coordinator.
 */
public sealed interface MonitorEvent
{
    /** The coordinator is to be followed. */
    record MonitorStarted()
            implements MonitorEvent {}

    /** The coordinator has announced an address, which need not be another one. */
    record AddressAnnounced(URI uri)
            implements MonitorEvent
    {
        public AddressAnnounced
        {
            requireNonNull(uri, "uri is null");
        }
    }

    /** A call has failed, so the coordinator may be dead: find out without waiting for the answer that is due. */
    record Suspected()
            implements MonitorEvent {}

    /** This dispatcher leads the queue now, or does not any more: let the coordinator know. */
    record LeadershipChanged()
            implements MonitorEvent {}

    /** A listener has missed earlier reports of the coordinator: ask for a complete one. */
    record AllWanted()
            implements MonitorEvent {}

    /** The log says that this incarnation is here: find out what has become of it. */
    record IncarnationNamed(CoordinatorLink link)
            implements MonitorEvent
    {
        public IncarnationNamed
        {
            requireNonNull(link, "link is null");
        }
    }

    /**
     * The coordinator has answered {@link MonitorEffect.AskForReport}.
     *
     * @param recorded the queries of which the question told the coordinator that the log has their ends
     */
    record ReportReceived(long poll, CoordinatorReport report, List<QueryId> recorded)
            implements MonitorEvent
    {
        public ReportReceived
        {
            requireNonNull(report, "report is null");
            recorded = ImmutableList.copyOf(recorded);
        }
    }

    /**
     * {@link MonitorEffect.AskForReport} has got no report.
     *
     * @param detail why, for people
     */
    record ReportMissed(long poll, PollFailure failure, String detail)
            implements MonitorEvent
    {
        public ReportMissed
        {
            requireNonNull(failure, "failure is null");
            requireNonNull(detail, "detail is null");
        }
    }

    /** This dispatcher led the queue when the confirmation was asked for, or later. */
    record LeadershipConfirmed(MonitorEffect.Confirmation confirmation)
            implements MonitorEvent
    {
        public LeadershipConfirmed
        {
            requireNonNull(confirmation, "confirmation is null");
        }
    }

    /** This dispatcher does not lead the queue, or it is not known whether it does. */
    record LeadershipUnconfirmed(MonitorEffect.Confirmation confirmation)
            implements MonitorEvent
    {
        public LeadershipUnconfirmed
        {
            requireNonNull(confirmation, "confirmation is null");
        }
    }

    /** The delay of {@link MonitorEffect.SetTimer} is over. */
    record TimerExpired(MonitorTimer timer)
            implements MonitorEvent
    {
        public TimerExpired
        {
            requireNonNull(timer, "timer is null");
        }
    }

    enum PollFailure
    {
        /** No process listens at the address: the one that did is dead. */
        REFUSED,
        /** There is no answer, or none that can be used: this may pass. */
        NO_ANSWER,
        /** The coordinator knows a newer leader. */
        DEPOSED,
        /** The coordinator has a lease from the dispatchers of another query log. */
        OTHER_QUEUE,
        /** The coordinator and this dispatcher speak no common version of the protocol between nodes. */
        OTHER_PROTOCOL,
    }

    /** An action that is due after a delay. */
    sealed interface MonitorTimer
    {
        /** Ask the coordinator, unless it is being asked. */
        record LookAgain()
                implements MonitorTimer {}

        /** Claim the coordinator that has refused the leader of the epoch. */
        record ClaimAgain(long epoch)
                implements MonitorTimer {}

        /** Find out whether this dispatcher leads in that epoch, as a coordinator has said that it does not. */
        record ConfirmAgain(long epoch)
                implements MonitorTimer {}
    }
}
