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
import io.prestosql.fleet.core.MonitorEvent.MonitorTimer;
import io.prestosql.fleet.core.MonitorEvent.PollFailure;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.SeenReport;
import io.prestosql.protocol.Stamp;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.fleet.core.CoordinatorHealth.UNKNOWN;
import static java.util.Objects.requireNonNull;

/**
 * Decides how a dispatcher follows one coordinator, and what it makes of the answers. No threads, no clock, no I/O.
 * <p>
 * There is one question at a time, which the coordinator answers when it has news. A refused connection, or an answer of another process,
 * means that the earlier process is dead. Silence does not.
 * <p>
 * A dispatcher that leads the queue claims the coordinator with each question, and the coordinator refuses earlier leaders from then on.
 * After a report, the dispatcher makes sure that it still leads, and the next question renews the coordinator's lease with the stamp of that
 * report. The first report of an epoch is complete.
 */
public final class MonitorCore
{
    private static final String RESTARTED = "it was restarted, or has given up what it ran";
    private static final String UNKNOWN_QUEUE = "unknown";
    private static final String REFUSES = "it refuses connections";
    private static final String ANOTHER_NODE = "another node answers at its address";

    private final QualifiedNodeId id;
    private final long pollIntervalNanos;
    private final long retryIntervalNanos;

    private URI uri;
    private CoordinatorHealth health = UNKNOWN;
    private Optional<CoordinatorReport> report = Optional.empty();
    private OptionalLong lastAnswerNanos = OptionalLong.empty();
    /** Incarnations that are here according to the log, until there is news of them, and whether the current question was asked later. */
    private final Map<CoordinatorLink, Boolean> named = new LinkedHashMap<>();
    /** The log whose dispatchers have this coordinator, when it is not this dispatcher's log. It may be unknown. */
    private Optional<String> otherQueue = Optional.empty();
    private boolean otherQueueLogged;
    /** What the coordinator and this dispatcher speak, while they speak no common version of the protocol. */
    private Optional<String> otherProtocol = Optional.empty();
    /** A coordinator that speaks another protocol counts as silent before it is. */
    private boolean silenceLogged;

    private long poll;
    private OptionalLong polledEpoch = OptionalLong.empty();
    private Optional<CoordinatorIncarnation> polledIncarnation = Optional.empty();
    /** Whether the answer to the current question comes at once. */
    private boolean probing;
    /** Whether a listener has missed some of the coordinator's reports. */
    private boolean allWanted;

    /** The epoch of the last complete report. */
    private OptionalLong completeEpoch = OptionalLong.empty();
    /** The epoch that is over, according to the coordinator. */
    private OptionalLong deposedEpoch = OptionalLong.empty();
    /** The last epoch that was over according to the coordinator, whether that was true or not. */
    private OptionalLong refusedEpoch = OptionalLong.empty();
    private Optional<Renewal> renewal = Optional.empty();
    private OptionalLong confirmingEpoch = OptionalLong.empty();
    private long lastConfirmNanos;

    /**
     * The dispatcher at the time of an event.
     *
     * @param epoch the epoch in which it leads the queue, as far as it knows
     * @param queue the identity of its log, if that is known
     * @param nanos the time on its monotonic clock
     */
    public record Moment(OptionalLong epoch, Optional<String> queue, long nanos)
    {
        public Moment
        {
            requireNonNull(epoch, "epoch is null");
            requireNonNull(queue, "queue is null");
        }

        private boolean leadsIn(long epoch)
        {
            return this.epoch.equals(OptionalLong.of(epoch));
        }
    }

    /**
     * @param epoch the epoch in which it was confirmed that this dispatcher led after the coordinator had made the report with the stamp
     */
    private record Renewal(long epoch, Stamp stamp) {}

    /**
     * @param pollIntervalNanos how long the coordinator may wait for news before it answers
     * @param retryIntervalNanos how long to wait before asking a coordinator again that has not answered
     */
    public MonitorCore(QualifiedNodeId id, URI uri, long pollIntervalNanos, long retryIntervalNanos)
    {
        this.id = requireNonNull(id, "id is null");
        this.uri = requireNonNull(uri, "uri is null");
        checkArgument(pollIntervalNanos > 0, "pollIntervalNanos is not positive");
        checkArgument(retryIntervalNanos > 0, "retryIntervalNanos is not positive");
        this.pollIntervalNanos = pollIntervalNanos;
        this.retryIntervalNanos = retryIntervalNanos;
    }

