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
import io.airlift.units.Duration;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static io.prestosql.selection.gateway.Submissions.query;
import static io.prestosql.selection.gateway.Submissions.request;
import static io.prestosql.selection.gateway.TestCompiledRules.put;
import static io.prestosql.selection.gateway.TestCompiledRules.rule;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

public class TestTrinoGatewayRules
{
    private static final FixedGroups GROUPS = FixedGroups.of("adhoc", "etl", "batch");
    private static final String ENDLESS = "while (request.getHeader(\"X-Trino-Nothing\") == null) { x = 1; }";

    @TempDir
    private Path directory;
    private final List<TrinoGatewayRules> policies = new ArrayList<>();
    private final TrinoGatewayCounters counters = new TrinoGatewayCounters();

    @AfterEach
    public void stop()
    {
        policies.forEach(TrinoGatewayRules::shutdown);
    }

    @Test
    public void testGroupOfARule()
            throws IOException
    {
        write(rule("airflow", "request.getHeader(\"X-Trino-Source\") == \"airflow\"", put("etl")));
        TrinoGatewayRules policy = create();
        ClusterSelection selection = select(policy, ImmutableMap.of("X-Trino-Source", "airflow"));
        assertThat(selection.targets()).containsExactly(new RoutingGroup("etl"));
        assertThat(selection.whenUnavailable()).isEqualTo(WhenUnavailable.WAIT);
        assertThat(selection.maxWait()).isEmpty();
        assertThat(selection.reason()).isEqualTo("rule 'airflow' (%s line 2): routing group etl", file());
        assertThat(policy.problems()).isEmpty();
    }

    @Test
    public void testNoRuleNamesAGroup()
            throws IOException
    {
        write(rule("airflow", "request.getHeader(\"X-Trino-Source\") == \"airflow\"", put("etl")));
        TrinoGatewayRules policy = create();
        // as in Trino Gateway, the header counts without rules only
        ClusterSelection selection = select(policy, ImmutableMap.of("X-Trino-Routing-Group", "batch"));
        assertThat(selection.targets()).containsExactly(new RoutingGroup("adhoc"));
        assertThat(selection.reason()).isEqualTo("cluster-selection.default-routing-group (no rule names a group): routing group adhoc");
    }

    @Test
    public void testGroupThatNoClusterHas()
            throws IOException
    {
        write(rule("airflow", "true", put("elt")));
        assertThatThrownBy(() -> select(create(), ImmutableMap.of()))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessageStartingWith("No cluster has the routing group 'elt', which the query has by rule 'airflow' (%s line 2)".formatted(file()));
    }

    @Test
    public void testGroupsThatNoClusterHasAreProblems()
            throws IOException
    {
        write(rule("right", "true", put("etl")) +
                rule("wrong", "true", put("batch"), put("elt")) +
                rule("constant", "false", "if (state.isEmpty()) { result.put(FileBasedRoutingGroupSelector.RESULTS_ROUTING_GROUP_KEY , \"tle\") }") +
                rule("computed", "true", "result.put(\"routingGroup\", request.getHeader(\"X-Trino-Source\"))"));
        TrinoGatewayRules policy = create(new TrinoGatewayConfig().setDefaultRoutingGroup("none"), new TrinoGatewayRulesConfig().setConfigFile(file()));
        assertThat(policy.problems()).containsExactly(
                "%s line 13: rule 'wrong' names the routing group 'elt', which no cluster has. Name it in cluster.routing-groups of a cluster, or change the rule".formatted(file()),
                "%s line 19: rule 'constant' names the routing group 'tle', which no cluster has. Name it in cluster.routing-groups of a cluster, or change the rule".formatted(file()),
                "cluster-selection.default-routing-group: no cluster has the routing group 'none'. Name it in cluster.routing-groups of a cluster, or change the property");
    }

    @Test
    public void testUserAndStatement()
            throws IOException
    {
        write(rule("user", "trinoRequestUser.userExistsAndEquals(\"alice\")", put("batch")) +
                rule("table", "trinoQueryProperties.tablesContains(\"cat.schem.tbl\")", put("etl")));
        TrinoGatewayRules policy = create();
        assertThat(select(policy, request("SELECT * FROM tbl", ImmutableMap.of("X-Trino-Catalog", "cat", "X-Trino-Schema", "schem"))).targets()).containsExactly(new RoutingGroup("etl"));
        assertThat(select(policy, request("SELECT 1", ImmutableMap.of())).targets()).containsExactly(new RoutingGroup("batch"));
        // rules run for a statement that does not parse, too
        assertThat(select(policy, request("SELECT FROM tbl WHERE", ImmutableMap.of())).targets()).containsExactly(new RoutingGroup("batch"));
        assertThat(policy.problems()).isEmpty();
    }

