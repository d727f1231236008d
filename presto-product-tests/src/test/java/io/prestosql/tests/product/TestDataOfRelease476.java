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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * An operator unpacks this build over the configuration and data of a killed dispatcher of release 476-1, and starts it. Each client
 * continues with the address that it had received, and is told the outcome in the fixture's journal. See {@code fixtures/README.md} of
 * presto-main.
 */
@Order(SharedCluster.NONE)
public class TestDataOfRelease476
{
    private static final Logger log = Logger.get(TestDataOfRelease476.class);

    private static final Path FIXTURES = Artifacts.root().resolve("presto-main/src/test/resources/fixtures/476-1");
    private static final Duration START_TIMEOUT = ofSeconds(180);
    private static final int CLIENT_TIMEOUT_SECONDS = 240;
    private static final String DATABASE = "presto";

    @Test
    public void testEmbeddedLog()
            throws Exception
    {
        try (Installation installation = Installation.ours("data-of-476-embedded")) {
            Path serverData = FIXTURES.resolve("embedded-log/server-data");
            Path folder = Files.createDirectories(installation.node("dispatcher-1").resolve("data/var"));
            ProgramRun.run(ofSeconds(60), "tar", "-xzf", serverData.resolve("query-log.tar.gz").toString(), "-C", folder.toString()).expectSuccess();
            assertClientsAreToldWhatTheyShould(installation, serverData, ImmutableMap.of());
        }
    }

    @Test
    @Tag("long")
    public void testPostgresql()
            throws Exception
    {
        EmbeddedPostgres postgresql = SharedDatabase.get();
        try (Installation installation = Installation.ours("data-of-476-postgresql")) {
            Path serverData = FIXTURES.resolve("postgresql/server-data");
            execute(postgresql, "postgres", "postgres", "CREATE ROLE presto LOGIN PASSWORD 'fixture-password'");
            execute(postgresql, "postgres", "postgres", "CREATE DATABASE presto OWNER presto");
            execute(postgresql, DATABASE, "presto", Files.readString(serverData.resolve("query-log.sql")));
            assertClientsAreToldWhatTheyShould(
                    installation,
                    serverData,
                    ImmutableMap.of("query-log.postgresql.url", "jdbc:postgresql://127.0.0.1:%s/%s".formatted(postgresql.getPort(), DATABASE)));
        }
    }

