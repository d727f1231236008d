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
package io.prestosql.selection.rules;

import io.prestosql.spi.selection.InvalidClusterSelectionException;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests that a wrong file gets a message that names the line and the fix.
 */
public class TestRulesFile
{
    @Test
    public void testUnknownKey()
    {
        assertThat(problems("""
                {
                  "rules": [
                    {
                      "usr": "alice",
                      "routingGroup": "etl"
                    }
                  ]
                }
                """)).singleElement().asString()
                .startsWith("etc/rules.json, line 4: there is no key \"usr\". Remove or correct it; the keys are: authenticatedUser, catalog, choice,");
    }

    @Test
    public void testWrongType()
    {
        assertThat(problems("""
                {
                  "rules": [
                    {
                      "clientTags": "fast",
                      "routingGroup": "etl"
                    }
                  ]
                }
                """)).singleElement().asString().startsWith("etc/rules.json, line 4: ");
        assertThat(problems("""
                {
                  "rules": [
                    {
                      "routingGroup": "etl",
                      "maxWait": "soon"
                    }
                  ]
                }
                """)).singleElement().asString().startsWith("etc/rules.json, line 5: ").contains("soon");
    }

    @Test
    public void testNoJson()
    {
        assertThat(problems("""
                {
                  "rules": [
                    {"routingGroup": "etl"
                  ]
                }
                """)).singleElement().asString().startsWith("etc/rules.json, line 4: ");
        assertThat(problems("")).singleElement().asString().startsWith("etc/rules.json").contains("No content");
        assertThat(problems("null")).containsExactly("etc/rules.json: the file has no rules. Write an object with the key \"rules\"");
        assertThat(problems("{}")).singleElement().asString().startsWith("etc/rules.json, line 1: ").contains("\"rules\" is missing");
        assertThat(problems("{\"rules\": []} {}")).singleElement().asString().startsWith("etc/rules.json, line 1: ");
    }

    @Test
    public void testRepeatedKey()
    {
        assertThat(problems("""
                {
                  "rules": [
                    {
                      "user": "alice",
                      "user": "bob",
                      "routingGroup": "etl"
                    }
                  ]
                }
                """)).singleElement().asString().startsWith("etc/rules.json, line 5: Duplicate field 'user'");
    }

    @Test
    public void testRegularExpression()
    {
        assertThat(problems("""
                {
                  "rules": [
                    {"routingGroup": "adhoc"},
                    {
                      "name": "etl",
                      "source": "etl(",
                      "routingGroup": "etl"
                    }
                  ]
                }
                """)).containsExactly("etc/rules.json, line 6: rule etl, \"source\": 'etl(' is no regular expression: missing closing ). " +
                "Correct it; the syntax is that of RE2, without backreferences and look-around");
        assertThat(problems("""
                {"rules": [{"sessionProperties": {"x": "(?=a)"}, "routingGroup": "etl"}]}
                """)).singleElement().asString().startsWith("etc/rules.json, line 1: rule 1, \"sessionProperties/x\": '(?=a)' is no regular expression: ");
    }

    @Test
    public void testTarget()
    {
        assertThat(problems("""
                {
                  "rules": [
                    {"user": "alice"},
                    {"user": "bob", "routingGroup": "etl", "cluster": "a"},
                    {"user": "(?<name>.*)", "routingGroup": "etl-${team}"}
                  ]
                }
                """)).containsExactly(
                "etc/rules.json, line 3: rule 1, target: a rule needs a \"routingGroup\" or a \"cluster\", and not both. Add one of the two",
                "etc/rules.json, line 4: rule 2, target: a rule needs a \"routingGroup\" or a \"cluster\", and not both. Remove one of the two",
                "etc/rules.json, line 5: rule 3, \"routingGroup\": no regular expression of the rule has a group 'team'. Name the group as in (?<team>...), or correct the variable");
    }

    @Test
    public void testValues()
    {
        assertThat(problems("""
                {
                  "rules": [
                    {"name": "a", "queryType": ["SELECT", "READ"], "routingGroup": "etl"},
                    {"name": "a", "choice": "random", "routingGroup": "etl"},
                    {"name": "b", "whenUnavailable": "retry", "routingGroup": "etl"},
                    {"name": "c", "whenUnavailable": "fallback", "routingGroup": "etl"},
                    {"name": "d", "headers": {"Authorization": ".*"}, "routingGroup": "etl"},
                    {"name": "e", "user": "(?<x>.*)", "source": "(?<x>.*)", "routingGroup": "${x}"}
                  ]
                }
                """)).containsExactly(
                "etc/rules.json, line 3: rule a, \"queryType\": 'READ' is no query type. The types are: SELECT, EXPLAIN, DESCRIBE, INSERT, UPDATE, DELETE, ANALYZE, DATA_DEFINITION, ALTER_TABLE_EXECUTE, MERGE",
                "etc/rules.json, line 4: there are two rules with the name 'a'. Rename one of them",
                "etc/rules.json, line 4: rule a, \"choice\": 'random' is not known. It may be one of: least-loaded, weighted, round-robin, fewest-queries-of-user",
                "etc/rules.json, line 5: rule b, \"whenUnavailable\": 'retry' is not known. It may be one of: wait, fail, fallback",
                "etc/rules.json, line 6: rule c, \"whenUnavailable\": 'fallback' is the default routing group, and there is none. Add \"defaultRoutingGroup\", or use 'wait' or 'fail'",
                "etc/rules.json, line 7: rule d, \"headers/Authorization\": rules cannot see this header, as it proves who the client is. Remove the condition",
                "etc/rules.json, line 8: rule e, \"source\": the rule has another group with the name 'x'. Rename one of the two");
    }

    private static List<String> problems(String json)
    {
        InvalidClusterSelectionException failure = catchThrowableOfType(InvalidClusterSelectionException.class, () -> new RulesFile(Path.of("etc/rules.json")).parse(json.getBytes(UTF_8)));
        assertThat(failure).as(json).isNotNull();
        return failure.problems();
    }
}
