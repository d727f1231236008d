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
import com.google.common.collect.ImmutableMap;
import io.airlift.testing.TestingTicker;
import io.airlift.units.Duration;
import io.prestosql.selection.gateway.RuleThreads.RulesOutcome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static io.prestosql.selection.gateway.Submissions.request;
import static io.prestosql.selection.gateway.TestCompiledRules.put;
import static io.prestosql.selection.gateway.TestCompiledRules.rule;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

public class TestRuleThreads
{
    private static final Duration LONG = new Duration(1, MINUTES);
    private static final Duration SHORT = new Duration(500, MILLISECONDS);
    private static final String REQUEST_LOOP = "while (request.getHeader(\"X-Trino-Nothing\") == null) { x = 1; }";
    /** Cannot be ended, as a loop that uses no variable. */
    private static final String ENDLESS = "gate.hold()";

    private final Gate gate = new Gate();
    private final ExecutorService callers = newCachedThreadPool();
    private Optional<RuleThreads> threads = Optional.empty();

    /**
     * Keeps threads until the test ends, whether they are interrupted or not.
     */
    public static final class Gate
    {
        private final CountDownLatch held = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        public boolean hold()
        {
            held.countDown();
            awaitUninterruptibly(open);
            return true;
        }
    }

    @AfterEach
    public void stop()
    {
        gate.open.countDown();
        threads.ifPresent(RuleThreads::shutdown);
        callers.shutdownNow();
    }

    private RuleThreads threads(Duration limit, int maxRunning, int maxLost)
    {
        return threads(limit, maxRunning, maxLost, Ticker.systemTicker());
    }

    private RuleThreads threads(Duration limit, int maxRunning, int maxLost, Ticker ticker)
    {
        threads = Optional.of(new RuleThreads(limit, maxRunning, maxLost, ticker));
        return threads.get();
    }

    @Test
    public void testOutcome()
    {
        RuleThreads threads = threads(LONG, 1, 0);
        assertThat(run(threads, rules(LONG, rule("one", "true", put("a")))).group().orElseThrow().group()).isEqualTo("a");
        assertThat(run(threads, rules(LONG, rule("one", "false", put("a"))))).isEqualTo(new RulesOutcome(Optional.empty(), Optional.empty()));
        assertThat(threads.lostThreads()).isZero();
    }

