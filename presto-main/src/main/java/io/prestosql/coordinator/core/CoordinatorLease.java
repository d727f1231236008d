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
package io.prestosql.coordinator.core;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Decides which calls of dispatchers a coordinator obeys, and when it gives up what it runs. No threads, no clock, no I/O.
 * <p>
 * A coordinator obeys the leader of the highest epoch that it has heard of (fencing), and only while it has a lease. A leader renews the lease
 * with a claim: after it has heard from this coordinator, it makes sure that it still leads. The lease runs from the moment in which the
 * coordinator said what the leader has heard, so a claim that was under way for long renews nothing. A leader that was elected after that moment
 * therefore knows when the lease ends, without hearing from the coordinator: Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism
 * for Distributed File Cache Consistency", 1989.
 * <p>
 * When the lease ends, so does the coordinator's incarnation: it gives up what it runs, and goes on under another one.
 */
public final class CoordinatorLease
{
    public enum Verdict
    {
        OBEY,
        /** A newer leader is known. */
        DEPOSED,
        /** The order is one of a leader of another query log than the one whose leader has given the lease. */
        OTHER_QUEUE,
        /** The order was given to a process, or in a lease, that is over. */
        OTHER_INCARNATION,
        /** No leader has given a lease yet. */
        NO_LEASE,
        /**
         * The order was under way for so long that the coordinator may have forgotten that it came before, or may be the copy of one that was
         * refused.
         */
        STALE,
    }

    private final long leaseNanos;
    private final Supplier<String> incarnations;

    private String incarnation;
    /** The identity of the log that the highest epoch is of; empty when its leader did not say. */
    private Optional<String> queue = Optional.empty();
    private long highestEpoch;
    /** When the leader of that epoch was heard of last. */
    private OptionalLong heardNanos = OptionalLong.empty();
    private OptionalLong leaseEnd = OptionalLong.empty();
    /** When an order to start a query was refused for want of a lease. */
    private OptionalLong refusedNanos = OptionalLong.empty();

    /**
     * @param leaseNanos how long a lease is, on this coordinator's monotonic clock
     * @param incarnations names that were never given before, by any coordinator
     */
    public CoordinatorLease(long leaseNanos, Supplier<String> incarnations)
    {
        checkArgument(leaseNanos > 0, "leaseNanos is not positive");
        this.leaseNanos = leaseNanos;
        this.incarnations = requireNonNull(incarnations, "incarnations is null");
        this.incarnation = incarnations.get();
    }

    public String incarnation()
    {
        return incarnation;
    }

    /**
     * The epoch of the newest leader that is known; 0 when there was none, or all that could be heard of it is over.
     */
    public long highestEpoch()
    {
        return highestEpoch;
    }

    /**
     * The identity of the log whose leader has given the lease; empty when there is no lease, or that leader did not say.
     */
    public Optional<String> leasedQueue()
    {
        return leaseEnd.isPresent() ? queue : Optional.empty();
    }

    /**
     * When the lease is over; empty when there is none.
     */
    public OptionalLong leaseEnd()
    {
        return leaseEnd;
    }

    /**
     * A leader of that queue claims this coordinator. Call {@link #expire} first. As long as there is a lease, the coordinator keeps to the queue
     * whose leader has given it; without one, it follows the leader of another queue, and forgets what the leaders of the first one have said.
     *
     * @param queue the identity of the leader's log; empty when it does not say, which is taken for the queue that the coordinator keeps to
     */
    public Verdict follow(Optional<String> queue, long epoch, long nowNanos)
    {
        if (judgeQueue(queue) == Verdict.OTHER_QUEUE) {
            if (leaseEnd.isPresent()) {
                return Verdict.OTHER_QUEUE;
            }
            highestEpoch = 0;
            heardNanos = OptionalLong.empty();
        }
        Verdict verdict = observe(epoch, nowNanos);
        if (verdict == Verdict.OBEY) {
            // two leaders of one log, of which one does not say its name, may take turns
            this.queue = queue;
        }
        return verdict;
    }