    /**
     * @return the effects to carry out, in this order
     */
    public List<MonitorEffect> handle(MonitorEvent event, Moment now)
    {
        ImmutableList.Builder<MonitorEffect> effects = ImmutableList.builder();
        switch (event) {
            case MonitorEvent.MonitorStarted _, MonitorEvent.LeadershipChanged _ -> poll(true, now, effects);
            case MonitorEvent.AddressAnnounced(URI announced) -> addressAnnounced(announced, now, effects);
            case MonitorEvent.Suspected _ -> probe(now, effects);
            case MonitorEvent.AllWanted _ -> {
                allWanted = true;
                poll(true, now, effects);
            }
            case MonitorEvent.IncarnationNamed(CoordinatorLink link) -> {
                named.put(link, false);
                poll(true, now, effects);
            }
            case MonitorEvent.ReportReceived received -> {
                if (received.poll() == poll) {
                    received(received.report(), received.recorded(), now, effects);
                }
            }
            case MonitorEvent.ReportMissed(long missed, PollFailure failure, String detail) -> {
                if (missed == poll) {
                    missed(failure, detail, now, effects);
                }
            }
            case MonitorEvent.LeadershipConfirmed(var confirmation) -> confirmed(confirmation, now, effects);
            case MonitorEvent.LeadershipUnconfirmed(var confirmation) -> unconfirmed(confirmation, effects);
            case MonitorEvent.TimerExpired(var timer) -> timerExpired(timer, now, effects);
        }
        return effects.build();
    }

    /**
     * Returns what is known of the coordinator now.
     */
    public MonitoredCoordinator coordinator()
    {
        return new MonitoredCoordinator(
                id,
                uri,
                health,
                report,
                lastAnswerNanos,
                named.keySet().stream()
                        .map(CoordinatorLink::incarnation)
                        .collect(toImmutableSet()),
                otherQueue,
                otherProtocol);
    }

    private boolean isAvailable()
    {
        return coordinator().isAvailable();
    }

    // questions

    private void addressAnnounced(URI announced, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        if (!uri.equals(announced)) {
            effects.add(new MonitorEffect.LogMoved(uri, announced));
            uri = announced;
            probe(now, effects);
        }
    }

    private void probe(Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        if (!probing) {
            poll(true, now, effects);
        }
    }

    private void poll(boolean atOnce, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        probing = atOnce;
        poll++;
        named.replaceAll((_, _) -> true);
        polledEpoch = now.epoch().equals(deposedEpoch) ? OptionalLong.empty() : now.epoch();
        polledIncarnation = report.map(last -> new CoordinatorIncarnation(id.cluster(), id.nodeId(), last.incarnation()));
        boolean complete = allWanted || (polledEpoch.isPresent() && !polledEpoch.equals(completeEpoch));
        effects.add(new MonitorEffect.AskForReport(
                poll,
                uri,
                polledEpoch,
                polledEpoch.isPresent() ? renewalIn(polledEpoch.getAsLong()) : Optional.empty(),
                polledIncarnation,
                report.filter(_ -> !complete).map(last -> new SeenReport(last.incarnation(), last.version())),
                atOnce));
    }

    private Optional<Stamp> renewalIn(long epoch)
    {
        return renewal.filter(last -> last.epoch() == epoch).map(Renewal::stamp);
    }

    // answers

    private void received(CoordinatorReport received, List<QueryId> recorded, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        probing = false;
        if (!received.nodeId().equals(id.nodeId())) {
            otherProtocol = Optional.empty();
            // as sure as a refusal: the process that had the address is gone, and may have been started again under another node id
            noAnswer(true, ANOTHER_NODE, "node %s answers at its address".formatted(received.nodeId()), effects);
            return;
        }
        if (!recorded.isEmpty()) {
            effects.add(new MonitorEffect.AcknowledgeRecorded(polledIncarnation.orElseThrow(), recorded));
        }
        boolean wasAvailable = isAvailable();
        Optional<CoordinatorReport> last = report;
        if (last.isPresent() && !last.get().incarnation().equals(received.incarnation())) {
            effects.add(new MonitorEffect.TellLost(link(last.get()), RESTARTED));
        }
        takeNamed().stream()
                .filter(link -> !link.incarnation().equals(received.incarnation()))
                .filter(link -> !isIncarnation(last, link))
                .forEach(link -> effects.add(new MonitorEffect.TellLost(link, RESTARTED)));
        keepQueue(received, now, effects);
        if (health != ANSWERING) {
            effects.add(new MonitorEffect.LogAnswers(uri));
        }
        health = ANSWERING;
        silenceLogged = false;
        otherProtocol = Optional.empty();
        lastAnswerNanos = OptionalLong.of(now.nanos());
        report = Optional.of(received);
        if (last.map(CoordinatorReport::clusterMemoryBytes).orElse(0L) != received.clusterMemoryBytes()) {
            effects.add(new MonitorEffect.TellClusterMemory(received.clusterMemoryBytes()));
        }
        if (received.complete()) {
            allWanted = false;
            if (polledEpoch.isPresent()) {
                completeEpoch = polledEpoch;
            }
        }
        effects.add(new MonitorEffect.TellReported(link(received), polledEpoch, received.complete(), received.queries()));
        if (polledEpoch.isPresent()) {
            confirmToRenew(polledEpoch.getAsLong(), received, now, effects);
        }
        if (isAvailable() != wasAvailable) {
            effects.add(new MonitorEffect.LogAvailability(!wasAvailable, received));
            effects.add(wasAvailable ? new MonitorEffect.TellUnavailable() : new MonitorEffect.TellAvailable());
        }
        poll(false, now, effects);
    }