    /**
     * In the ways that MVEL has to call a method.
     */
    @Test
    public void testEachFactOfTheStatement()
            throws IOException
    {
        for (String condition : List.of(
                "trinoQueryProperties.getBody() contains \"tbl\"",
                "trinoQueryProperties.body contains \"tbl\"",
                "trinoQueryProperties.getQueryType().toLowerCase.equals(\"query\")",
                "trinoQueryProperties.getResourceGroupQueryType() == \"SELECT\"",
                "trinoQueryProperties.getDefaultCatalog().equals(java.util.Optional.of(\"cat\"))",
                "trinoQueryProperties.getDefaultSchema().get() == \"schem\"",
                "trinoQueryProperties.getCatalogs().contains(\"cat\")",
                "trinoQueryProperties.getSchemas() contains \"schem\"",
                "trinoQueryProperties.getCatalogSchemas.contains(\"cat.schem\") && !trinoQueryProperties.getCatalogSchemas.contains(\"cat.other\")",
                "trinoQueryProperties.getTables().iterator().next().getSuffix() == \"tbl\"",
                "trinoQueryProperties.tables.size() == 1",
                "trinoQueryProperties.tablesContains(\"cat.schem.tbl\")",
                "trinoQueryProperties.isNewQuerySubmission()",
                "trinoQueryProperties.isQueryParsingSuccessful() && trinoQueryProperties.queryParsingSuccessful",
                "!trinoQueryProperties.getErrorMessage().isPresent() && trinoQueryProperties.errorMessage.isEmpty()",
                "trinoQueryProperties.getQueryId().isEmpty()",
                "trinoRequestUser.getUser().get() == \"alice\" && trinoRequestUser.getUserInfo().isEmpty()")) {
            write(rule("statement", condition, put("etl")));
            TrinoGatewayRules policy = create();
            SelectionRequest request = request("SELECT * FROM tbl", ImmutableMap.of("X-Trino-Catalog", "cat", "X-Trino-Schema", "schem"));
            assertThat(select(policy, request).targets()).as("%s, problems: %s", condition, policy.problems()).containsExactly(new RoutingGroup("etl"));
        }
    }

    @Test
    public void testRulesThatTakeTooLong()
            throws IOException
    {
        write(rule("first", "true", put("etl")) + rule("endless", "true", ENDLESS));
        TrinoGatewayRules policy = create(new TrinoGatewayConfig(), new TrinoGatewayRulesConfig().setConfigFile(file()).setRuleTimeout(new Duration(500, MILLISECONDS)));
        ClusterSelection byHeader = select(policy, ImmutableMap.of("X-Trino-Routing-Group", "batch"));
        assertThat(byHeader.targets()).containsExactly(new RoutingGroup("batch"));
        assertThat(byHeader.reason()).isEqualTo("the header X-Trino-Routing-Group (the rules took longer than cluster-selection.rule-timeout=500.00ms): routing group batch");
        assertThat(counters.getFailedRuleRuns()).isEqualTo(1);

        // it is left out while it is on its way to its end, and after the third time
        await().untilAsserted(() -> {
            select(policy, ImmutableMap.of());
            assertThat(policy.problems()).singleElement().asString().startsWith("%s line 8: rule 'endless' is left out until the file changes".formatted(file()));
        });
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
        assertThat(counters.getFailedRuleRuns()).isEqualTo(RuleSet.MAX_TIMEOUTS);

        write(rule("first", "true", put("etl")) + rule("endless", "false", ENDLESS));
        policy.refresh();
        assertThat(policy.problems()).isEmpty();
    }

