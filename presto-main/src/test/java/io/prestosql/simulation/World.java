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

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Simulated time, randomness, and order of events. Everything follows from the seed.
 */
public final class World
{
    public static final long MILLIS = 1_000_000;

    private record Happening(long nanos, long number, Runnable action) {}

    private final SplittableRandom random;
    private final boolean tracing;
    private final PriorityQueue<Happening> happenings = new PriorityQueue<>(Comparator.comparingLong(Happening::nanos).thenComparingLong(Happening::number));
    private final List<String> trace = new ArrayList<>();
    private long nowNanos;
    private long number;

    public World(long seed, boolean tracing)
    {
        this.random = new SplittableRandom(seed);
        this.tracing = tracing;
    }

    public SplittableRandom random()
    {
        return random;
    }

    public long nowNanos()
    {
        return nowNanos;
    }

    public void schedule(long delayNanos, Runnable action)
    {
        number++;
        happenings.add(new Happening(nowNanos + delayNanos, number, action));
    }

    /**
     * @return false when no event is left
     */
    public boolean step()
    {
        Happening next = happenings.poll();
        if (next == null) {
            return false;
        }
        nowNanos = next.nanos();
        next.action().run();
        return true;
    }

    public boolean chance(double probability)
    {
        return random.nextDouble() < probability;
    }

    /**
     * Returns a random time around the mean, with a long tail.
     */
    public long around(long meanNanos)
    {
        return (long) (meanNanos * Math.min(20, -Math.log(1 - random.nextDouble())));
    }

    public <T> T pick(List<T> choices)
    {
        return choices.get(random.nextInt(choices.size()));
    }

    public void trace(Supplier<String> line)
    {
        if (tracing) {
            trace.add("%9.3f s  %s".formatted(nowNanos / 1e9, line.get()));
        }
    }

    public List<String> traced()
    {
        return trace;
    }
}