    @Test
    public void testManyCallersAtOnce()
            throws Exception
    {
        RuleThreads threads = threads(LONG, 3, 0);
        RuleSet rules = rules(LONG, rule("one", "state.put(\"seen\", request.getHeader(\"X-Trino-Source\")) == null", "result.put(\"routingGroup\", state.get(\"seen\"))"));
        List<Future<RulesOutcome>> outcomes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String source = "source" + i;
            outcomes.add(callers.submit(() -> run(threads, rules, source)));
        }
        for (int i = 0; i < outcomes.size(); i++) {
            RulesOutcome outcome = outcomes.get(i).get();
            assertThat(outcome.problem()).isEmpty();
            assertThat(outcome.group().orElseThrow().group()).isEqualTo("source" + i);
        }
    }

    @Test
    public void testLoopThatUsesVariablesGivesItsThreadBack()
    {
        RuleThreads threads = threads(SHORT, 1, 0);
        RuleSet rules = rules(SHORT, rule("loops", "true", REQUEST_LOOP));
        assertThat(run(threads, rules).problem()).contains("the rules took longer than cluster-selection.rule-timeout=500.00ms");
        await().untilAsserted(() -> assertThat(threads.lostThreads()).isZero());
        // there is one thread only
        assertThat(run(threads, rules(SHORT, rule("one", "true", put("a")))).problem()).isEmpty();
    }

    @Test
    public void testRuleThatCanBeInterruptedGivesItsThreadBack()
    {
        RuleThreads threads = threads(SHORT, 1, 0);
        RuleSet rules = rules(SHORT, rule("sleeps", "true", "Thread.sleep(1000000L)"));
        assertThat(run(threads, rules).problem()).isPresent();
        await().untilAsserted(() -> assertThat(threads.lostThreads()).isZero());
        assertThat(run(threads, rules(SHORT, rule("one", "true", "Thread.sleep(1L)", put("a")))).group().orElseThrow().group()).isEqualTo("a");
    }

    @Test
    public void testRuleThatDoesNotEndIsLeftOut()
    {
        RuleThreads threads = threads(SHORT, 1, 1);
        RuleSet rules = rules(SHORT, rule("right", "true", put("a")), rule("endless", ENDLESS, put("b")));
        assertThat(run(threads, rules).problem()).contains("the rules took longer than cluster-selection.rule-timeout=500.00ms");
        assertThat(threads.lostThreads()).isEqualTo(1);
        assertThat(rules.problems()).singleElement().asString().contains("rule 'endless' is left out while it does not end");

        // on the thread in its place
        RulesOutcome outcome = run(threads, rules);
        assertThat(outcome.problem()).isEmpty();
        assertThat(outcome.group().orElseThrow().rule().name()).isEqualTo("right");

        gate.open.countDown();
        await().untilAsserted(() -> assertThat(threads.lostThreads()).isZero());
        assertThat(run(threads, rules).group().orElseThrow().rule().name()).isEqualTo("endless");
    }

    @Test
    public void testThreadsThatAreLostAreLimited()
    {
        RuleThreads threads = threads(SHORT, 1, 2);
        for (int i = 0; i < 3; i++) {
            assertThat(threads.areAllLost()).isFalse();
            assertThat(run(threads, rules(SHORT, rule("endless", ENDLESS, put("b")))).problem().orElseThrow()).startsWith("the rules took longer");
        }
        assertThat(threads.lostThreads()).isEqualTo(3);
        assertThat(threads.areAllLost()).isTrue();
        RuleSet right = rules(SHORT, rule("one", "true", put("a")));
        assertThat(run(threads, right).problem()).contains("all threads for rules are lost in rules that do not end");

        gate.open.countDown();
        await().untilAsserted(() -> assertThat(threads.lostThreads()).isZero());
        assertThat(run(threads, right).problem()).isEmpty();
    }

    @Test
    public void testCallersWaitForAThread()
            throws Exception
    {
        RuleThreads threads = threads(LONG, 1, 1);
        Future<RulesOutcome> first = callers.submit(() -> run(threads, rules(LONG, rule("slow", ENDLESS, put("a")))));
        gate.held.await();
        Future<RulesOutcome> second = callers.submit(() -> run(threads, rules(LONG, rule("one", "true", put("b")))));
        gate.open.countDown();
        assertThat(first.get().group().orElseThrow().group()).isEqualTo("a");
        assertThat(second.get().group().orElseThrow().group()).isEqualTo("b");
    }

    /**
     * The time is over, and most of it has passed while the rules waited for a thread, or for a processor.
     */
    @Test
    public void testRuleThatHadNoTimeIsNotBlamed()
    {
        TestingTicker ticker = new TestingTicker();
        RuleThreads threads = threads(SHORT, 1, 1, ticker);
        RuleSet innocent = rules(SHORT, rule("innocent", ENDLESS, put("a")));
        assertThat(run(threads, innocent).problem()).isPresent();
        assertThat(threads.lostThreads()).isEqualTo(1);
        assertThat(innocent.problems()).isEmpty();
    }

    private RulesOutcome run(RuleThreads threads, RuleSet rules)
    {
        return run(threads, rules, "test");
    }

    private RulesOutcome run(RuleThreads threads, RuleSet rules, String source)
    {
        return threads.run(rules, ImmutableMap.of("request", new GatewayRequest(request(ImmutableMap.of("X-Trino-Source", source))), "gate", gate));
    }

    private static RuleSet rules(Duration limit, String... rules)
    {
        return new RuleSet(GatewayRulesFile.parse(Path.of("rules.yaml"), String.join("", rules)), limit, Ticker.systemTicker());
    }
}