    @Test
    public void testFileThatChanges()
            throws IOException
    {
        write(rule("airflow", "true", put("etl")));
        TrinoGatewayRules policy = create();
        write(rule("airflow", "true", put("batch")));
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
        policy.refresh();
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("batch"));
    }

    @Test
    public void testWrongFileKeepsTheLastRules()
            throws IOException
    {
        write(rule("airflow", "true", put("etl")));
        TrinoGatewayRules policy = create();
        assertKept(policy, rule("airflow", "true", put("batch")).replace("actions", "action"), "line 5: 'action' is no key of a rule");
        assertKept(policy, rule("airflow", "(true", put("batch")), "line 4: rule 'airflow' has MVEL that does not compile");
        assertKept(policy, "", ": there is no rule");
        Files.delete(file());
        policy.refresh();
        assertThat(policy.problems()).containsExactly("%s does not exist. Write the rules there, or change cluster-selection.config-file".formatted(file()));
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
        // the same wrong content as before
        assertKept(policy, "", ": there is no rule");

        write(rule("airflow", "true", put("batch")));
        policy.refresh();
        assertThat(policy.problems()).isEmpty();
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("batch"));
    }

    private void assertKept(TrinoGatewayRules policy, String content, String problem)
            throws IOException
    {
        write(content);
        policy.refresh();
        policy.refresh();
        assertThat(policy.problems()).as(content).isNotEmpty().allSatisfy(said -> assertThat(said).startsWith(file().toString()));
        assertThat(policy.problems().getFirst()).contains(problem);
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
    }

    @Test
    public void testRuleThatThrows()
            throws IOException
    {
        write(rule("right", "true", put("etl")) + rule("wrong", "request.getHeader(\"X-Trino-Source\").startsWith(\"a\")", put("batch")));
        TrinoGatewayRules policy = create();
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
        assertThat(policy.problems()).singleElement().asString().startsWith("%s line 8: rule 'wrong' has failed for 1 queries, for the last one with: ".formatted(file()));
        assertThat(select(policy, ImmutableMap.of("X-Trino-Source", "airflow")).targets()).containsExactly(new RoutingGroup("batch"));
    }

    @Test
    public void testStart()
            throws IOException
    {
        assertDoesNotStart(ImmutableMap.of("cluster-selection.config-file", file().toString()), "%s does not exist. Write the rules there".formatted(file()));
        write(rule("one", "(true", put("etl")));
        assertDoesNotStart(ImmutableMap.of("cluster-selection.config-file", file().toString()), "%s line 4: rule 'one' has MVEL that does not compile".formatted(file()));
        write("name: one\n");
        assertDoesNotStart(ImmutableMap.of("cluster-selection.config-file", file().toString()), "%s line 1: the rule has no condition. Add it".formatted(file()));
        write(rule("one", "trinoQueryProperties.getQueryType() == \"Query\"", put("etl")));
        assertDoesNotStart(
                ImmutableMap.of("cluster-selection.config-file", file().toString(), "cluster-selection.analyze-statements", "false"),
                "%s line 2: rule 'one' uses trinoQueryProperties or trinoRequestUser, which need cluster-selection.analyze-statements=true".formatted(file()));
        assertDoesNotStart(ImmutableMap.of("cluster-selection.file", "x"), "cluster-selection.file");
    }

    private static void assertDoesNotStart(Map<String, String> config, String problem)
    {
        assertThatThrownBy(() -> TrinoGatewayPolicyFactory.forRules(new TrinoGatewayCounters()).create(config, GROUPS))
                .isInstanceOfSatisfying(InvalidClusterSelectionException.class, e -> assertThat(e.problems()).anySatisfy(said -> assertThat(said).contains(problem)));
    }

    @Test
    public void testFactory()
            throws IOException
    {
        write(rule("one", "true", put("etl")));
        ClusterSelectionPolicyFactory factory = TrinoGatewayPolicyFactory.forRules(new TrinoGatewayCounters());
        assertThat(factory.getName()).isEqualTo("trino-gateway-rules");
        TrinoGatewayRules policy = (TrinoGatewayRules) factory.create(ImmutableMap.of("cluster-selection.config-file", file().toString(), "cluster-selection.rule-timeout", "1m"), GROUPS);
        policies.add(policy);
        assertThat(select(policy, ImmutableMap.of()).targets()).containsExactly(new RoutingGroup("etl"));
    }

    private TrinoGatewayRules create()
    {
        return create(new TrinoGatewayConfig(), new TrinoGatewayRulesConfig().setConfigFile(file()).setRuleTimeout(new Duration(1, MINUTES)));
    }

    private TrinoGatewayRules create(TrinoGatewayConfig common, TrinoGatewayRulesConfig config)
    {
        TrinoGatewayRules policy = new TrinoGatewayRules(common, config, counters, GROUPS);
        policies.add(policy);
        return policy;
    }

    private static ClusterSelection select(TrinoGatewayRules policy, Map<String, String> headers)
    {
        return select(policy, request(headers));
    }

    private static ClusterSelection select(TrinoGatewayRules policy, SelectionRequest request)
    {
        return policy.select(query(policy.inspect(request)));
    }

    private Path file()
    {
        return directory.resolve("rules.yaml");
    }

    private void write(String rules)
            throws IOException
    {
        Files.writeString(file(), rules);
    }
}