    private CoordinatorLink link(CoordinatorReport report)
    {
        return new CoordinatorLink(id.cluster(), id.nodeId(), uri, report.incarnation());
    }

    private static boolean isIncarnation(Optional<CoordinatorReport> report, CoordinatorLink link)
    {
        return report.map(last -> last.incarnation().equals(link.incarnation())).orElse(false);
    }

    /**
     * Takes the incarnations that were named before the current question was asked. Its answer says nothing of one that was named later.
     */
    private List<CoordinatorLink> takeNamed()
    {
        List<CoordinatorLink> asked = named.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(toImmutableList());
        named.keySet().removeAll(ImmutableSet.copyOf(asked));
        return asked;
    }

    private void missed(PollFailure failure, String detail, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        probing = false;
        if (failure == PollFailure.OTHER_PROTOCOL) {
            otherProtocol(detail, effects);
            return;
        }
        otherProtocol = Optional.empty();
        if (failure == PollFailure.DEPOSED && polledEpoch.isPresent()) {
            deposed(polledEpoch.getAsLong(), now, effects);
        }
        else if (failure == PollFailure.OTHER_QUEUE && polledEpoch.isPresent()) {
            refusedForOtherQueue(polledEpoch.getAsLong(), now, effects);
        }
        else {
            noAnswer(failure == PollFailure.REFUSED, REFUSES, detail, effects);
        }
    }

    /**
     * @param dead whether the process is certainly dead, for the given reason
     */
    private void noAnswer(boolean dead, String reason, String detail, ImmutableList.Builder<MonitorEffect> effects)
    {
        boolean answeredBefore = health == ANSWERING;
        boolean wasAvailable = isAvailable();
        if (dead) {
            gone(reason, detail, effects);
        }
        else if (health != GONE) {
            // a coordinator that was gone stays gone until it answers
            if (!silenceLogged) {
                silenceLogged = true;
                effects.add(new MonitorEffect.LogSilent(uri, detail));
            }
            health = SILENT;
        }
        if (wasAvailable) {
            effects.add(new MonitorEffect.TellUnavailable());
        }
        // a broken connection is the first sign of a death, so the coordinator is asked again at once
        effects.add(new MonitorEffect.SetTimer(answeredBefore && health == SILENT ? 0 : retryIntervalNanos, new MonitorTimer.LookAgain()));
    }

    private void gone(String reason, String detail, ImmutableList.Builder<MonitorEffect> effects)
    {
        if (health != GONE) {
            effects.add(new MonitorEffect.LogGone(uri, detail));
        }
        health = GONE;
        silenceLogged = false;
        Optional<CoordinatorReport> last = report;
        report = Optional.empty();
        last.ifPresent(before -> effects.add(new MonitorEffect.TellLost(link(before), reason)));
        takeNamed().stream()
                .filter(link -> !isIncarnation(last, link))
                .forEach(link -> effects.add(new MonitorEffect.TellLost(link, reason)));
    }

    /**
     * The coordinator's process lives, and cannot tell this dispatcher what it runs. So it keeps its queries, as a silent one does, until its
     * lease is over.
     */
    private void otherProtocol(String versions, ImmutableList.Builder<MonitorEffect> effects)
    {
        boolean wasAvailable = isAvailable();
        if (!otherProtocol.equals(Optional.of(versions))) {
            otherProtocol = Optional.of(versions);
            effects.add(new MonitorEffect.LogOtherProtocol(uri, versions));
        }
        health = SILENT;
        silenceLogged = false;
        if (wasAvailable) {
            effects.add(new MonitorEffect.TellUnavailable());
        }
        effects.add(new MonitorEffect.SetTimer(retryIntervalNanos, new MonitorTimer.LookAgain()));
    }

    // leases

    /**
     * Makes sure that this dispatcher still led after the coordinator had made the report. Once in a while is enough, as a lease is long.
     */
    private void confirmToRenew(long epoch, CoordinatorReport received, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        boolean urgent = !received.leased() || renewalIn(epoch).isEmpty();
        boolean due = urgent || now.nanos() - lastConfirmNanos > pollIntervalNanos / 2;
        if (!due || confirmingEpoch.equals(OptionalLong.of(epoch))) {
            return;
        }
        confirmingEpoch = OptionalLong.of(epoch);
        lastConfirmNanos = now.nanos();
        effects.add(new MonitorEffect.ConfirmToRenew(epoch, received.stamp(), received.leased()));
    }