    /**
     * Whether an order comes from a leader of the queue that this coordinator keeps to.
     */
    public Verdict judgeQueue(Optional<String> queue)
    {
        return queue.isPresent() && this.queue.isPresent() && !queue.equals(this.queue) ? Verdict.OTHER_QUEUE : Verdict.OBEY;
    }

    /**
     * A leader asks how the coordinator is doing.
     */
    public Verdict observe(long epoch, long nowNanos)
    {
        Verdict verdict = observe(epoch);
        if (verdict == Verdict.OBEY) {
            heardNanos = OptionalLong.of(nowNanos);
        }
        return verdict;
    }

    private Verdict observe(long epoch)
    {
        if (epoch < highestEpoch) {
            return Verdict.DEPOSED;
        }
        highestEpoch = epoch;
        return Verdict.OBEY;
    }

    /**
     * A leader has made sure that it leads, after it had got what this coordinator said at that time.
     *
     * @param incarnation who said it
     */
    public Verdict renew(long epoch, String incarnation, long saidNanos)
    {
        Verdict verdict = observe(epoch, incarnation);
        long end = saidNanos + leaseNanos;
        if (verdict == Verdict.OBEY && (leaseEnd.isEmpty() || end - leaseEnd.getAsLong() > 0)) {
            leaseEnd = OptionalLong.of(end);
        }
        return verdict;
    }

    private Verdict observe(long epoch, String incarnation)
    {
        Verdict verdict = observe(epoch);
        return verdict == Verdict.OBEY && !incarnation.equals(this.incarnation) ? Verdict.OTHER_INCARNATION : verdict;
    }

    /**
     * A leader orders something to be done with a query. Call {@link #expire} first.
     */
    public Verdict judge(long epoch, String incarnation)
    {
        Verdict verdict = observe(epoch, incarnation);
        return verdict == Verdict.OBEY && leaseEnd.isEmpty() ? Verdict.NO_LEASE : verdict;
    }

    /**
     * A leader orders a query to be started. Call {@link #expire} first.
     * <p>
     * An order is good for as long as a lease is. Who keeps a query for that long after the log has got its end starts none twice,
     * however long an order is under way. Who refuses an order does not take a copy of it later, when there is a lease, either: the leader
     * may have given the query to another coordinator meanwhile. So orders count only from leaders that have heard of the coordinator since.
     *
     * @param saidNanos when the coordinator said what the leader had heard from it last when it gave the order
     */
    public Verdict judgeStart(long epoch, String incarnation, long saidNanos, long nowNanos)
    {
        Verdict verdict = judge(epoch, incarnation);
        if (verdict == Verdict.NO_LEASE) {
            refusedNanos = OptionalLong.of(nowNanos);
        }
        if (verdict == Verdict.OBEY && (nowNanos - saidNanos > leaseNanos || (refusedNanos.isPresent() && saidNanos - refusedNanos.getAsLong() <= 0))) {
            return Verdict.STALE;
        }
        return verdict;
    }

    /**
     * Lets time pass. A leader that has been silent for as long as a lease is forgotten when there is no lease: whatever it may still say
     * renews nothing, and is meant for another incarnation. So the dispatchers may go on with a new log, in which epochs begin again.
     *
     * @return whether the lease is over: then everything that runs has to be given up before this coordinator says or does anything else
     */
    public boolean expire(long nowNanos)
    {
        boolean over = leaseEnd.isPresent() && nowNanos - leaseEnd.getAsLong() >= 0;
        if (over) {
            leaseEnd = OptionalLong.empty();
            incarnation = incarnations.get();
        }
        if (leaseEnd.isEmpty() && heardNanos.isPresent() && nowNanos - heardNanos.getAsLong() > leaseNanos) {
            heardNanos = OptionalLong.empty();
            highestEpoch = 0;
            queue = Optional.empty();
        }
        return over;
    }
}
