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

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingClusters.TestingClustersBuilder;
import io.prestosql.testing.TestingPrestoServer;
import io.prestosql.testing.TestingResourceGroup;
import io.trino.client.StatementClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.SAME_THREAD;

/**
 * Any dispatcher shows the queries that are over, to users who may see them, also those that ended under an earlier leader.
 */
@Execution(SAME_THREAD)
@Timeout(600)
public class TestQueryHistoryOfDispatchers
{
    private static final String OPERATOR = "operator";

    private final RawClient raw = new RawClient();

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        raw.close();
    }

    @Test
    public void testInMemoryOfTheLeader()
    {
        Gates gates = new Gates();
        try (TestingClusters clusters = builder()
                .setDispatchers(3)
                .addDispatcherProperty("query-history.sql", "true")
                .addGates(gates)
                .addResourceGroups(new TestingResourceGroup("narrow", 1), new TestingResourceGroup("wide", 100))
                .build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            Instant before = Instant.now();
            String finished = execute(dispatcher, "alice", "wide", "SELECT 'needle'").queryId();
            String unparseable = execute(dispatcher, "bob", "wide", "SELEC 1").queryId();
            String failedInCluster = execute(dispatcher, "bob", "wide", "SELECT 1 / (SELECT 0)").queryId();
            String canceled = cancelInQueue(dispatcher, gates);
            await().until(() -> ids(get(dispatcher, "", OPERATOR)).size(), size -> size == 5);

            for (TestingPrestoServer other : clusters.getDispatchers()) {
                JsonNode answer = get(other, "", OPERATOR).json();
                assertThat(answer.get("shared").asBoolean()).isFalse();
                assertThat(answer.get("sql").asBoolean()).isTrue();
                assertThat(answer.has("next")).isFalse();
                Map<String, JsonNode> queries = byId(answer);
                JsonNode first = queries.get(finished);
                assertThat(first.get("user").asText()).isEqualTo("alice");
                assertThat(first.get("source").asText()).isEqualTo("wide");
                assertThat(first.get("resourceGroup").asText()).isEqualTo("wide");
                assertThat(first.get("cluster").asText()).isIn("a", "b");
                assertThat(first.get("coordinator").asText()).isEqualTo("node-1");
                assertThat(first.get("state").asText()).isEqualTo("FINISHED");
                assertThat(first.has("error")).isFalse();
                assertThat(first.get("sql").asText()).isEqualTo("SELECT 'needle'");
                Instant submitted = time(first, "submitted");
                assertThat(submitted).isBetween(before.minusSeconds(1), Instant.now());
                assertThat(time(first, "started")).isBetween(submitted, Instant.now());
                assertThat(time(first, "ended")).isBetween(time(first, "started"), Instant.now());
                assertThat(first.fieldNames()).toIterable().doesNotContain("submitter", "groups", "principal", "epoch");

                assertThat(queries.get(unparseable).at("/error/code").asText()).isEqualTo("SYNTAX_ERROR");
                assertThat(queries.get(unparseable).at("/error/type").asText()).isEqualTo("USER_ERROR");
                assertThat(queries.get(unparseable).has("cluster")).isFalse();
                assertThat(queries.get(unparseable).has("started")).isFalse();
                assertThat(queries.get(failedInCluster).at("/error/code").asText()).isEqualTo("DIVISION_BY_ZERO");
                assertThat(queries.get(failedInCluster).has("cluster")).isTrue();
                assertThat(queries.get(canceled).at("/error/code").asText()).isEqualTo("USER_CANCELED");
                assertThat(queries.get(canceled).get("resourceGroup").asText()).isEqualTo("narrow");
                assertThat(queries.get(canceled).has("cluster")).isFalse();

                // the access rules of /v1/query
                assertThat(ids(get(other, "", "alice"))).containsExactly(finished);
                assertThat(ids(get(other, "?user=bob", "alice"))).isEmpty();
                assertThat(ids(get(other, "", "stranger"))).isEmpty();

                assertThat(ids(get(other, "?user=bob&state=FAILED", OPERATOR))).containsExactly(failedInCluster, unparseable);
                assertThat(ids(get(other, "?id=" + unparseable, OPERATOR))).containsExactly(unparseable);
                assertThat(ids(get(other, "?source=narrow&state=FAILED", OPERATOR))).containsExactly(canceled);
                assertThat(ids(get(other, "?text=NEEDLE", OPERATOR))).containsExactly(finished);
                assertThat(ids(get(other, "?cluster=" + first.get("cluster").asText(), OPERATOR))).contains(finished).doesNotContain(unparseable);
                assertThat(ids(get(other, "?to=" + before.minusSeconds(60), OPERATOR))).isEmpty();
                assertThat(paged(other, OPERATOR)).isEqualTo(ids(get(other, "", OPERATOR))).hasSize(5);
                assertThat(paged(other, "bob")).containsExactly(failedInCluster, unparseable);

                assertThat(sumOfChart(other, OPERATOR)).isEqualTo(5);
                assertThat(sumOfChart(other, "bob")).isEqualTo(2);
                assertThat(sumOfChart(other, "stranger")).isZero();
                assertRefusal(get(other, "?limit=0", OPERATOR), 400, "limit has to be a number from 1 to 1000");
                assertRefusal(get(other, "/chart?minutes=0", OPERATOR), 400, "minutes has to be a number from 1 to 1440");

                // the page of the Web UI, for a browser that has logged in
                RawClient.Response page = raw.get(other.getBaseUrl().resolve("/ui/api/query-history"), raw.logIn(other.getBaseUrl(), "alice"));
                assertThat(ids(page)).containsExactly(finished);
                assertThat(raw.get(other.getBaseUrl().resolve("/ui/api/query-history"), ImmutableMap.of()).status()).isNotEqualTo(200);
            }

            // what the log still has of ended queries is all that the next leader knows
            clusters.kill(clusters.getLeader());
            TestingPrestoServer next = clusters.getLeader();
            await().until(() -> get(next, "", OPERATOR), answer -> answer.status() == 200 && ids(answer).size() == 5);
            JsonNode inherited = byId(get(next, "", OPERATOR).json()).get(finished);
            assertThat(inherited.get("user").asText()).isEqualTo("alice");
            assertThat(inherited.get("source").asText()).isEqualTo("wide");
            assertThat(inherited.has("cluster")).isTrue();
            assertThat(inherited.has("ended")).isFalse();
            assertThat(ids(get(next, "", "alice"))).containsExactly(finished);
        }
    }

    private String cancelInQueue(TestingPrestoServer dispatcher, Gates gates)
    {
        try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
            StatementClient running = client.start(client.session().user(Optional.of("carol")).source("narrow").build(), "SELECT x FROM gate.default.slot");
            await().until(() -> {
                running.advance();
                return gates.getInside("slot");
            }, inside -> inside == 1);
            StatementClient waiting = client.start(client.session().user(Optional.of("carol")).source("narrow").build(), "SELECT 2");
            waiting.advance();
            String queryId = waiting.currentStatusInfo().getId();
            waiting.close();
            await().until(() -> ids(get(dispatcher, "?id=" + queryId, OPERATOR)).size(), size -> size == 1);
            gates.open("slot");
            assertThat(TestingClient.drain(running).error()).isEmpty();
            return queryId;
        }
    }

    @Test
    public void testInDatabase()
    {
        TestingPostgresql postgresql = TestingPostgresql.shared();
        try (TestingClusters clusters = builder()
                .setDispatchers(3)
                .keepQueueIn(postgresql, "past")
                .build()) {
            Set<String> all = new HashSet<>();
            for (int round = 0; round < 2; round++) {
                TestingPrestoServer leader = clusters.getLeader();
                for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                    all.add(execute(dispatcher, "alice", "cli", "SELECT 1").queryId());
                    all.add(execute(dispatcher, "bob", "cli", "SELEC 1").queryId());
                }
                // maybe before it has written all
                clusters.kill(leader);
                clusters.getLeader();
                for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                    await().untilAsserted(() -> assertThat(ids(get(dispatcher, "", OPERATOR))).containsExactlyInAnyOrderElementsOf(all));
                    assertThat(get(dispatcher, "", OPERATOR).json().get("shared").asBoolean()).isTrue();
                    assertThat(ids(get(dispatcher, "", "alice"))).hasSize(all.size() / 2);
                    assertThat(sumOfChart(dispatcher, OPERATOR)).isEqualTo(all.size());
                    assertRefusal(get(dispatcher, "?text=SELECT", OPERATOR), 400, "text finds nothing, as this history keeps no statements: leave it out, or set query-history.sql=true on the dispatchers");
                }
            }
            // no statement is anywhere
            assertThat(postgresql.select("SELECT count(*) FROM past_history.past_query WHERE sql IS NOT NULL OR past_query::text LIKE '%SELECT%'")).isEqualTo("0");

            clusters.restartDispatchers();
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                await().until(() -> get(dispatcher, "", OPERATOR).status(), status -> status == 200);
                assertThat(ids(get(dispatcher, "", OPERATOR))).containsExactlyInAnyOrderElementsOf(all);
            }
        }
    }

    /**
     * The queue does not wait for the history.
     */
    @Test
    public void testDatabaseDoesNotTakeTheHistory()
            throws Exception
    {
        TestingPostgresql postgresql = TestingPostgresql.shared();
        try (TestingClusters clusters = builder()
                .setDispatchers(1)
                .keepQueueIn(postgresql, "past_locked")
                .addDispatcherProperty("query-log.postgresql.statement-timeout", "1s")
                .build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            List<String> queries = new ArrayList<>();
            queries.add(execute(dispatcher, "alice", "cli", "SELECT 1").queryId());
            await().untilAsserted(() -> assertThat(ids(get(dispatcher, "", OPERATOR))).containsExactlyInAnyOrderElementsOf(queries));
            try (Connection connection = postgresql.connect(); Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("LOCK TABLE past_locked_history.past_query IN ACCESS EXCLUSIVE MODE");
                for (int number = 0; number < 20; number++) {
                    queries.add(execute(dispatcher, "alice", "cli", "SELECT 2").queryId());
                }
                RawClient.Response unanswered = get(dispatcher, "", OPERATOR);
                // the same request would take as long again
                assertRefusal(unanswered, 503, "The history of queries was not read in time: choose a shorter time or fewer filters");
                assertThat(unanswered.header("Retry-After")).isEmpty();
                connection.rollback();
            }
            await().untilAsserted(() -> assertThat(ids(get(dispatcher, "", OPERATOR))).containsExactlyInAnyOrderElementsOf(queries));
        }
    }

    /**
     * What the database says is for the operators, and goes to the log.
     */
    @Test
    public void testClientsDoNotSeeWhatTheDatabaseSays()
    {
        TestingPostgresql postgresql = TestingPostgresql.shared();
        try (TestingClusters clusters = builder()
                .setDispatchers(1)
                .keepQueueIn(postgresql, "past_hidden")
                .build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            String query = execute(dispatcher, "alice", "cli", "SELECT 1").queryId();
            await().untilAsserted(() -> assertThat(ids(get(dispatcher, "", OPERATOR))).containsExactly(query));
            postgresql.execute("ALTER TABLE past_hidden_history.past_query RENAME TO hidden");
            for (String path : ImmutableList.of("", "/chart")) {
                RawClient.Response unavailable = get(dispatcher, path, OPERATOR);
                assertRefusal(unavailable, 503, "The history of queries cannot be read at the moment: the dispatcher's log says why");
                assertThat(unavailable.header("Retry-After")).isPresent();
            }
            postgresql.execute("ALTER TABLE past_hidden_history.hidden RENAME TO past_query");
            assertThat(ids(get(dispatcher, "", OPERATOR))).containsExactly(query);
        }
    }

    @Test
    public void testNoHistory()
    {
        try (TestingClusters clusters = TestingClusters.builder(directory).addCluster("a", ImmutableMap.of()).build()) {
            TestingPrestoServer dispatcher = clusters.getDispatcher();
            execute(dispatcher, "alice", "cli", "SELECT 1");
            for (String path : ImmutableList.of("", "/chart")) {
                assertRefusal(get(dispatcher, path, OPERATOR), 404, "The dispatchers keep no history of queries: set query-history.retention");
            }
        }
    }

    private TestingClustersBuilder builder()
    {
        try {
            Path rules = Files.writeString(directory.resolve("rules.json"),
                    """
                    {"queries": [{"user": "operator", "allow": ["execute", "view", "kill"]}, {"allow": ["execute"]}]}
                    """);
            Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
            return TestingClusters.builder(directory)
                    .addCluster("a", ImmutableMap.of())
                    .addCluster("b", ImmutableMap.of())
                    .addDispatcherProperty("access-control.config-files", accessControl.toString())
                    .addDispatcherProperty("query-history.retention", "1d");
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TestingClient.Result execute(TestingPrestoServer dispatcher, String user, String source, String sql)
    {
        try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
            return client.execute(session -> session.user(Optional.of(user)).source(source), sql);
        }
    }

    private List<String> paged(TestingPrestoServer dispatcher, String user)
    {
        ImmutableList.Builder<String> queries = ImmutableList.builder();
        String cursor = "";
        while (true) {
            RawClient.Response answer = get(dispatcher, "?limit=1" + cursor, user);
            assertThat(ids(answer)).hasSizeLessThanOrEqualTo(1);
            queries.addAll(ids(answer));
            if (!answer.json().has("next")) {
                return queries.build();
            }
            cursor = "&cursor=" + answer.json().get("next").asText();
        }
    }

    private long sumOfChart(TestingPrestoServer dispatcher, String user)
    {
        RawClient.Response answer = get(dispatcher, "/chart?minutes=60&from=" + Instant.now().minusSeconds(7200), user);
        assertThat(answer.status()).isEqualTo(200);
        long sum = 0;
        for (JsonNode cluster : answer.json().get("clusters")) {
            for (JsonNode queries : cluster.get("queries")) {
                sum += queries.asLong();
            }
        }
        return sum;
    }

    private static void assertRefusal(RawClient.Response answer, int status, String reason)
    {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(reason);
    }

    private static Instant time(JsonNode query, String field)
    {
        return Instant.parse(query.get(field).asText());
    }

    private static List<String> ids(RawClient.Response answer)
    {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return StreamSupport.stream(answer.json().get("queries").spliterator(), false)
                .map(query -> query.get("queryId").asText())
                .collect(toImmutableList());
    }

    private static Map<String, JsonNode> byId(JsonNode answer)
    {
        ImmutableMap.Builder<String, JsonNode> queries = ImmutableMap.builder();
        answer.get("queries").forEach(query -> queries.put(query.get("queryId").asText(), query));
        return queries.buildOrThrow();
    }

    private RawClient.Response get(TestingPrestoServer dispatcher, String rest, String user)
    {
        return raw.get(dispatcher.getBaseUrl().resolve("/v1/query-history" + rest), ImmutableMap.of("X-Trino-User", user));
    }
}
