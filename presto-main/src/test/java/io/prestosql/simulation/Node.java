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

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A machine with its own clock that runs one process at a time. The process can be killed, paused and restarted.
 */
public abstract class Node
{
    protected final World world;
    private final String name;
    private final double clockRate;
    private final long clockOffset;
    private final Queue<Runnable> held = new ArrayDeque<>();
    private boolean alive;
    private boolean paused;
    private long generation;

    /**
     * @param maxDrift maximum deviation of the clock's rate from true time, as a fraction
     */
    protected Node(World world, String name, double maxDrift)
    {
        this.world = world;
        this.name = name;
        this.clockRate = 1 + (world.random().nextDouble() * 2 - 1) * maxDrift;
        this.clockOffset = world.random().nextLong(1_000_000_000_000L);
    }

    public String name()
    {
        return name;
    }

    public long clock()
    {
        return clockOffset + (long) (world.nowNanos() * clockRate);
    }

    public boolean isAlive()
    {
        return alive;
    }

    public boolean isPaused()
    {
        return paused;
    }

    public long generation()
    {
        return generation;
    }

    public void start()
    {
        if (!alive) {
            alive = true;
            paused = false;
            generation++;
            world.trace(() -> name + " starts");
            started();
        }
    }

    public void kill()
    {
        if (alive) {
            alive = false;
            paused = false;
            held.clear();
            world.trace(() -> name + " is killed");
            killed();
        }
    }

    public void pause()
    {
        if (alive && !paused) {
            paused = true;
            world.trace(() -> name + " is paused");
        }
    }

    public void resume()
    {
        if (alive && paused) {
            paused = false;
            world.trace(() -> name + " is resumed");
            while (!paused && alive && !held.isEmpty()) {
                held.remove().run();
            }
        }
    }

    /**
     * Runs the action in this process, when it is not paused; never if the process dies first.
     */
    public void run(Runnable action)
    {
        if (!alive) {
            return;
        }
        if (paused || !held.isEmpty()) {
            held.add(action);
        }
        else {
            action.run();
        }
    }

    /**
     * Runs the action in the current process, after a delay.
     */
    public void later(long delayNanos, Runnable action)
    {
        long process = generation;
        world.schedule(delayNanos, () -> {
            if (process == generation) {
                run(action);
            }
        });
    }

    public void every(long periodNanos, Runnable action)
    {
        later(periodNanos, () -> {
            action.run();
            every(periodNanos, action);
        });
    }

    protected abstract void started();

    protected abstract void killed();

    @Override
    public String toString()
    {
        return name;
    }
}
