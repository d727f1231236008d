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
package io.prestosql.tests;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.json.JsonCodec;
import io.prestosql.dispatcher.admission.ClusterWaits;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.SelectionDryRun;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.ClusterSelections;
import io.prestosql.testing.Gates;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.client.ClientSession;
import io.trino.client.QueryError;
import io.trino.execution.QueryManager;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;

import static com.google.common.collect.MoreCollectors.onlyElement;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.json.JsonCodec.jsonCodec;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Rules that send queries to clusters.
 */
@TestInstance(PER_CLASS)
public class TestClusterSelectionRules
{
    private static final String RULES = """
            {
              "rules": [
                {"name": "generation %s", "source": "generation", "cluster": "adhoc"},
                {"name": "users", "user": "etl-.*", "routingGroup": "etl"},
                {"name": "tags", "clientTags": ["nightly"], "cluster": "etl"},
                {"name": "tables", "table": "gate\\\\.default\\\\.etl_.*", "routingGroup": "etl"},
                {"name": "types", "queryType": "EXPLAIN", "routingGroup": "etl"},
                {"name": "headers", "headers": {"X-Trino-Routing-Group": "(?<group>.*)"}, "routingGroup": "${group}"}
                %s
              ],
              "defaultRoutingGroup": "adhoc"
            }
            """;
    private static final JsonCodec<SelectionDryRun.DryRunResult> RESULT_CODEC = jsonCodec(SelectionDryRun.DryRunResult.class);

