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
 * Decides which calls of dispatchers a coordinator obeys, and when it gives up its queries. No threads, no clock, no I/O.
 * <p>
 * A coordinator obeys the leader of the highest epoch that it has heard of (fencing), and only while it has a lease. A leader renews the
 * lease with a claim, for which it confirms that it still leads after it has received a report of this coordinator. The lease runs from the
 * time of that report, so a claim that was under way for long renews nothing. A leader elected after that time therefore knows when the
 * lease ends, without hearing from the coordinator: Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File
 * Cache Consistency", 1989.
 * <p>
 * When the lease ends, so does the coordinator's incarnation: the coordinator gives up its queries, and continues as a new incarnation.
 */
public final class CoordinatorLease
{
    public enum Verdict
    {
        OBEY,
        /** A newer leader is known. */
        DEPOSED,
        /** The order comes from a leader of another query log than the one whose leader has given the lease. */
        OTHER_QUEUE,
        /** The order was given to a process, or under a lease, that is over. */
        OTHER_INCARNATION,
        /** No leader has given a lease yet. */
        NO_LEASE,
        /**
         * The order was under way for so long that the coordinator may have forgotten an earlier copy, or it may be a copy of a refused
         * order.
         */
        STALE,
    }

    private final long leaseNanos;
    private final Supplier<String> incarnations;

    private String incarnation;
    /** The identity of the log to which the highest epoch belongs; empty when its leader did not name it. */
    private Optional<String> queue = Optional.empty();
    private long highestEpoch;
    /** When the leader of that epoch was last heard from. */
    private OptionalLong heardNanos = OptionalLong.empty();
    private OptionalLong leaseEnd = OptionalLong.empty();
    /** When an order to start a query was last refused for lack of a lease. */
    private OptionalLong refusedNanos = OptionalLong.empty();

    /**
     * @param leaseNanos duration of a lease, on this coordinator's monotonic clock
     * @param incarnations supplies names that no coordinator has had before
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
     * Returns the epoch of the newest known leader; 0 when there was none, or the known leaders have been forgotten.
     */
    public long highestEpoch()
    {
        return highestEpoch;
    }

    /**
     * Returns the identity of the log whose leader has given the lease; empty when there is no lease, or that leader did not name its log.
     */
    public Optional<String> leasedQueue()
    {
        return leaseEnd.isPresent() ? queue : Optional.empty();
    }

    /**
     * Returns the end of the lease; empty when there is none.
     */
    public OptionalLong leaseEnd()
    {
        return leaseEnd;
    }

    /**
     * Takes the claim of a leader of that queue. Call {@link #expire} first. With a lease, the coordinator keeps to the queue whose leader
     * has given it. Without one, it follows the leader of another queue, and forgets the leaders of the previous one.
     *
     * @param queue the identity of the leader's log; empty when the leader does not name it, which is taken for the queue that the
     * coordinator keeps to
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
            // two leaders of one log, one of which does not name it, may take turns
            this.queue = queue;
        }
        return verdict;
    }

    /**
     * Judges whether an order comes from a leader of the queue that this coordinator keeps to.
     */
    public Verdict judgeQueue(Optional<String> queue)
    {
        return queue.isPresent() && this.queue.isPresent() && !queue.equals(this.queue) ? Verdict.OTHER_QUEUE : Verdict.OBEY;
    }

    /**
     * Takes a leader's request for a report.
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
     * Takes a leader's confirmation that it leads, made after it had received this coordinator's report of that time.
     *
     * @param incarnation the incarnation that made the report
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
     * Judges a leader's order about a query. Call {@link #expire} first.
     */
    public Verdict judge(long epoch, String incarnation)
    {
        Verdict verdict = observe(epoch, incarnation);
        return verdict == Verdict.OBEY && leaseEnd.isEmpty() ? Verdict.NO_LEASE : verdict;
    }

    /**
     * Judges a leader's order to start a query. Call {@link #expire} first.
     * <p>
     * An order is valid for the duration of a lease. A coordinator that keeps a query for that long after the log has got its end starts no
     * query twice, however long an order is under way. A coordinator that has refused an order for lack of a lease must not take a copy of
     * it later, when it has one, because the leader may have given the query to another coordinator meanwhile. So it takes orders only from
     * leaders that have heard from it since.
     *
     * @param saidNanos time of the last report that the leader had received from the coordinator when it gave the order
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
     * Lets time pass. Without a lease, a leader that has been silent for the duration of a lease is forgotten: its later claims renew
     * nothing, and its orders are for another incarnation. So the dispatchers may continue with a new log, in which epochs begin again.
     *
     * @return whether the lease is over; if so, all running queries must be given up before this coordinator says or does anything else
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
