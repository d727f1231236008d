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
package io.prestosql.testing;

import com.google.common.collect.ImmutableList;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import static java.util.Objects.requireNonNull;

/**
 * The gates at which reads of {@link GatePlugin} tables wait. A gate is closed until a test opens it, and stays open.
 */
public final class Gates
{
    private final Map<String, Gate> gates = new HashMap<>();
    private final List<String> entered = new ArrayList<>();
    private int inside;
    private int maxInside;

    /**
     * Lets all waiting and all later readers pass.
     */
    public void open(String name)
    {
        gate(name).open();
    }

    /**
     * Makes each present reader of the table take that much of its query's memory while the gate is closed, instead of what it held before.
     * Later readers take none.
     */
    public void hold(String name, long bytes)
    {
        gate(name).hold(bytes);
    }

    /**
     * Returns how many readers the table has, on all workers. Every query has one.
     */
    public synchronized int getInside(String name)
    {
        return gate(name).inside;
    }

    /**
     * Returns the highest number of readers at one time, of all tables together.
     */
    public synchronized int getMaxInside()
    {
        return maxInside;
    }

    /**
     * Returns the tables of all readers so far, in the order of arrival.
     */
    public synchronized List<String> getEntered()
    {
        return ImmutableList.copyOf(entered);
    }

    Visit enter(String name)
    {
        Gate gate = gate(name);
        synchronized (this) {
            entered.add(name);
            gate.inside++;
            inside++;
            maxInside = Math.max(maxInside, inside);
        }
        return new Visit(gate, gate.enter());
    }

    synchronized void leave(String name)
    {
        gate(name).inside--;
        inside--;
    }

    private synchronized Gate gate(String name)
    {
        return gates.computeIfAbsent(requireNonNull(name, "name is null"), _ -> new Gate());
    }

    /**
     * One reader at a gate.
     *
     * @param number grows with each reader
     */
    record Visit(Gate gate, long number)
    {
        boolean isOpen()
        {
            return gate.isOpen();
        }

        /**
         * Returns the bytes to hold.
         */
        long held()
        {
            return gate.held(number);
        }

        /**
         * Returns a future that completes as soon as readers may pass, or have to hold another amount.
         */
        CompletableFuture<Void> changed()
        {
            return gate.changed();
        }
    }

    private static final class Gate
    {
        private int inside;
        private boolean open;
        private long visits;
        private long held;
        private long lastHolder;
        private CompletableFuture<Void> changed = new CompletableFuture<>();

        private synchronized long enter()
        {
            visits++;
            return visits;
        }

        private synchronized void open()
        {
            open = true;
            held = 0;
            changed.complete(null);
        }

        private void hold(long bytes)
        {
            CompletableFuture<Void> before;
            synchronized (this) {
                if (open) {
                    return;
                }
                held = bytes;
                lastHolder = visits;
                before = changed;
                changed = new CompletableFuture<>();
            }
            before.complete(null);
        }

        private synchronized boolean isOpen()
        {
            return open;
        }

        private synchronized long held(long visit)
        {
            return visit <= lastHolder ? held : 0;
        }

        private synchronized CompletableFuture<Void> changed()
        {
            return changed;
        }
    }
}
