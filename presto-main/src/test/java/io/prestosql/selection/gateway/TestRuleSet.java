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

import io.airlift.testing.TestingTicker;
import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

import static io.prestosql.selection.gateway.TestCompiledRules.put;
import static io.prestosql.selection.gateway.TestCompiledRules.rule;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

public class TestRuleSet
{
    private static final List<GatewayRule> RULES = GatewayRulesFile.parse(Path.of("rules.yaml"), rule("one", "true", put("a")) + rule("two", "true", put("b")));

    private final TestingTicker ticker = new TestingTicker();
    private final RuleSet rules = new RuleSet(RULES, new Duration(500, MILLISECONDS), ticker);

    @Test
    public void testRuleIsLeftOutWhileItDoesNotEnd()
    {
        GatewayRule rule = RULES.getFirst();
        assertThat(rules.isLeftOut(rule)).isFalse();
        rules.timedOut(rule);
        rules.timedOut(rule);
        assertThat(rules.isLeftOut(rule)).isTrue();
        assertThat(rules.isLeftOut(RULES.getLast())).isFalse();
        assertThat(rules.problems()).containsExactly("rules.yaml line 2: rule 'one' is left out while it does not end. Its time, cluster-selection.rule-timeout=500.00ms for all rules, is over. Make it end");
        rules.ended(rule);
        assertThat(rules.isLeftOut(rule)).isTrue();
        rules.ended(rule);
        assertThat(rules.isLeftOut(rule)).isFalse();
        assertThat(rules.problems()).isEmpty();
    }

    @Test
    public void testRuleThatTimesOutAgainAndAgainIsLeftOutForGood()
    {
        GatewayRule rule = RULES.getFirst();
        timeOut(rule);
        ticker.increment(4, MINUTES);
        timeOut(rule);
        ticker.increment(7, MINUTES);
        // the first one was longer ago than ten minutes
        timeOut(rule);
        assertThat(rules.isLeftOut(rule)).isFalse();
        ticker.increment(2, MINUTES);
        timeOut(rule);
        assertThat(rules.isLeftOut(rule)).isTrue();
        ticker.increment(100, MINUTES);
        assertThat(rules.isLeftOut(rule)).isTrue();
        assertThat(rules.problems()).singleElement().asString().startsWith("rules.yaml line 2: rule 'one' is left out until the file changes").endsWith("Make it end");
    }

    private void timeOut(GatewayRule rule)
    {
        rules.timedOut(rule);
        rules.ended(rule);
    }

    @Test
    public void testFailures()
    {
        GatewayRule rule = RULES.getLast();
        rules.failed(rule, "no such method");
        rules.failed(rule, "no such field");
        assertThat(rules.isLeftOut(rule)).isFalse();
        assertThat(rules.problems()).containsExactly("rules.yaml line 8: rule 'two' has failed for 2 queries, for the last one with: no such field. Correct the rule");
    }

    @Test
    public void testEachCallerHasRulesOfItsOwn()
    {
        CompiledRules first = rules.take();
        CompiledRules second = rules.take();
        assertThat(second).isNotSameAs(first);
        rules.giveBack(first);
        assertThat(rules.take()).isSameAs(first);
    }

    @Test
    public void testUseOfTheStatement()
    {
        assertThat(rules.usesStatement()).isFalse();
        List<GatewayRule> other = GatewayRulesFile.parse(Path.of("rules.yaml"), rule("one", "trinoQueryProperties.getQueryType() == \"Query\"", put("a")));
        assertThat(new RuleSet(other, new Duration(500, MILLISECONDS), ticker).usesStatement()).isTrue();
    }
}
