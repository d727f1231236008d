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
package io.prestosql.selection.gateway;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.units.Duration;
import io.prestosql.selection.gateway.CompiledRules.GroupOfRule;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Runs rules with a limit of time, on threads of their own.
 * <p>
 * When the time is over, the rules are interrupted, and end when they next use a variable. A loop that does neither cannot be ended: its
 * thread is lost, and keeps a processor busy until the process ends. So the number of threads is limited. A lost thread is replaced as long
 * as fewer than {@code maxLost} are lost. When all are lost, rules are not run any more.
 */
final class RuleThreads
{
    private final Duration limit;
    private final int maxRunning;
    private final int maxLost;
    private final Ticker ticker;
    private final Semaphore places;
    private final AtomicInteger lost = new AtomicInteger();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("cluster-selection-rules-%s"));

    /**
     * What has come of running rules.
     *
     * @param group empty when no rule has set one, and when the rules have not come to an end
     * @param problem why the rules have not come to an end
     */
    record RulesOutcome(Optional<GroupOfRule> group, Optional<String> problem)
    {
        RulesOutcome
        {
            requireNonNull(group, "group is null");
            requireNonNull(problem, "problem is null");
        }

        private static RulesOutcome failed(String problem)
        {
            return new RulesOutcome(Optional.empty(), Optional.of(problem));
        }
    }

    private static final class RulesOverdueException
            extends RuntimeException
    {
        private RulesOverdueException()
        {
            super("the time of the rules is over");
        }
    }

    /**
     * @param limit how long a caller waits
     * @param maxRunning how many callers' rules run at the same time
     * @param maxLost how many threads may be lost, beyond those, before rules are not run any more
     */
    RuleThreads(Duration limit, int maxRunning, int maxLost, Ticker ticker)
    {
        this.limit = requireNonNull(limit, "limit is null");
        this.maxRunning = maxRunning;
        this.maxLost = maxLost;
        this.ticker = requireNonNull(ticker, "ticker is null");
        this.places = new Semaphore(maxRunning);
    }

    RulesOutcome run(RuleSet rules, Map<String, Object> objects)
    {
        long limitNanos = limit.roundTo(NANOSECONDS);
        long startNanos = ticker.read();
        try {
            if (areAllLost() || !places.tryAcquire(limitNanos, NANOSECONDS)) {
                return RulesOutcome.failed(areAllLost() ? "all threads for rules are lost in rules that do not end" : "all threads for rules were busy for %s".formatted(limit));
            }
            long leftNanos = limitNanos - (ticker.read() - startNanos);
            return start(rules, objects).await(leftNanos);
        }
        catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return RulesOutcome.failed("the dispatcher was interrupted while the rules ran");
        }
        catch (RejectedExecutionException _) {
            return RulesOutcome.failed("the dispatcher stops");
        }
    }

    /**
     * Starts rules in the place that the caller has.
     */
    private RunningRules start(RuleSet rules, Map<String, Object> objects)
    {
        boolean started = false;
        try {
            // may compile them, which is no matter of the rules' time
            RunningRules running = new RunningRules(rules, rules.take(), objects);
            executor.execute(running);
            started = true;
            return running;
        }
        finally {
            if (!started) {
                places.release();
            }
        }
    }

    /**
     * Returns how many threads run rules whose time is over.
     */
    int lostThreads()
    {
        return lost.get();
    }

    boolean areAllLost()
    {
        return lost.get() >= maxRunning + maxLost;
    }

    void shutdown()
    {
        executor.shutdownNow();
    }

    private final class RunningRules
            implements Runnable, CompiledRules.RuleRun
    {
        private final RuleSet rules;
        private final CompiledRules compiled;
        private final Map<String, Object> objects;
        private final SettableFuture<RulesOutcome> outcome = SettableFuture.create();
        private volatile boolean overdue;
        private long startNanos;
        private Optional<Thread> thread = Optional.empty();
        private Optional<GatewayRule> current = Optional.empty();
        private Optional<GatewayRule> blamed = Optional.empty();
        private boolean ended;
        private boolean replaced;

        private RunningRules(RuleSet rules, CompiledRules compiled, Map<String, Object> objects)
        {
            this.rules = requireNonNull(rules, "rules is null");
            this.compiled = requireNonNull(compiled, "compiled is null");
            this.objects = requireNonNull(objects, "objects is null");
        }

        private RulesOutcome await(long nanos)
                throws InterruptedException
        {
            try {
                return outcome.get(nanos, NANOSECONDS);
            }
            catch (TimeoutException _) {
                giveUp(hadItsTime());
                return RulesOutcome.failed("the rules took longer than cluster-selection.rule-timeout=%s".formatted(limit));
            }
            catch (InterruptedException e) {
                giveUp(false);
                throw e;
            }
            catch (ExecutionException e) {
                return RulesOutcome.failed("the rules have failed: %s".formatted(e.getCause()));
            }
        }

        /**
         * Returns whether the rules ran for the better part of the limit: most of it may have passed while they waited for a thread, and then
         * the rule that happens to run is not to blame.
         */
        private synchronized boolean hadItsTime()
        {
            return thread.isPresent() && ticker.read() - startNanos >= limit.roundTo(NANOSECONDS) / 2;
        }

        private synchronized void giveUp(boolean blames)
        {
            if (ended) {
                return;
            }
            overdue = true;
            thread.ifPresent(Thread::interrupt);
            if (blames) {
                blamed = current;
                blamed.ifPresent(rules::timedOut);
            }
            if (lost.incrementAndGet() <= maxLost) {
                replaced = true;
                places.release();
            }
        }

        @Override
        public void run()
        {
            synchronized (this) {
                thread = Optional.of(Thread.currentThread());
                startNanos = ticker.read();
            }
            try {
                check();
                Optional<GroupOfRule> group = compiled.run(objects, this);
                rules.giveBack(compiled);
                end();
                outcome.set(new RulesOutcome(group, Optional.empty()));
            }
            catch (Throwable t) {
                end();
                outcome.setException(t);
            }
        }

        private synchronized void end()
        {
            ended = true;
            thread = Optional.empty();
            if (overdue) {
                lost.decrementAndGet();
                blamed.ifPresent(rules::ended);
            }
            if (!replaced) {
                places.release();
            }
            // the thread goes on with the rules of another query
            Thread.interrupted();
        }

        @Override
        public boolean begins(GatewayRule rule)
        {
            if (rules.isLeftOut(rule)) {
                return false;
            }
            synchronized (this) {
                if (overdue) {
                    throw new RulesOverdueException();
                }
                current = Optional.of(rule);
                return true;
            }
        }

        @Override
        public void fails(GatewayRule rule, String problem)
        {
            rules.failed(rule, problem);
        }

        @Override
        public void check()
        {
            if (overdue) {
                throw new RulesOverdueException();
            }
        }
    }
}
