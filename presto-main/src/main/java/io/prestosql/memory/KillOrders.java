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
 * A coordinator's part in the low-memory decision: decides which rounds it joins, and which orders it obeys. No threads, no clock, no I/O.
 * <p>
 * An order is taken only in the last joined round, and is obeyed within a fixed time after the join, or never. A copy of an order, or a
 * late order, does nothing. This coordinator reports a waiting order, and the last victim until there is another, to every decider. So a
 * new decider knows the victim without the previous decider.
 */
public final class KillOrders
{
    private final String nodeId;
    private final long orderNanos;

    private long epoch;
    private long appointment;
    private Optional<DecisionRound> joined = Optional.empty();
    private long joinedNanos;
    /** Time of the last join of another decider's round. */
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
     * Records a new decider. Rounds of earlier deciders are no longer joined.
     */
    public synchronized void appointed(long epoch, long appointment)
    {
        if (epoch > this.epoch || (epoch == this.epoch && appointment > this.appointment)) {
            this.epoch = epoch;
            this.appointment = appointment;
        }
    }

    /**
     * @return whether the round is joined; if so, orders of earlier rounds are no longer taken
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
     * Returns the last joined round.
     */
    public synchronized Optional<DecisionRound> joined()
    {
        return joined;
    }

    /**
     * Returns the time of the last join of another decider's round; empty when there was none.
     */
    public synchronized OptionalLong joinedOthersNanos()
    {
        return othersNanos;
    }

    /**
     * @return whether this or an earlier call has taken the order; if so, {@link #take} returns the victim once, unless it is too late
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
     * Returns the victim to kill, which counts as killed from then on.
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
     * Returns what {@link #take} would return, if it has not been called within half of the time for the order. The engine asks for victims
     * only while it sees for itself that memory is out, and its previous victim is gone. Only whole queries can be killed without the
     * engine.
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
     * Returns the last victim; empty when there was none, or when the last order came to nothing.
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