    private final Gates gates = new Gates();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));

    private Path directory;
    private TestingClusters clusters;
    private TestingClient client;
    private int generation;

    @BeforeAll
    public void start(@TempDir Path directory)
            throws IOException
    {
        this.directory = directory;
        writeRules("");
        Path properties = Files.writeString(directory.resolve("cluster-selection.properties"), """
                cluster-selection.configuration-manager=file
                cluster-selection.config-file=%s
                cluster-selection.refresh-period=50ms
                """.formatted(rules()));
        clusters = TestingClusters.builder(directory)
                .addCluster("etl", ImmutableMap.of("cluster.routing-groups", "etl"))
                .addCluster("adhoc", ImmutableMap.of("cluster.routing-groups", "adhoc"))
                .addDispatcherProperty("cluster.selection-config-file", properties.toString())
                .addDispatcherProperty("cluster.unavailability-timeout", "100ms")
                .addGates(gates)
                .build();
        client = new TestingClient(clusters.getDispatcher().getBaseUrl());
    }

    @AfterEach
    public void reset()
            throws IOException
    {
        replaceRules("");
        clusters.define("etl", ImmutableMap.of("cluster.routing-groups", "etl"));
        clusters.define("adhoc", ImmutableMap.of("cluster.routing-groups", "adhoc"));
        clusters.awaitAvailable(2);
        await().until(() -> dryRun("SELECT 1").cluster().equals(Optional.of(new ClusterName("adhoc"))));
    }

    @AfterAll
    public void stop()
    {
        executor.shutdownNow();
        client.close();
        clusters.close();
    }

    @Test
    public void testQueriesGoWhereTheRulesSay()
    {
        gates.open("etl_gate");
        assertRanIn("adhoc", session -> session, "SELECT 1");
        assertRanIn("etl", session -> session.user(Optional.of("etl-nightly")), "SELECT 1");
        assertRanIn("etl", session -> session.clientTags(ImmutableSet.of("nightly", "other")), "SELECT 1");
        assertRanIn("adhoc", session -> session.clientTags(ImmutableSet.of("other")), "SELECT 1");
        assertRanIn("etl", session -> session, "WITH t AS (SELECT x FROM gate.default.etl_gate) SELECT * FROM t");
        assertRanIn("etl", session -> session, "EXPLAIN SELECT 1");
        for (String group : ImmutableList.of("etl", "adhoc")) {
            try (TestingClient ofGroup = withRoutingGroup(group)) {
                TestingClient.Result result = ofGroup.execute("SELECT 1");
                assertThat(result.error()).isEmpty();
                assertThat(ranIn(result.queryId())).containsExactly(group);
            }
        }
        // a statement that does not parse fails as it would anyway
        assertThat(client.execute("SELECT").error().orElseThrow().getErrorName()).isEqualTo("SYNTAX_ERROR");
    }

    @Test
    public void testUnknownGroupOfClient()
    {
        try (TestingClient ofGroup = withRoutingGroup("reports")) {
            QueryError error = ofGroup.execute("SELECT 1").error().orElseThrow();
            assertThat(error.getErrorName()).isEqualTo("INVALID_CLUSTER_SELECTION");
            assertThat(error.getMessage()).startsWith("Rule headers (").endsWith("sends this query to routing group reports, and no cluster is there");
        }
    }

    @Test
    public void testTransactionStaysWhereItIs()
    {
        TestingClient.Result begun = client.execute(session -> session.user(Optional.of("etl-nightly")), "START TRANSACTION");
        TestingClient.Result statement = client.execute(session -> session.transactionId(begun.startedTransactionId()), "SELECT 1");
        assertThat(ranIn(statement.queryId())).as("the rules would send this user elsewhere").containsExactly("etl");
        client.execute(session -> session.transactionId(begun.startedTransactionId()), "COMMIT");
    }

    @Test
    public void testWaitingQueriesFollowChangedRules()
            throws Exception
    {
        clusters.define("etl", ImmutableMap.of("cluster.routing-groups", "etl", "cluster.state", "INACTIVE"));
        await().until(() -> dryRun("EXPLAIN SELECT 1").cluster().isEmpty());
        Future<TestingClient.Result> waiting = executor.submit(() -> client.execute(session -> session.source("moved"), "EXPLAIN SELECT 2"));
        await().until(() -> clusters.getDispatcher().getInstance(GroupLoads.class).getLoads().stream().anyMatch(group -> group.queuedQueries() == 1));
        assertThat(waiting.isDone()).isFalse();
        Files.writeString(directory.resolve("new"), "{\"rules\": [{\"source\": \"moved\", \"cluster\": \"adhoc\"}], \"defaultRoutingGroup\": \"adhoc\"}");
        Files.move(directory.resolve("new"), rules(), REPLACE_EXISTING, ATOMIC_MOVE);
        assertThat(waiting.get().error()).isEmpty();
        assertThat(ranIn(waiting.get().queryId())).containsExactly("adhoc");
    }

    /**
     * Each cluster has a secret of its own, and sees neither queries of the other one nor may it stop those that wait.
     */
    @Test
    public void testKillFromAnotherCluster()
            throws Exception
    {
        Future<TestingClient.Result> running = executor.submit(() -> client.execute("SELECT x FROM gate.default.killed"));
        await().until(() -> gates.getInside("killed"), inside -> inside == 1);
        assertThat(kill(onlyQuery("killed")).error()).isEmpty();
        assertThat(running.get().error().orElseThrow().getErrorName()).isEqualTo("ADMINISTRATIVELY_KILLED");
        assertThat(running.get().error().orElseThrow().getMessage()).isEqualTo("Query killed. Message: not needed");

        clusters.define("adhoc", ImmutableMap.of("cluster.routing-groups", "adhoc", "cluster.state", "INACTIVE"));
        await().until(() -> dryRun("SELECT 1").cluster().isEmpty());
        Future<TestingClient.Result> waiting = executor.submit(() -> client.execute("SELECT 'it waits'"));
        await().until(() -> clusters.getDispatcher().getInstance(GroupLoads.class).getLoads().stream().anyMatch(group -> group.queuedQueries() == 1));
        assertThat(kill(onlyQuery("it waits")).error()).isEmpty();
        assertThat(waiting.get().error().orElseThrow().getErrorName()).isEqualTo("ADMINISTRATIVELY_KILLED");

        QueryError unknown = kill("20261201_000000_00000_xxxxx").error().orElseThrow();
        assertThat(unknown.getErrorName()).isEqualTo("NOT_FOUND");
    }

    /**
     * Kills by order of a user whose statements run in cluster etl.
     */
    private TestingClient.Result kill(String queryId)
    {
        return client.execute(session -> session.user(Optional.of("etl-admin")), "CALL system.runtime.kill_query(query_id => '%s', message => 'not needed')".formatted(queryId));
    }

    private String onlyQuery(String text)
    {
        return clusters.getDispatcher().getInstance(QueueAdmission.class).dispatchManager().orElseThrow().getQueries().stream()
                .filter(query -> query.getQuery().contains(text) && !query.getState().isDone())
                .collect(onlyElement())
                .getQueryId()
                .toString();
    }

    @Test
    public void testNoClusterAvailable()
            throws IOException
    {
        replaceRules(", {\"name\": \"urgent\", \"source\": \"urgent\", \"cluster\": \"adhoc\", \"whenUnavailable\": \"fail\"}, " +
                "{\"name\": \"patient\", \"source\": \"patient\", \"cluster\": \"adhoc\", \"maxWait\": \"1s\"}, " +
                "{\"name\": \"spare\", \"source\": \"spare\", \"cluster\": \"adhoc\", \"fallbackRoutingGroups\": [\"etl\"]}");
        clusters.define("adhoc", ImmutableMap.of("cluster.routing-groups", "adhoc", "cluster.state", "DRAINING"));
        await().until(() -> dryRun("SELECT 1").cluster().isEmpty());
        long failed = clusters.getDispatcher().getInstance(ClusterWaits.class).getFailedQueries();

        TestingClient.Result urgent = client.execute(session -> session.source("urgent"), "SELECT 1");
        assertThat(urgent.error().orElseThrow().getErrorName()).isEqualTo("NO_CLUSTER_AVAILABLE");
        assertThat(urgent.error().orElseThrow().getMessage()).contains("Rule urgent (", "no cluster takes queries for cluster adhoc", "cluster adhoc takes no queries at the moment");
        TestingClient.Result patient = client.execute(session -> session.source("patient"), "SELECT 1");
        assertThat(patient.error().orElseThrow().getErrorName()).isEqualTo("CLUSTER_WAIT_LIMIT_EXCEEDED");
        assertThat(clusters.getDispatcher().getInstance(ClusterWaits.class).getFailedQueries()).isEqualTo(failed + 2);
        assertRanIn("etl", session -> session.source("spare"), "SELECT 1");
    }

    @Test
    public void testWrongRulesKeepTheLastOnes()
            throws IOException
    {
        Files.writeString(rules(), "{\n\"rules\": [\n{\"user\": \"(\", \"routingGroup\": \"adhoc\"}\n]\n}");
        ClusterSelections selections = clusters.getDispatcher().getInstance(ClusterSelections.class);
        await().until(() -> !selections.getProblems().isEmpty());
        assertThat(selections.getProblems()).singleElement().asString().startsWith(rules() + ", line 3: rule 1, \"user\": '(' is no regular expression");
        assertRanIn("etl", session -> session.user(Optional.of("etl-nightly")), "SELECT 1");
    }

    @Test
    public void testDryRun()
            throws Exception
    {
        SelectionDryRun.DryRunResult result = dryRun("SELECT x FROM gate.default.etl_closed");
        assertThat(result.reason()).startsWith("Rule tables (" + rules() + ", line ");
        assertThat(result.targets()).containsExactly("routing group etl");
        assertThat(result.cluster()).contains(new ClusterName("etl"));
        assertThat(result.clusters()).isEqualTo(ImmutableMap.of(new ClusterName("etl"), "can take it"));
        assertThat(result.resourceGroup()).isEqualTo("global");
        assertThat(result.leader()).isTrue();
        assertThat(gates.getInside("etl_closed")).as("it does not run").isZero();
        HttpResponse<String> wrong = post("SELEC 1");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body()).startsWith("line 1:1: mismatched input 'SELEC'");
        HttpResponse<String> unknown = post("SELECT 1", "X-Trino-Routing-Group", "reports");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).contains("routing group reports");
    }

    private SelectionDryRun.DryRunResult dryRun(String sql, String... headers)
    {
        try {
            HttpResponse<String> response = post(sql, headers);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            return RESULT_CODEC.fromJson(response.body());
        }
        catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> post(String sql, String... headers)
            throws IOException, InterruptedException
    {
        HttpRequest.Builder request = HttpRequest.newBuilder(clusters.getDispatcher().getBaseUrl().resolve("/v1/cluster-selection"))
                .header("X-Trino-User", "user")
                .POST(BodyPublishers.ofString(sql));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request.build(), BodyHandlers.ofString());
        }
    }

    private TestingClient withRoutingGroup(String routingGroup)
    {
        return new TestingClient(clusters.getDispatcher().getBaseUrl(), ImmutableMap.of("X-Trino-Routing-Group", routingGroup));
    }

    private void assertRanIn(String cluster, UnaryOperator<ClientSession.Builder> session, String sql)
    {
        TestingClient.Result result = client.execute(session, sql);
        assertThat(result.error()).isEmpty();
        assertThat(ranIn(result.queryId())).as(sql).containsExactly(cluster);
    }

    private List<String> ranIn(String queryId)
    {
        return ImmutableList.of("etl", "adhoc").stream()
                .filter(cluster -> {
                    TestingPrestoServer node = clusters.getNode(cluster);
                    return node.getInstance(QueryManager.class).hasQuery(new QueryId(queryId));
                })
                .toList();
    }

    /**
     * Replaces the rules, and waits until they are in force.
     */
    private void replaceRules(String more)
            throws IOException
    {
        writeRules(more);
        await().until(() -> dryRun("SELECT 1", "X-Trino-Source", "generation").reason(), reason -> reason.startsWith("Rule generation %s (".formatted(generation)));
    }

    private void writeRules(String more)
            throws IOException
    {
        generation++;
        Files.writeString(directory.resolve("new"), RULES.formatted(generation, more));
        Files.move(directory.resolve("new"), rules(), REPLACE_EXISTING, ATOMIC_MOVE);
    }

    private Path rules()
    {
        return directory.resolve("rules.json");
    }
}