    private void confirmed(MonitorEffect.Confirmation confirmation, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        switch (confirmation) {
            case MonitorEffect.ConfirmToRenew(long epoch, Stamp stamp, boolean leased) -> {
                endConfirming(epoch);
                if (renewal.filter(last -> last.epoch() > epoch).isPresent()) {
                    return;
                }
                boolean first = renewalIn(epoch).filter(last -> last.incarnation().equals(stamp.incarnation())).isEmpty();
                renewal = Optional.of(new Renewal(epoch, stamp));
                if (first && !leased) {
                    // without a renewal, the coordinator takes no queries
                    poll(true, now, effects);
                }
            }
            case MonitorEffect.ConfirmAfterRefusal(long epoch, boolean repeated) -> {
                if (!repeated) {
                    effects.add(new MonitorEffect.LogForeignLeader(epoch));
                }
                effects.add(new MonitorEffect.SetTimer(retryIntervalNanos, new MonitorTimer.ClaimAgain(epoch)));
            }
        }
    }

    private void unconfirmed(MonitorEffect.Confirmation confirmation, ImmutableList.Builder<MonitorEffect> effects)
    {
        switch (confirmation) {
            case MonitorEffect.ConfirmToRenew(long epoch, _, _) -> endConfirming(epoch);
            case MonitorEffect.ConfirmAfterRefusal(long epoch, _) -> effects.add(new MonitorEffect.SetTimer(retryIntervalNanos, new MonitorTimer.ConfirmAgain(epoch)));
        }
    }

    private void endConfirming(long epoch)
    {
        if (confirmingEpoch.equals(OptionalLong.of(epoch))) {
            confirmingEpoch = OptionalLong.empty();
        }
    }

    // refusals

    private void deposed(long epoch, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        deposedEpoch = OptionalLong.of(epoch);
        poll(true, now, effects);
        findNewerLeader(epoch, effects);
    }

    /**
     * Finds out whether this dispatcher still leads, as the coordinator knows a newer leader than that of the epoch. Usually this dispatcher
     * hears of it soon, too.
     */
    private void findNewerLeader(long epoch, ImmutableList.Builder<MonitorEffect> effects)
    {
        boolean repeated = refusedEpoch.equals(OptionalLong.of(epoch));
        refusedEpoch = OptionalLong.of(epoch);
        if (!repeated) {
            effects.add(new MonitorEffect.LogDeposed(epoch));
        }
        effects.add(new MonitorEffect.ConfirmAfterRefusal(epoch, repeated));
    }

    /**
     * The coordinator has a lease from the dispatchers of another log. It is watched until it can be claimed.
     */
    private void refusedForOtherQueue(long epoch, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        boolean wasAvailable = isAvailable();
        belongsTo(otherQueue.orElse(UNKNOWN_QUEUE), now, effects);
        if (wasAvailable) {
            effects.add(new MonitorEffect.TellUnavailable());
        }
        deposedEpoch = OptionalLong.of(epoch);
        poll(true, now, effects);
        effects.add(new MonitorEffect.SetTimer(pollIntervalNanos, new MonitorTimer.ClaimAgain(epoch)));
    }

    private void keepQueue(CoordinatorReport received, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        if (received.leased() && received.queue().isPresent() && now.queue().isPresent() && !received.queue().equals(now.queue())) {
            belongsTo(received.queue().get(), now, effects);
        }
        else if (polledEpoch.isPresent() || received.leased()) {
            otherQueue = Optional.empty();
            otherQueueLogged = false;
        }
    }

    private void belongsTo(String queue, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        otherQueue = Optional.of(queue);
        // only a report says which queue it is
        if (!queue.equals(UNKNOWN_QUEUE) && !otherQueueLogged) {
            otherQueueLogged = true;
            effects.add(new MonitorEffect.LogOtherQueue(queue, now.queue().orElse(UNKNOWN_QUEUE)));
        }
    }

    private void timerExpired(MonitorTimer timer, Moment now, ImmutableList.Builder<MonitorEffect> effects)
    {
        switch (timer) {
            case MonitorTimer.LookAgain _ -> probe(now, effects);
            case MonitorTimer.ClaimAgain(long epoch) -> {
                if (deposedEpoch.equals(OptionalLong.of(epoch))) {
                    deposedEpoch = OptionalLong.empty();
                    poll(true, now, effects);
                }
            }
            case MonitorTimer.ConfirmAgain(long epoch) -> {
                if (now.leadsIn(epoch)) {
                    findNewerLeader(epoch, effects);
                }
            }
        }
    }
}