    private static void execute(EmbeddedPostgres postgresql, String database, String user, String sql)
            throws Exception
    {
        try (Connection connection = postgresql.getDatabase(user, database).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void assertClientsAreToldWhatTheyShould(Installation installation, Path serverData, Map<String, String> storeProperties)
            throws Exception
    {
        JsonNode journal = Http.parse(Files.readString(serverData.resolve("journal.json")));
        List<JsonNode> running = inState(journal, "RUNNING");
        List<JsonNode> queued = inState(journal, "QUEUED");
        assertThat(running).hasSize(5);
        assertThat(queued).hasSize(100);

        int port = FreePorts.consecutivePorts(2);
        Map<String, String> discovery = ImmutableMap.of("discovery.uri", "http://127.0.0.1:" + (port + 1));
        Path dispatcherEtc = takeOver(installation, serverData, "dispatcher-1", port, ImmutableMap.<String, String>builder()
                .putAll(discovery)
                .putAll(storeProperties)
                .buildOrThrow());
        Path coordinatorEtc = takeOver(installation, serverData, "coordinator-1", port + 1, discovery);
        try (ServerProcess dispatcher = ServerProcess.start(installation.directory(), dispatcherEtc, port);
                ServerProcess coordinator = ServerProcess.start(installation.directory(), coordinatorEtc, port + 1)) {
            dispatcher.awaitStarted(START_TIMEOUT);
            coordinator.awaitStarted(START_TIMEOUT);

            Map<String, JsonNode> told = tellClients(dispatcher.uri(), journal);
            List<QueryView> ran = QueryView.queriesOn(coordinator.uri(), journal.get("sharedSecret").asText());

            List<String> wrong = new ArrayList<>();
            Map<String, Integer> outcomes = new TreeMap<>();
            for (JsonNode query : withNextUri(journal)) {
                JsonNode answer = told.get(query.get("id").asText());
                outcomes.merge(answer.has("errorName") ? answer.get("errorName").asText() : answer.get("state").asText(), 1, Integer::sum);
                if (!answer.equals(query.get("expected"))) {
                    wrong.add("%s: told %s instead of %s".formatted(query.get("name").asText(), answer, query.get("expected")));
                }
            }
            Map<String, RunningTime> times = new HashMap<>();
            int twice = 0;
            for (QueryView query : ran) {
                if (times.put(query.id(), new RunningTime(query.id(), query.startTime(), query.endTime().orElseThrow())) != null) {
                    twice++;
                }
            }
            int limit = journal.get("hardConcurrencyLimit").asInt();
            int maxAtOnce = RunningTime.maxAtOnce(times.values());
            log.info("%s: %s clients went on: %s; told something else than they should have been: %s; queries that ran: %s, twice: %s; at most %s at once (of %s)",
                    serverData.getParent().getFileName(), told.size(), outcomes, wrong.size(), times.size(), twice, maxAtOnce, limit);
            assertThat(wrong).isEmpty();
            assertThat(twice).isZero();
            // queries that were running or cancelled have not started again
            assertThat(times.keySet()).isEqualTo(queued.stream().map(query -> query.get("id").asText()).collect(toImmutableSet()));
            assertThat(maxAtOnce).isBetween(1, limit);

            for (JsonNode query : journal.get("others")) {
                if (query.get("nextUriPath").isNull()) {
                    assertThat(Http.get(dispatcher.uri().resolve("/v1/query/" + query.get("id").asText()), Http.AS_TEST_USER).statusCode())
                            .as("A query whose client had its answer: " + query.get("name").asText())
                            .isEqualTo(410);
                }
            }
            assertThat(rowsOfTables(dispatcher.uri())).isEqualTo(journal.get("expectedTablesInMemoryCatalog"));
        }
    }

    private static List<JsonNode> inState(JsonNode journal, String state)
    {
        return ImmutableList.copyOf(journal.get("queries")).stream()
                .filter(query -> query.get("state").asText().equals(state))
                .collect(toImmutableList());
    }

    /**
     * Returns the queries whose clients have not had the last answer.
     */
    private static List<JsonNode> withNextUri(JsonNode journal)
    {
        return Stream.of("queries", "others")
                .flatMap(list -> ImmutableList.copyOf(journal.get(list)).stream())
                .filter(query -> !query.get("nextUriPath").isNull())
                .collect(toImmutableList());
    }

    /**
     * Copies the node's configuration, with the addresses of this run.
     */
    private static Path takeOver(Installation installation, Path serverData, String node, int port, Map<String, String> changes)
            throws IOException
    {
        Path directory = Files.createDirectories(installation.node(node));
        ProgramRun.run(ofSeconds(60), "cp", "-r", serverData.resolve(node).resolve("etc").toString(), directory.toString()).expectSuccess();
        Path etc = directory.resolve("etc");
        Map<String, String> properties = new LinkedHashMap<>(changes);
        properties.put("http-server.http.port", String.valueOf(port));
        List<String> lines = new ArrayList<>(Files.readAllLines(etc.resolve("config.properties")));
        properties.forEach((property, value) -> {
            assertThat(lines.removeIf(line -> line.startsWith(property + "="))).as(property).isTrue();
            lines.add(property + "=" + value);
        });
        Files.write(etc.resolve("config.properties"), lines);
        Files.write(etc.resolve("jvm.config"), installation.shortLivedOptions(), APPEND);
        return etc;
    }

    /**
     * Continues all clients at the same time, as after an upgrade.
     *
     * @return the outcome that each client was told, in the journal's form, by query id
     */
    private static Map<String, JsonNode> tellClients(URI dispatcher, JsonNode journal)
            throws Exception
    {
        ImmutableMap.Builder<String, JsonNode> told = ImmutableMap.builder();
        try (ExecutorService clients = newVirtualThreadPerTaskExecutor()) {
            Map<String, Future<JsonNode>> answers = new LinkedHashMap<>();
            for (JsonNode query : withNextUri(journal)) {
                answers.put(
                        query.get("id").asText(),
                        clients.submit(() -> readToEnd(dispatcher.resolve(query.get("nextUriPath").asText()), query.get("user").asText())));
            }
            try {
                for (Map.Entry<String, Future<JsonNode>> answer : answers.entrySet()) {
                    told.put(answer.getKey(), answer.getValue().get(CLIENT_TIMEOUT_SECONDS, SECONDS));
                }
            }
            finally {
                clients.shutdownNow();
            }
        }
        return told.buildOrThrow();
    }

    private static JsonNode readToEnd(URI nextUri, String user)
    {
        ObjectNode told = JsonNodeFactory.instance.objectNode();
        try {
            ProtocolQuery query = ProtocolQuery.resume(nextUri, user);
            List<JsonNode> rows = query.readToEnd();
            told.put("state", query.state());
            if (query.error().isPresent()) {
                told.put("errorName", query.errorName().orElseThrow());
                return told;
            }
            query.columns().forEach(told.putArray("columns")::add);
            told.putArray("rows").addAll(rows);
            if (query.answer().hasNonNull("updateCount")) {
                told.set("updateCount", query.answer().get("updateCount"));
            }
            return told;
        }
        catch (AssertionError e) {
            // this is how the protocol reports an unknown query
            return told.put("state", "LOST").put("problem", e.getMessage());
        }
    }

    private static JsonNode rowsOfTables(URI dispatcher)
    {
        ObjectNode tables = JsonNodeFactory.instance.objectNode();
        for (JsonNode row : ProtocolQuery.submit(dispatcher, "SHOW TABLES FROM memory.default").readToEnd()) {
            String table = row.get(0).asText();
            tables.putArray(table).addAll(ProtocolQuery.submit(dispatcher, "SELECT count(*) FROM memory.default." + table).readToEnd());
        }
        return tables;
    }
}
