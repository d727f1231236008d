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
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.spi.selection.InvalidClusterSelectionException;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MINUTES;

/**
 * The rules of one reading of the file, and how each has done since.
 * <p>
 * A rule that was running when the time was over is left out while it does not end, as each query would lose a thread to it. When that has
 * happened {@value #MAX_TIMEOUTS} times in ten minutes, the rule is left out until the file changes. Fewer times may be pauses of the process.
 */
final class RuleSet
{
    static final String QUERY_PROPERTIES = "trinoQueryProperties";
    static final int MAX_TIMEOUTS = 3;

    private static final Logger log = Logger.get(RuleSet.class);
    private static final long TIMEOUTS_WINDOW_NANOS = MINUTES.toNanos(10);

    private final List<GatewayRule> rules;
    private final Duration limit;
    private final Ticker ticker;
    private final boolean usesStatement;
    private final Deque<CompiledRules> idle = new ConcurrentLinkedDeque<>();
    private final Map<GatewayRule, RuleHealth> healths = new HashMap<>();
    private volatile Set<GatewayRule> leftOut = ImmutableSet.of();

    private static class RuleHealth
    {
        private final Deque<Long> timeoutsNanos = new ArrayDeque<>();
        private final LogPace pace;
        private int running;
        private boolean disabled;
        private long failures;
        private Optional<String> lastFailure = Optional.empty();

        private RuleHealth(LogPace pace)
        {
            this.pace = pace;
        }
    }

    /**
     * @param rules in their order
     * @param limit how long all of them may take for a query
     * @throws InvalidClusterSelectionException when a rule does not compile
     */
    RuleSet(List<GatewayRule> rules, Duration limit, Ticker ticker)
    {
        this.rules = ImmutableList.copyOf(rules);
        this.limit = requireNonNull(limit, "limit is null");
        this.ticker = requireNonNull(ticker, "ticker is null");
        this.usesStatement = rules.stream().anyMatch(rule -> rule.mentions(QUERY_PROPERTIES));
        idle.push(CompiledRules.compile(rules));
    }

    List<GatewayRule> rules()
    {
        return rules;
    }

    /**
     * Returns whether a rule names {@code trinoQueryProperties}, for which the statement has to be analyzed.
     */
    boolean usesStatement()
    {
        return usesStatement;
    }

    /**
     * Returns rules that the calling thread has for itself.
     */
    CompiledRules take()
    {
        CompiledRules compiled = idle.poll();
        return compiled == null ? CompiledRules.compile(rules) : compiled;
    }

    void giveBack(CompiledRules compiled)
    {
        idle.push(compiled);
    }

    boolean isLeftOut(GatewayRule rule)
    {
        return leftOut.contains(rule);
    }

    /**
     * Notes that the rule was running when the time was over.
     */
    synchronized void timedOut(GatewayRule rule)
    {
        RuleHealth health = health(rule);
        health.running++;
        long now = ticker.read();
        health.timeoutsNanos.addLast(now);
        health.timeoutsNanos.removeIf(time -> now - time > TIMEOUTS_WINDOW_NANOS);
        if (health.timeoutsNanos.size() >= MAX_TIMEOUTS) {
            health.disabled = true;
        }
        log.warn("%s was running when the time of all rules, cluster-selection.rule-timeout=%s, was over. The query goes by its header, or to the default group. The rule is left out %s",
                rule, limit, health.disabled ? "until its file changes" : "while it does not end");
        update();
    }

    /**
     * Notes that a rule which has timed out does not run any more.
     */
    synchronized void ended(GatewayRule rule)
    {
        health(rule).running--;
        update();
    }

    synchronized void failed(GatewayRule rule, String problem)
    {
        RuleHealth health = health(rule);
        health.failures++;
        health.lastFailure = Optional.of(problem);
        health.pace.next().ifPresent(kept -> log.warn("%s has failed, and the query goes by the other rules: %s. Correct the rule. It has failed %s times since the last line about it", rule, problem, kept));
    }

    /**
     * Returns what is wrong with rules that are in use.
     */
    synchronized List<String> problems()
    {
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        for (GatewayRule rule : rules) {
            RuleHealth health = healths.get(rule);
            if (health != null) {
                problem(rule, health).ifPresent(problems::add);
            }
        }
        return problems.build();
    }

    private Optional<String> problem(GatewayRule rule, RuleHealth health)
    {
        if (health.disabled) {
            return Optional.of("%s line %s: rule '%s' is left out until the file changes, as it has run until the time of all rules, cluster-selection.rule-timeout=%s, was over. Make it end"
                    .formatted(rule.file(), rule.line(), rule.name(), limit));
        }
        if (health.running > 0) {
            return Optional.of("%s line %s: rule '%s' is left out while it does not end. Its time, cluster-selection.rule-timeout=%s for all rules, is over. Make it end"
                    .formatted(rule.file(), rule.line(), rule.name(), limit));
        }
        return health.lastFailure.map(failure -> "%s line %s: rule '%s' has failed for %s queries, for the last one with: %s. Correct the rule"
                .formatted(rule.file(), rule.line(), rule.name(), health.failures, failure));
    }

    private RuleHealth health(GatewayRule rule)
    {
        return healths.computeIfAbsent(rule, _ -> new RuleHealth(new LogPace(ticker)));
    }

    private void update()
    {
        leftOut = healths.entrySet().stream()
                .filter(health -> health.getValue().disabled || health.getValue().running > 0)
                .map(Map.Entry::getKey)
                .collect(toImmutableSet());
    }
}
