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

import io.prestosql.selection.gateway.GatewayRule.Mvel;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestGatewayRulesFile
{
    private static final Path FILE = Path.of("etc/rules.yaml");

    @Test
    public void testEverything()
    {
        List<GatewayRule> rules = parse("""
                ---
                # the first in the file
                name: "airflow special"
                description: "batches"
                priority: 1
                condition: 'request.getHeader("X-Trino-Source") == "airflow"'
                actions:
                  - 'result.put("routingGroup", "etl")'
                  - |
                    state.put("seen", true)
                ---
                name: plain
                condition: "true"
                actions: []
                """);
        assertThat(rules).extracting(GatewayRule::name).containsExactly("plain", "airflow special");
        GatewayRule rule = rules.getLast();
        assertThat(rule.priority()).isEqualTo(1);
        assertThat(rule.line()).isEqualTo(3);
        assertThat(rule.condition()).isEqualTo(new Mvel("request.getHeader(\"X-Trino-Source\") == \"airflow\"", 6));
        assertThat(rule.actions()).containsExactly(
                new Mvel("result.put(\"routingGroup\", \"etl\")", 8),
                new Mvel("state.put(\"seen\", true)\n", 9));
        assertThat(rule).hasToString("rule 'airflow special' (etc/rules.yaml line 3)");
        assertThat(rules.getFirst().priority()).isZero();
        assertThat(rules.getFirst().actions()).isEmpty();
    }

    @Test
    public void testOrder()
    {
        List<GatewayRule> rules = parse(rule("third", "priority: 0") + rule("last", "priority: 7") + rule("fourth", "") + rule("second", "priority: -1") + rule("fifth", "priority:") + rule("first", "priority: -2"));
        assertThat(rules).extracting(GatewayRule::name).containsExactly("first", "second", "third", "fourth", "fifth", "last");
    }

    @Test
    public void testEmptyDocumentsAreNoRules()
    {
        assertThat(parse("---\n" + rule("only", "") + "---\n")).extracting(GatewayRule::name).containsExactly("only");
    }

    private static String rule(String name, String priority)
    {
        return """
                ---
                name: %s
                %s
                condition: "true"
                actions:
                  - 'result.put("routingGroup", "group")'
                """.formatted(name, priority);
    }

    @Test
    public void testProblemsNameFileLineAndFix()
    {
        assertProblem("---\nname: one\n\ncondition: \"true\n", "etc/rules.yaml line 5: this is no YAML");
        assertProblem("name: one\ncondition: 'true'\nactions:\n\t- 'x'\n", "etc/rules.yaml line 4: this is no YAML");
        assertProblem("just text\n", "etc/rules.yaml line 1: a rule has keys and values: name, condition, actions, description, priority");
        assertProblem("name: one\nconditon: 'true'\ncondition: 'true'\nactions: []\n", "etc/rules.yaml line 2: 'conditon' is no key of a rule. The keys are name");
        assertProblem("---\nname: one\nactions: []\n", "etc/rules.yaml line 2: the rule has no condition. Add it");
        assertProblem("condition: 'true'\nactions: []\n", "etc/rules.yaml line 1: the rule has no name. Add it");
        assertProblem("name: one\ncondition: 'true'\n", "etc/rules.yaml line 1: the rule has no actions. Add it");
        assertProblem("name: one\nname: two\ncondition: 'true'\nactions: []\n", "etc/rules.yaml line 2: the rule has name twice. Remove one of the two");
        assertProblem("name: ''\ncondition: 'true'\nactions: []\n", "etc/rules.yaml line 1: the name of a rule has 1 to 256 characters");
        assertProblem("name: one\ncondition: ' '\nactions: []\n", "etc/rules.yaml line 2: condition is a text with an MVEL expression");
        assertProblem("name: one\ncondition: [a, b]\nactions: []\n", "etc/rules.yaml line 2: condition is a text with an MVEL expression");
        assertProblem("name: one\ndescription: {a: b}\ncondition: 'true'\nactions: []\n", "etc/rules.yaml line 2: description is a text");
        assertProblem("name: one\npriority: high\ncondition: 'true'\nactions: []\n", "etc/rules.yaml line 2: priority is a whole number");
        assertProblem("name: one\ncondition: 'true'\nactions: 'x'\n", "etc/rules.yaml line 3: actions is a list: put - before each action");
        assertProblem("name: one\ncondition: 'true'\nactions:\n  - 'x'\n  - {y: z}\n", "etc/rules.yaml line 5: an action is a text with an MVEL expression");
        assertProblem(rule("one", "") + rule("one", ""), "etc/rules.yaml line 8: the rule of line 2 has the name 'one', too. Rename one of the two");
        assertProblem("", "etc/rules.yaml: there is no rule. Add one");
        assertProblem("# nothing\n", "etc/rules.yaml: there is no rule. Add one");
    }

    @Test
    public void testAllProblemsAreSaid()
    {
        assertThatThrownBy(() -> parse("name: one\nactions: []\n---\nname: two\ncondition: 'true'\npriority: x\nactions: []\n"))
                .isInstanceOfSatisfying(InvalidClusterSelectionException.class, e -> assertThat(e.problems()).containsExactly(
                        "etc/rules.yaml line 1: the rule has no condition. Add it",
                        "etc/rules.yaml line 6: priority is a whole number, and rules with a lower one come first"));
    }

    private static void assertProblem(String text, String problem)
    {
        assertThatThrownBy(() -> parse(text))
                .as(text)
                .isInstanceOfSatisfying(InvalidClusterSelectionException.class, e -> assertThat(e.problems()).singleElement().asString().startsWith(problem));
    }

    private static List<GatewayRule> parse(String text)
    {
        return GatewayRulesFile.parse(FILE, text);
    }
}
