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

import com.google.common.collect.ImmutableMap;
import io.prestosql.selection.gateway.CompiledRules.GroupOfRule;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.prestosql.selection.gateway.Submissions.request;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestCompiledRules
{
    private static final Path FILE = Path.of("rules.yaml");

    @Test
    public void testLastGroupWins()
    {
        assertThat(group(rule("one", "true", put("a")), rule("two", "true", put("b")), rule("three", "false", put("c")))).contains("two: b");
        assertThat(group(rule("one", "false", put("a")))).isEmpty();
        assertThat(group(rule("one", "true", put("a"), put("b")))).contains("one: b");
        assertThat(group(rule("one", "true", put("a")), rule("two", "true", "result.put(\"routingGroup\", null)"))).isEmpty();
        assertThat(group(rule("one", "true", put("a")), rule("two", "true", "result.remove(\"routingGroup\")"))).isEmpty();
        assertThat(group(rule("one", "true", put("a")), rule("two", "true", "result.put(\"other\", \"b\")"))).contains("one: a");
    }

    @Test
    public void testActionsSeeWhatOthersHaveSet()
    {
        assertThat(group(rule("one", "true", put("a")), rule("two", "true", "result.put(\"routingGroup\", result.get(\"routingGroup\") + \"-b\")"))).contains("two: a-b");
        assertThat(group(
                rule("one", "true", "state.put(\"seen\", new ArrayList())", "state.get(\"seen\").add(\"x\")"),
                rule("two", "state.get(\"seen\").contains(\"x\")", put("a"))))
                .contains("two: a");
    }

    @Test
    public void testStateIsOfOneQuery()
    {
        CompiledRules rules = compile(rule("one", "state.isEmpty()", "state.put(\"seen\", true)", put("a")));
        assertThat(rules.run(objects(), new RecordingRun())).map(GroupOfRule::group).contains("a");
        assertThat(rules.run(objects(), new RecordingRun())).map(GroupOfRule::group).contains("a");
    }

    @Test
    public void testNamesOfTrinoGateway()
    {
        assertThat(group(rule("one", "true", "result.put(FileBasedRoutingGroupSelector.RESULTS_ROUTING_GROUP_KEY, \"a\")"))).contains("one: a");
        assertThat(group(rule("one", "Math.abs(-1) == 1 && Integer.parseInt(\"2\") == 2 && java.util.Optional.of(\"x\").isPresent() && new HashMap().isEmpty()", put("a")))).contains("one: a");
        assertThat(group(rule("one", "request.getMethod.toLowerCase.equals(\"post\")", put("a")))).contains("one: a");
        assertThat(group(rule("one", "request.getHeaders(\"X-Trino-Source\").nextElement() == \"test\" && request.getHeaderNames().hasMoreElements()", put("a")))).contains("one: a");
        assertThat(group(rule("one", "request.getHeader(\"X-Trino-Nothing\") contains \"x\"", put("a")))).isEmpty();
        assertThat(group(rule("one", "request.getHeader(\"X-Trino-Source\") ~= \"t.*t\"", put("a")))).contains("one: a");
    }

    @Test
    public void testVariablesOfAnExpressionAreGoneWithIt()
    {
        RecordingRun run = new RecordingRun();
        assertThat(compile(rule("one", "true", "group = \"a\"; result.put(\"routingGroup\", group)"), rule("two", "group == \"a\"", put("b"))).run(objects(), run))
                .map(GroupOfRule::group).contains("a");
        assertThat(run.failures).singleElement().asString().startsWith("two: ");
    }

    @Test
    public void testRuleThatFailsSetsNothing()
    {
        assertFailure("state.get(\"missing\").contains(\"x\")", put("b"), "it uses a value that is null");
        assertFailure("true", put("b") + "; throw new Exception(\"broken\")", "");
        assertFailure("true", put("b") + "; Integer.parseInt(\"x\")", "For input string: \"x\"");
        assertFailure("request.getHeader(\"X-Trino-Source\")", put("b"), "its condition is a java.lang.String, which has to be true or false");
        assertFailure("null", put("b"), "its condition is null, which has to be true or false");
        assertFailure("true", "result.put(\"routingGroup\", 5)", "it sets routingGroup to a java.lang.Integer, which has to be a text");
        assertFailure("trinoQueryProperties.getQueryType() == \"Query\"", put("b"), "");
        assertFailure("result.isEmpty()", put("b"), "");
        assertFailure("request.getCookies() == null", put("b"), "");
    }

    private static void assertFailure(String condition, String action, String problem)
    {
        RecordingRun run = new RecordingRun();
        Optional<GroupOfRule> group = compile(
                rule("right", "true", put("a")),
                rule("wrong", condition, action),
                rule("also right", "true", "state.put(\"ran\", true)"))
                .run(objects(), run);
        assertThat(group).as(condition).map(found -> found.rule().name() + ": " + found.group()).contains("right: a");
        assertThat(run.failures).as(condition).singleElement().asString().startsWith("wrong: ").contains(problem);
        assertThat(run.begun).as(condition).containsExactly("right", "wrong", "also right");
    }

    @Test
    public void testRulesThatAreLeftOut()
    {
        RecordingRun run = new RecordingRun();
        run.leftOut.add("two");
        assertThat(compile(rule("one", "true", put("a")), rule("two", "true", put("b"))).run(objects(), run)).map(GroupOfRule::group).contains("a");
    }

    @Test
    public void testLoopThatUsesVariablesEnds()
    {
        for (String loop : List.of(
                "while (request.getHeader(\"X-Trino-Nothing\") == null) { x = 1; }",
                "while (state.isEmpty()) { state.size(); }",
                "i = 0; while (i < 1) { i = 0; }",
                "foreach (x : request.getHeader(\"X-Trino-Source\").toCharArray()) { while (state.isEmpty()) { result.size(); } }")) {
            RecordingRun run = new RecordingRun();
            run.checks = 1000;
            CompiledRules rules = compile(rule("loops", "true", loop), rule("next", "true", put("a")));
            assertThatThrownBy(() -> rules.run(objects(), run)).as(loop).hasMessage("the test ends the rules");
            assertThat(run.begun).containsExactly("loops");
            assertThat(run.failures).isEmpty();
        }
    }

    @Test
    public void testWhatDoesNotCompile()
    {
        assertDoesNotCompile(rule("one", "request.getHeader(\"X-Trino-Source\" == \"airflow\"", put("a")), "rules.yaml line 4: rule 'one' has MVEL that does not compile");
        assertDoesNotCompile(rule("one", "true", "result.put(\"routingGroup\", \"a)"), "rules.yaml line 6: rule 'one' has MVEL that does not compile");
        assertDoesNotCompile(rule("one", "true", "if (true { result.clear() }"), "rules.yaml line 6: rule 'one' has MVEL that does not compile");
        assertDoesNotCompile(rule("one", "a = = b", put("a")), "rules.yaml line 4: rule 'one' has MVEL that does not compile");
    }

    private static void assertDoesNotCompile(String rule, String problem)
    {
        assertThatThrownBy(() -> compile(rule))
                .as(rule)
                .isInstanceOfSatisfying(InvalidClusterSelectionException.class, e -> assertThat(e.problems()).singleElement().asString().startsWith(problem).contains("Correct '"));
    }

    static String rule(String name, String condition, String... actions)
    {
        return """
                ---
                name: %s

                condition: '%s'
                actions:
                %s
                """.formatted(name, condition, List.of(actions).stream()
                .map("  - '%s'"::formatted)
                .collect(joining("\n")));
    }

    static String put(String group)
    {
        return "result.put(\"routingGroup\", \"%s\")".formatted(group);
    }

    private static Optional<String> group(String... rules)
    {
        RecordingRun run = new RecordingRun();
        Optional<GroupOfRule> group = compile(rules).run(objects(), run);
        assertThat(run.failures).isEmpty();
        return group.map(found -> found.rule().name() + ": " + found.group());
    }

    private static CompiledRules compile(String... rules)
    {
        return CompiledRules.compile(GatewayRulesFile.parse(FILE, String.join("", rules)));
    }

    private static Map<String, Object> objects()
    {
        return ImmutableMap.of("request", new GatewayRequest(request(ImmutableMap.of("X-Trino-Source", "test"))));
    }

    private static class RecordingRun
            implements CompiledRules.RuleRun
    {
        private final List<String> begun = new ArrayList<>();
        private final List<String> failures = new ArrayList<>();
        private final List<String> leftOut = new ArrayList<>();
        private int checks = Integer.MAX_VALUE;

        @Override
        public boolean begins(GatewayRule rule)
        {
            begun.add(rule.name());
            return !leftOut.contains(rule.name());
        }

        @Override
        public void fails(GatewayRule rule, String problem)
        {
            failures.add(rule.name() + ": " + problem);
        }

        @Override
        public void check()
        {
            checks--;
            if (checks < 0) {
                throw new IllegalStateException("the test ends the rules");
            }
        }
    }
}
