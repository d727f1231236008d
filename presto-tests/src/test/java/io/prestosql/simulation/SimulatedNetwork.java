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
package io.prestosql.simulation;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

import static io.prestosql.simulation.Simulation.MILLIS;

/**
 * Carries calls: late, out of order, twice, or not at all.
 */
final class SimulatedNetwork
{
    private static final long MEAN_DELAY = 2 * MILLIS;
    private static final long TIMEOUT = 1000 * MILLIS;
    /** Of a copy of a call: what the call was about may be over by then. */
    private static final long LATE = 1500 * MILLIS;

    private record Direction(String from, String to) {}

    private final World world;
    private final Set<Direction> cut = new HashSet<>();
    private double lossRate;
    private double duplicateRate;
    private double hangRate;

    SimulatedNetwork(World world)
    {
        this.world = world;
    }

    /**
     * @param hangRate how much is on the way for longer than anybody waits
     */
    void setRates(double lossRate, double duplicateRate, double hangRate)
    {
        this.lossRate = lossRate;
        this.duplicateRate = duplicateRate;
        this.hangRate = hangRate;
    }

    void cut(Node from, Node to)
    {
        cut.add(new Direction(from.name(), to.name()));
        world.trace(() -> "nothing gets from " + from + " to " + to);
    }

    void mend()
    {
        if (!cut.isEmpty()) {
            cut.clear();
            world.trace(() -> "the network is mended");
        }
    }

    /**
     * What the caller hears. At most one of these, and nothing when it is dead by then.
     *
     * @param refused nobody is there
     * @param unknown no answer in time
     */
    record Reply<T>(Consumer<T> answered, Runnable refused, Runnable unknown) {}

    /** A handler that answers when it likes. */
    interface Handler<T>
    {
        void handle(Consumer<T> answer);
    }

    <T> void call(Node caller, Node callee, boolean repeatable, Supplier<T> handler, Reply<T> reply)
    {
        callAsync(caller, callee, repeatable, answer -> answer.accept(handler.get()), reply);
    }

    /**
     * @param repeatable whether the request may arrive twice
     */
    <T> void callAsync(Node caller, Node callee, boolean repeatable, Handler<T> handler, Reply<T> reply)
    {
        boolean[] over = new boolean[1];
        boolean[] arrived = new boolean[1];
        Consumer<Runnable> finish = outcome -> {
            if (!over[0]) {
                over[0] = true;
                outcome.run();
            }
        };
        caller.later(TIMEOUT, () -> finish.accept(reply.unknown()));
        request(caller, callee, handler, reply, finish, arrived, delay());
        if (repeatable && world.chance(duplicateRate)) {
            request(caller, callee, handler, reply, finish, arrived, world.chance(0.5) ? delay() : world.around(LATE));
        }
    }

    private <T> void request(Node caller, Node callee, Handler<T> handler, Reply<T> reply, Consumer<Runnable> finish, boolean[] arrived, long delay)
    {
        if (isLost(caller, callee)) {
            return;
        }
        long process = caller.generation();
        world.schedule(delay, () -> {
            // of a call that arrives twice, the caller hears what came of the first
            boolean copy = arrived[0];
            arrived[0] = true;
            if (!callee.isAlive()) {
                if (!copy) {
                    answer(callee, caller, process, () -> finish.accept(reply.refused()));
                }
                return;
            }
            callee.run(() -> handler.handle(value -> {
                if (!copy) {
                    answer(callee, caller, process, () -> finish.accept(() -> reply.answered().accept(value)));
                }
            }));
        });
    }

    private void answer(Node callee, Node caller, long process, Runnable outcome)
    {
        if (isLost(callee, caller)) {
            return;
        }
        world.schedule(delay(), () -> {
            if (caller.generation() == process) {
                caller.run(outcome);
            }
        });
    }

    private boolean isLost(Node from, Node to)
    {
        return cut.contains(new Direction(from.name(), to.name())) || world.chance(lossRate);
    }

    private long delay()
    {
        return world.chance(hangRate) ? world.around(3000 * MILLIS) : world.around(MEAN_DELAY);
    }
}
