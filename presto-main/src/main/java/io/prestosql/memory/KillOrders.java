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
package io.prestosql.memory;

import io.trino.spi.QueryId;

import java.util.Optional;
import java.util.OptionalLong;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * A coordinator's part in the low-memory decision: which rounds it joins, and which orders it obeys. No threads, no clock, no I/O.
 * <p>
 * An order is taken only in the last round that was joined, and is obeyed within a time after that, or never. A copy of an order, or one that
 * was under way for long, does nothing. While an order waits, and as long as nothing else was killed after it, this coordinator tells every
 * decider of it, so the next decider knows the victim without the last one.
 */
public final class KillOrders
{
    private final String nodeId;
    private final long orderNanos;

    private long epoch;
    private long appointment;
    private Optional<DecisionRound> joined = Optional.empty();
    private long joinedNanos;
    /** When a round of another decider was joined last. */
    private OptionalLong othersNanos = OptionalLong.empty();
    private Optional<Taken> last = Optional.empty();

    /**
     * @param orderNanos how long after a round was joined its orders are obeyed
     */
    public KillOrders(String nodeId, long orderNanos)
    {
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        checkArgument(orderNanos > 0, "orderNanos is not positive");
        this.orderNanos = orderNanos;
    }

    /**
     * There is a new decider: rounds of earlier ones are not joined any more.
     */
    public synchronized void appointed(long epoch, long appointment)
    {
        if (epoch > this.epoch || (epoch == this.epoch && appointment > this.appointment)) {
            this.epoch = epoch;
            this.appointment = appointment;
        }
    }

    /**
     * @return whether the round is joined: then orders of earlier rounds are not taken any more
     */
    public synchronized boolean join(DecisionRound round, long nowNanos)
    {
        if (round.isBefore(epoch, appointment) || joined.filter(last -> round.compareTo(last) <= 0).isPresent()) {
            return false;
        }
        appointed(round.epoch(), round.appointment());
        joined = Optional.of(round);
        joinedNanos = nowNanos;
        if (!round.nodeId().equals(nodeId)) {
            othersNanos = OptionalLong.of(nowNanos);
        }
        return true;
    }

    /**
     * The last round that was joined.
     */
    public synchronized Optional<DecisionRound> joined()
    {
        return joined;
    }

    /**
     * When a round of another decider was joined last; empty when that was never.
     */
    public synchronized OptionalLong joinedOthersNanos()
    {
        return othersNanos;
    }

    /**
     * @return whether the order was taken, by this call or an earlier one: then {@link #take} gives it out, once, unless it is too late
     */
    public synchronized boolean order(KillOrder order, long nowNanos)
    {
        if (last.filter(taken -> taken.round().equals(order.round())).isPresent()) {
            return true;
        }
        if (!joined.equals(Optional.of(order.round())) || order.round().isBefore(epoch, appointment) || nowNanos - joinedNanos > orderNanos) {
            return false;
        }
        if (last.filter(taken -> taken.isPending(nowNanos)).isPresent()) {
            return false;
        }
        last = Optional.of(new Taken(order.round(), order.victim(), joinedNanos + orderNanos, OptionalLong.empty()));
        return true;
    }

    /**
     * What has to be killed now, and counts as killed from now on.
     */
    public synchronized Optional<Victim> take(long nowNanos)
    {
        Optional<Taken> pending = last.filter(taken -> taken.isPending(nowNanos));
        if (pending.isPresent()) {
            last = pending.map(taken -> taken.killed(nowNanos));
        }
        return pending.map(Taken::victim);
    }

    /**
     * What {@link #take} would give out, when nobody has called it for half of the time that there is. The engine asks for victims only
     * while it sees for itself that memory is out, and when what it has killed before is gone; only whole queries can be killed without it.
     */
    public synchronized Optional<QueryId> takeOverdueQuery(long nowNanos)
    {
        boolean overdue = last
                .filter(taken -> taken.isPending(nowNanos) && taken.victim().query().isPresent())
                .filter(taken -> nowNanos - (taken.deadlineNanos() - orderNanos / 2) >= 0)
                .isPresent();
        return overdue ? take(nowNanos).flatMap(Victim::query) : Optional.empty();
    }

    /**
     * The last victim; empty when there was none, or when the last order came to nothing.
     */
    public synchronized Optional<VictimReport> report(long nowNanos)
    {
        return last
                .filter(taken -> taken.killedNanos().isPresent() || taken.isPending(nowNanos))
                .map(taken -> new VictimReport(
                        taken.victim(),
                        taken.killedNanos().isPresent(),
                        taken.killedNanos().isPresent() ? NANOSECONDS.toMillis(nowNanos - taken.killedNanos().getAsLong()) : 0));
    }

    private record Taken(DecisionRound round, Victim victim, long deadlineNanos, OptionalLong killedNanos)
    {
        boolean isPending(long nowNanos)
        {
            return killedNanos.isEmpty() && nowNanos - deadlineNanos <= 0;
        }

        Taken killed(long nowNanos)
        {
            return new Taken(round, victim, deadlineNanos, OptionalLong.of(nowNanos));
        }
    }
}
