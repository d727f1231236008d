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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.selection.TestingSelectionContext;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.ClusterTarget.AnyCluster;
import io.prestosql.spi.selection.ClusterTarget.NamedCluster;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.prestosql.spi.selection.SelectionRequest;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestSelectionRules
{
    private static final SelectionQuery QUERY = new SelectionQuery(
            "alice",
            "admin",
            Optional.of("service"),
            ImmutableSet.of("analysts", "finance"),
            Optional.of("superset"),
            ImmutableSet.of("fast", "reports"),
            Optional.of("dashboard 7"),
            ImmutableMap.of("query_priority", "5", "hive.compression", "zstd"),
            "global.finance",
            new StatementFacts(Optional.of("SELECT"), ImmutableList.of("hive", "tpch"), ImmutableList.of("hive.sales", "tpch.tiny"), ImmutableList.of("hive.sales.orders", "tpch.tiny.nation")),
            ImmutableMap.of());

    private final TestingSelectionContext context = new TestingSelectionContext()
            .withClusters("a", "b")
            .withRoutingGroups("etl", "adhoc", "finance");

    @Test
    public void testConditions()
    {
        assertMatches("\"user\": \"al.*\"", "\"user\": \"al\"");
        assertMatches("\"user\": \"alice\"", "\"user\": \"bob\"");
        assertMatches("\"originalUser\": \"admin\"", "\"originalUser\": \"alice\"");
        assertMatches("\"authenticatedUser\": \"serv(ice|er)\"", "\"authenticatedUser\": \"alice\"");
        assertMatches("\"userGroup\": \"fin.*\"", "\"userGroup\": \"sales\"");
        assertMatches("\"source\": \"super.*\"", "\"source\": \"tableau\"");
        assertMatches("\"clientTags\": [\"fast\"]", "\"clientTags\": [\"fast\", \"slow\"]");
        assertMatches("\"clientTags\": [\"fast\", \"reports\"]", "\"clientTags\": [\"Fast\"]");
        assertMatches("\"clientInfo\": \"dashboard [0-9]+\"", "\"clientInfo\": \"dashboard\"");
        assertMatches("\"sessionProperties\": {\"query_priority\": \"[5-9]\", \"hive.compression\": \"zstd\"}", "\"sessionProperties\": {\"query_priority\": \"5\", \"other\": \".*\"}");
        assertMatches("\"resourceGroup\": \"global\\\\.finance\"", "\"resourceGroup\": \"finance\"");
        assertMatches("\"queryType\": \"SELECT\"", "\"queryType\": \"INSERT\"");
        assertMatches("\"queryType\": [\"insert\", \"select\"]", "\"queryType\": [\"INSERT\", \"DELETE\"]");
        assertMatches("\"catalog\": \"tpch\"", "\"catalog\": \"iceberg\"");
        assertMatches("\"schema\": \"tpch\\\\..*\"", "\"schema\": \"tiny\"");
        assertMatches("\"table\": \".*\\\\.nation\"", "\"table\": \"nation\"");
        assertMatches("\"user\": \"alice\", \"source\": \"superset\"", "\"user\": \"alice\", \"source\": \"tableau\"");
        assertMatches("\"name\": \"all\"", "\"user\": \"\"");
    }

    private void assertMatches(String matching, String other)
    {
        assertThat(select(rule(matching))).as(matching).containsExactly(new RoutingGroup("etl"));
        assertThat(select(rule(other))).as(other).containsExactly(new AnyCluster());
    }

    private static String rule(String conditions)
    {
        return "{\"rules\": [{%s, \"routingGroup\": \"etl\"}]}".formatted(conditions);
    }

    @Test
    public void testFirstMatchWins()
    {
        String rules = """
                {
                  "defaultRoutingGroup": "adhoc",
                  "rules": [
                    {"user": "bob", "cluster": "a"},
                    {"user": "alice", "cluster": "b"},
                    {"source": "superset", "routingGroup": "etl"}
                  ]
                }
                """;
        assertThat(select(rules)).containsExactly(new NamedCluster("b"));
        assertThat(select("{\"defaultRoutingGroup\": \"adhoc\", \"rules\": []}")).containsExactly(new RoutingGroup("adhoc"));
    }

    @Test
    public void testEverythingThatARuleSays()
    {
        ClusterSelection selection = parse("""
                {
                  "defaultRoutingGroup": "adhoc",
                  "rules": [
                    {
                      "name": "finance",
                      "resourceGroup": "global\\\\.(?<group>.*)",
                      "routingGroup": "${group}",
                      "fallbackRoutingGroups": ["etl"],
                      "clusterTags": ["gpu"],
                      "choice": "fewest-queries-of-user",
                      "whenUnavailable": "fallback",
                      "maxWait": "5m"
                    }
                  ]
                }
                """).select(QUERY, new Targets(context));
        assertThat(selection).isEqualTo(new ClusterSelection(
                "Rule finance (etc/rules.json, line 4)",
                ImmutableList.of(new RoutingGroup("finance"), new RoutingGroup("etl"), new RoutingGroup("adhoc")),
                ImmutableSet.of("gpu"),
                ClusterChoice.FEWEST_QUERIES_OF_USER,
                WhenUnavailable.WAIT,
                Optional.of(Duration.ofMinutes(5))));
        assertThat(parse("{\"rules\": [{\"cluster\": \"a\", \"whenUnavailable\": \"fail\"}]}").select(QUERY, new Targets(context)).whenUnavailable()).isEqualTo(WhenUnavailable.FAIL);
    }

    /**
     * A group whose name comes from the client has to be there: there is no other one to go to silently.
     */
    @Test
    public void testUnknownGroupOfClient()
    {
        SelectionRules rules = parse("""
                {"rules": [{"name": "by source", "source": "(?<source>.*)", "routingGroup": "${source}-cluster"}]}
                """);
        assertThatThrownBy(() -> rules.select(QUERY, new Targets(context)))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessage("Rule by source (etc/rules.json, line 1) sends this query to routing group superset-cluster, and no cluster is there");
        context.withRoutingGroups("superset-cluster");
        assertThat(rules.select(QUERY, new Targets(context)).targets()).containsExactly(new RoutingGroup("superset-cluster"));
    }

    @Test
    public void testHeaders()
    {
        SelectionRules rules = parse("""
                {
                  "rules": [
                    {"headers": {"X-Team": "(?<team>[a-z]+)-[0-9]+", "x-urgent": "yes"}, "routingGroup": "${team}"},
                    {"headers": {"X-Team": ".*"}, "routingGroup": "etl"}
                  ]
                }
                """);
        assertThat(select(rules, ImmutableMap.of("x-team", ImmutableList.of("other", "finance-7"), "X-Urgent", ImmutableList.of("yes")))).containsExactly(new RoutingGroup("finance"));
        assertThat(select(rules, ImmutableMap.of("x-team", ImmutableList.of("finance-7")))).containsExactly(new RoutingGroup("etl"));
        assertThat(select(rules, ImmutableMap.of("x-other", ImmutableList.of("finance-7")))).containsExactly(new AnyCluster());
    }

    /**
     * Only the result of a condition on a header is kept with the query, as the header itself may be secret.
     */
    @Test
    public void testHeadersAreNotKept()
    {
        Map<String, String> facts = parse("""
                {"rules": [{"headers": {"X-Key": "secret-.*"}, "routingGroup": "etl"}]}
                """).inspect(request(ImmutableMap.of("x-key", ImmutableList.of("secret-123"))));
        assertThat(facts.toString()).doesNotContain("123");
        assertThat(facts).hasSize(1);
    }

    @Test
    public void testTimeOfRegularExpressionIsLinear()
    {
        SelectionRules rules = parse("""
                {"rules": [{"source": "(a*)*b", "routingGroup": "etl"}]}
                """);
        SelectionQuery query = withSource("a".repeat(10_000));
        long start = System.nanoTime();
        assertThat(rules.select(query, new Targets(context)).targets()).containsExactly(new AnyCluster());
        // one that backtracks would not end
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    private static SelectionQuery withSource(String source)
    {
        return new SelectionQuery(
                QUERY.user(),
                QUERY.originalUser(),
                QUERY.authenticatedUser(),
                QUERY.userGroups(),
                Optional.of(source),
                QUERY.clientTags(),
                QUERY.clientInfo(),
                QUERY.sessionProperties(),
                QUERY.resourceGroup(),
                QUERY.statement(),
                QUERY.requestFacts());
    }

    @Test
    public void testMissingTargets()
    {
        SelectionRules rules = parse("""
                {
                  "defaultRoutingGroup": "nowhere",
                  "rules": [
                    {"user": "(?<user>.*)", "routingGroup": "${user}"},
                    {"cluster": "c", "fallbackRoutingGroups": ["etl", "elt"]}
                  ]
                }
                """);
        List<String> missing = rules.missingTargets(new Targets(context));
        assertThat(missing).hasSize(3);
        assertThat(missing.get(0)).startsWith("Rule 2 (etc/rules.json, line 5) names cluster c, and there is no such one.");
        assertThat(missing.get(1)).startsWith("Rule 2 (etc/rules.json, line 5) names routing group elt, and there is no such one.");
        assertThat(missing.get(2)).startsWith("\"defaultRoutingGroup\" names routing group nowhere, and there is no such one.");
    }

    private List<ClusterTarget> select(String json)
    {
        return parse(json).select(QUERY, new Targets(context)).targets();
    }

    private List<ClusterTarget> select(SelectionRules rules, Map<String, List<String>> headers)
    {
        Map<String, String> facts = rules.inspect(request(headers));
        SelectionQuery query = new SelectionQuery(
                "alice",
                "alice",
                Optional.empty(),
                Set.of(),
                Optional.empty(),
                Set.of(),
                Optional.empty(),
                Map.of(),
                "global",
                StatementFacts.NONE,
                facts);
        return rules.select(query, new Targets(context)).targets();
    }

    private static SelectionRequest request(Map<String, List<String>> headers)
    {
        return new SelectionRequest("SELECT 1", "alice", Optional.empty(), "/v1/statement", Optional.empty(), headers);
    }

    private static SelectionRules parse(String json)
    {
        return new RulesFile(Path.of("etc/rules.json")).parse(json.getBytes(UTF_8));
    }
}
