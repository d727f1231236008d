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

/**
 * Carries calls, which may come late, out of order, twice, or not at all.
 */
public final class SimulatedNetwork
{
    private record Direction(String from, String to) {}

    private final World world;
    private final long meanDelay;
    private final long timeout;
    private final Set<Direction> cut = new HashSet<>();
    private double lossRate;
    private double duplicateRate;
    private double hangRate;

    /**
     * @param meanDelay mean delay of a message
     * @param timeout how long a caller waits for an answer; hanging calls and copies of calls may take longer
     */
    public SimulatedNetwork(World world, long meanDelay, long timeout)
    {
        this.world = world;
        this.meanDelay = meanDelay;
        this.timeout = timeout;
    }

    /**
     * @param hangRate rate of messages that take longer than any caller waits
     */
    public void setRates(double lossRate, double duplicateRate, double hangRate)
    {
        this.lossRate = lossRate;
        this.duplicateRate = duplicateRate;
        this.hangRate = hangRate;
    }

    public void cut(Node from, Node to)
    {
        cut.add(new Direction(from.name(), to.name()));
        world.trace(() -> "nothing gets from " + from + " to " + to);
    }

    public boolean isCut(Node from, Node to)
    {
        return cut.contains(new Direction(from.name(), to.name()));
    }

    public void mend(Node from, Node to)
    {
        if (cut.remove(new Direction(from.name(), to.name()))) {
            world.trace(() -> "what gets from " + from + " to " + to + " is mended");
        }
    }

    public void mend()
    {
        if (!cut.isEmpty()) {
            cut.clear();
            world.trace(() -> "the network is mended");
        }
    }

    /**
     * The possible outcomes for a caller. At most one of them is called, and none if the caller is dead by then.
     *
     * @param refused no process is running at the address
     * @param unknown no answer in time
     */
    public record Reply<T>(Consumer<T> answered, Runnable refused, Runnable unknown) {}

    /** A handler that may answer later. */
    public interface Handler<T>
    {
        void handle(Consumer<T> answer);
    }

    public <T> void call(Node caller, Node callee, boolean repeatable, Supplier<T> handler, Reply<T> reply)
    {
        callAsync(caller, callee, repeatable, answer -> answer.accept(handler.get()), reply);
    }

    /**
     * @param repeatable whether the request may arrive twice
     */
    public <T> void callAsync(Node caller, Node callee, boolean repeatable, Handler<T> handler, Reply<T> reply)
    {
        boolean[] over = new boolean[1];
        boolean[] arrived = new boolean[1];
        Consumer<Runnable> finish = outcome -> {
            if (!over[0]) {
                over[0] = true;
                outcome.run();
            }
        };
        caller.later(timeout, () -> finish.accept(reply.unknown()));
        request(caller, callee, handler, reply, finish, arrived, delay());
        if (repeatable && world.chance(duplicateRate)) {
            request(caller, callee, handler, reply, finish, arrived, world.chance(0.5) ? delay() : world.around(timeout * 3 / 2));
        }
    }

    private <T> void request(Node caller, Node callee, Handler<T> handler, Reply<T> reply, Consumer<Runnable> finish, boolean[] arrived, long delay)
    {
        if (isLost(caller, callee)) {
            return;
        }
        long process = caller.generation();
        world.schedule(delay, () -> {
            // the caller of a call that arrives twice gets the outcome of the first copy
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
        return isCut(from, to) || world.chance(lossRate);
    }

    private long delay()
    {
        return world.chance(hangRate) ? world.around(timeout * 3) : world.around(meanDelay);
    }
}
