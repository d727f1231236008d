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
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.dispatcher.admission.GroupLoads;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.protocol.FailureBound;
import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.GatePlugin;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.SocketClient;
import io.prestosql.testing.StockServer;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingTier;
import io.trino.execution.QueryState;
import io.trino.plugin.memory.MemoryPlugin;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import io.trino.plugin.tpch.TpchPlugin;
import io.trino.server.testing.TestingTrinoServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.units.Duration.nanosSince;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Odd, huge or broken statements and sessions end as on a stock server, both at once and after a wait in the queue of a dispatcher that is
 * restarted meanwhile. The queue goes on.
 */
@TestInstance(PER_CLASS)
@Timeout(240)
public class TestOddInputs
{
    private static final Map<String, String> USER = ImmutableMap.of("X-Trino-User", "user");
    private static final String HUGE = "x".repeat(100_000);
    /** Runs longer than a test. */
    private static final Input KILLED = new Input("killed", Map.of(), "SELECT * FROM tpch.sf1.lineitem");
    private static final String ZONE = "Pacific/Kiritimati";
    /** The largest difference between a time of this class and one of a dispatcher. */
    private static final long ROUNDING_MILLIS = 2;

    private final Gates gates = new Gates();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private final RawClient client = new RawClient();
    private final Map<String, Outcome> expected = new ConcurrentHashMap<>();
    private TestingPrestoCluster cluster;
    private TestingTrinoServer stock;
    private TestingClient engineClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        Path groups = Files.writeString(directory.resolve("resource-groups.json"),
                """
                {
                  "rootGroups": [{"name": "global", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1000, "subGroups":
                    [{"name": "${USER}", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1000, "subGroups":
                      [{"name": "${SOURCE}", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1000}]}]},
                    {"name": "free", "softMemoryLimit": "100%", "hardConcurrencyLimit": 100, "maxQueued": 1000}],
                  "selectors": [{"source": "free", "group": "free"}, {"group": "global.${USER}.${SOURCE}"}]
                }
                """);
        cluster = TestingPrestoCluster.builder()
                .addDispatcherAndOneOther()
                .addPlugin(new TpchPlugin())
                .addPlugin(new MemoryPlugin())
                .addPlugin(new GatePlugin(gates))
                .addPlugin(new ResourceGroupManagerPlugin())
                .addCatalog("tpch", "tpch")
                .addCatalog("memory", "memory")
                .addCatalog("gate", "gate")
                .setResourceGroups(ImmutableMap.of("resource-groups.config-file", groups.toString()))
                // survives the dispatcher
                .addProperty(DISPATCHER, "query-log.dir", directory.resolve("query-log").toString())
                .build();
        stock = StockServer.withTpch();
        engineClient = new TestingClient(cluster.getDispatcherUrl());
    }

    @AfterAll
    public void tearDown()
            throws Exception
    {
        executor.shutdownNow();
        client.close();
        engineClient.close();
        stock.close();
        cluster.close();
    }

    /**
     * @param headers headers in addition to the user's, which they may replace
     */
    private record Input(String name, Map<String, String> headers, String sql)
    {
        private Input(String name, String header, String value, String sql)
        {
            this(name, ImmutableMap.of(header, value), sql);
        }

        private Map<String, String> allHeaders()
        {
            Map<String, String> all = new HashMap<>(Map.of("X-Trino-User", "user", "X-Trino-Source", "odd"));
            all.putAll(headers);
            return all;
        }

        @Override
        public String toString()
        {
            return name;
        }
    }

    private static List<Input> inputs()
    {
        String sql = "SELECT count(*) FROM tpch.tiny.nation";
        return ImmutableList.<Input>builder()
                // huge
                .add(new Input("huge user", "X-Trino-User", HUGE, "SELECT length(current_user)"))
                .add(new Input("huge source", "X-Trino-Source", HUGE, sql))
                .add(new Input("huge client info", "X-Trino-Client-Info", HUGE, sql))
                .add(new Input("huge trace token", "X-Trino-Trace-Token", HUGE, sql))
                .add(new Input("10,000 client tags", "X-Trino-Client-Tags", IntStream.range(0, 10_000).mapToObj(i -> "tag" + i).collect(joining(",")), sql))
                .add(new Input("huge session property", "X-Trino-Session", "join_distribution_type=" + HUGE, sql))
                .add(new Input("long name of a session property", "X-Trino-Session", "x".repeat(40_000) + "=1", sql))
                .add(new Input("huge catalog and schema", ImmutableMap.of("X-Trino-Catalog", HUGE, "X-Trino-Schema", HUGE), "SELECT count(*) FROM nation"))
                .add(new Input("huge prepared statement", ImmutableMap.of("X-Trino-Prepared-Statement", "huge=" + encode("SELECT length('%s')".formatted(HUGE))), "EXECUTE huge"))
                .add(new Input("huge role", "X-Trino-Role", "system=" + encode("ROLE{%s}".formatted(HUGE)), sql))
                .add(new Input("huge credential", "X-Trino-Extra-Credential", "token=" + HUGE, sql))
                .add(new Input("huge transaction", "X-Trino-Transaction-Id", HUGE, sql))
                .add(new Input("huge time zone", "X-Trino-Time-Zone", HUGE, sql))
                .add(new Input("huge path", "X-Trino-Path", HUGE, sql))
                .add(new Input("huge identifier", Map.of(), "SELECT 1 AS \"%s\"".formatted(HUGE)))
                .add(new Input("3,000 parentheses", Map.of(), "SELECT %s1%s".formatted("(".repeat(3_000), ")".repeat(3_000))))
                .add(new Input("20,000 additions", Map.of(), "SELECT 1" + " + 1".repeat(20_000)))
                .add(new Input("20,000 NOTs", Map.of(), "SELECT " + "NOT ".repeat(20_000) + "true"))
                .add(new Input("20,000 values of IN", Map.of(), "SELECT count(*) FROM tpch.tiny.nation WHERE nationkey IN (%s)".formatted(IntStream.range(0, 20_000).mapToObj(String::valueOf).collect(joining(", ")))))
                .add(new Input("100,000 characters beyond the basic plane", Map.of(), "SELECT length('%s')".formatted("\uD83D\uDE00".repeat(100_000))))
                .add(new Input("the same, one character on", Map.of(), "SELECT  length('%s')".formatted("\uD83D\uDE00".repeat(100_000))))
                // statements
                .add(new Input("only spaces", Map.of(), " \t\r\n "))
                .add(new Input("only comments", Map.of(), "-- nothing\n/* at all */"))
                .add(new Input("only a semicolon", Map.of(), ";"))
                .add(new Input("comment that does not end", Map.of(), "SELECT 1 /* one"))
                .add(new Input("text that does not end", Map.of(), "SELECT 'one"))
                .add(new Input("two statements", Map.of(), "SELECT 1; SELECT 2"))
                .add(new Input("NUL", Map.of(), "SELECT 1\u0000"))
                .add(new Input("NUL in a text", Map.of(), "SELECT length('a\u0000b')"))
                .add(new Input("byte order mark", Map.of(), "\uFEFFSELECT 1"))
                .add(new Input("lone surrogate by an escape", Map.of(), "SELECT U&'\\D800'"))
                .add(new Input("error with characters of all kinds", Map.of(), "SELECT fail(U&'\\0000 \\FFFF \\+10FFFF \\202E \" \\\\ ') FROM tpch.tiny.nation"))
                // sessions
                .add(session("query_max_run_time=106751d"))
                .add(session("query_max_run_time=-1d"))
                .add(session("query_max_run_time=1e300d"))
                .add(session("query_max_queued_time=106751d"))
                .add(session("query_max_execution_time=106751d"))
                .add(session("query_max_execution_time=1 fortnight"))
                .add(session("query_priority=9223372036854775808"))
                .add(session("query_priority=-1"))
                .add(session("time_zone_id=Mars/Olympus"))
                .add(session("required_workers_count=-1"))
                .add(session("query_max_memory=-1B"))
                .add(session("no_such_property=1"))
                .add(session("tpch.no_such_property=1"))
                .add(session("no_such_catalog.property=1"))
                .add(session("a.b.c=1"))
                .add(new Input("time zone", "X-Trino-Time-Zone", "Mars/Olympus", sql))
                .add(new Input("offset of a time zone", "X-Trino-Time-Zone", "+99:99", sql))
                .add(new Input("language", "X-Trino-Language", "!!--nonsense__??", sql))
                .add(new Input("resource estimate", "X-Trino-Resource-Estimate", "EXECUTION_TIME=never", sql))
                .add(new Input("resource estimates of all there is", "X-Trino-Resource-Estimate", "EXECUTION_TIME=106751d,CPU_TIME=106751d,PEAK_MEMORY=8191PB", sql))
                .add(new Input("resource estimate of nothing", "X-Trino-Resource-Estimate", "NONSENSE=1", sql))
                .add(new Input("capabilities", "X-Trino-Client-Capabilities", ",PATH,,%00,NONSENSE", sql))
                .add(new Input("role", "X-Trino-Role", "system=NONSENSE", sql))
                .add(new Input("role that is not granted", "X-Trino-Role", "system=ROLE{admin}", sql))
                .add(new Input("role of a catalog that is not there", "X-Trino-Role", "nowhere=ROLE{admin}", sql))
                .add(new Input("half a role", "X-Trino-Role", "tpch=ROLE{", sql))
                .add(new Input("credential without a name", "X-Trino-Extra-Credential", "=x", sql))
                .add(new Input("credential twice", "X-Trino-Extra-Credential", "a=1,a=2", sql))
                .add(new Input("transaction", "X-Trino-Transaction-Id", "nonsense", sql))
                .add(new Input("transaction that is not there", "X-Trino-Transaction-Id", "00000000-0000-0000-0000-000000000000", sql))
                .add(new Input("path of nothing", "X-Trino-Path", "nowhere.nothing", "SELECT no_such_function(1)"))
                .add(new Input("broken path", "X-Trino-Path", "a.b.c.d", sql))
                .add(new Input("prepared statement that is none", "X-Trino-Prepared-Statement", "broken=" + encode("SELECT nonsense("), sql))
                .add(new Input("execution of one that is none", "X-Trino-Prepared-Statement", "broken=" + encode("SELECT nonsense("), "EXECUTE broken"))
                .add(new Input("prepared statement that executes itself", "X-Trino-Prepared-Statement", "again=" + encode("EXECUTE again"), "EXECUTE again"))
                .add(new Input("execution with too many parameters", "X-Trino-Prepared-Statement", "one=" + encode("SELECT ?"), "EXECUTE one USING 1, 2"))
                .add(new Input("schema without a catalog", "X-Trino-Schema", "tiny", "SELECT count(*) FROM nation"))
                // names of resource groups
                .add(new Input("user with dots", "X-Trino-User", "..a..", sql))
                .add(new Input("user as a variable", ImmutableMap.of("X-Trino-User", "${SOURCE}", "X-Trino-Source", "${USER}"), sql))
                .add(new Input("user as a pattern", ImmutableMap.of("X-Trino-User", "$1\\", "X-Trino-Source", "(?<x>"), sql))
                .add(new Input("user as a path", ImmutableMap.of("X-Trino-User", "../../%2F?x=1#y", "X-Trino-Source", "/"), sql))
                .build();
    }

    /**
     * Returns the inputs that are also sent while nothing waits: in the short tier, one of three of each kind.
     */
    private static List<Input> inputsAtOnce()
    {
        List<Input> inputs = inputs();
        return TestingTier.isLong() ? inputs : IntStream.range(0, inputs.size())
                .filter(number -> number % 3 == 0)
                .mapToObj(inputs::get)
                .collect(toImmutableList());
    }

    private static Input session(String property)
    {
        return new Input(property, "X-Trino-Session", property, "SELECT 1");
    }

    private static String encode(String text)
    {
        return URLEncoder.encode(text, UTF_8);
    }

    /**
     * The final answer to a client.
     *
     * @param error everything that an error says, except its stack
     * @param details the status of the server's answer to a request for the query's details
     */
    private record Outcome(int status, String error, String rows, int details)
    {
        private Outcome withoutDetails()
        {
            return new Outcome(status, error, rows, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("inputsAtOnce")
    public void testInput(Input input)
    {
        long epoch = epoch();
        awaitFreeSlot();
        check(input, follow(cluster.getDispatcherUrl(), input, submit(cluster.getDispatcherUrl(), input)));
        checkQueue();
        assertThat(epoch()).isEqualTo(epoch);
    }

    private void check(Input input, Outcome outcome)
    {
        Outcome stockOutcome = expected(input);
        if (stockOutcome.status() >= 500) {
            // the stock server has failed itself, which the dispatcher must not do
            assertThat(outcome.status()).as(input.name()).isLessThan(500);
            return;
        }
        assertThat(outcome).as(input.name()).isEqualTo(stockOutcome);
    }

    /**
     * Names whose length many JSON readers refuse, while another query runs.
     */
    @ParameterizedTest
    @ValueSource(strings = {"X-Trino-Session: %s=1", "X-Trino-Prepared-Statement: %s=SELECT+1"})
    public void testHugeName(String header)
            throws Exception
    {
        checkHugeName(header);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"X-Trino-Role: %s=ALL", "X-Trino-Extra-Credential: %s=1"})
    public void testMoreHugeNames(String header)
            throws Exception
    {
        checkHugeName(header);
    }

    private void checkHugeName(String header)
            throws Exception
    {
        String gate = "name_" + header.length();
        List<String> parts = Splitter.on(": ").splitToList(header.formatted(HUGE));
        Future<TestingClient.Result> other = hold(gate);
        Input input = new Input(header, ImmutableMap.of(parts.get(0), parts.get(1), "X-Trino-Source", "free"), "SELECT count(*) FROM tpch.tiny.nation");
        Outcome outcome = follow(cluster.getDispatcherUrl(), input, submit(cluster.getDispatcherUrl(), input));
        check(input, outcome);
        gates.open(gate);
        assertThat(other.get().onlyValue()).isEqualTo(42L);
        checkQueue();
        // on a busy machine, a node can be silent for longer than the view waits
        await().until(() -> client.get(cluster.getDispatcherUrl().resolve("/v1/query"), USER).header("X-Presto-Missing").isEmpty());
    }

    /**
     * All inputs wait behind a query that has the slot, and the dispatcher is restarted.
     */
    @Test
    public void testInputsInQueue()
            throws Exception
    {
        Future<TestingClient.Result> holder = hold("inputs_holder");
        Map<Input, Response> queued = inParallel(inputs(), input -> {
            Response response = submit(cluster.getDispatcherUrl(), input);
            return response.status() == 200 && response.uri("nextUri").isPresent() ? client.get(response.uri("nextUri").get(), input.allHeaders()) : response;
        });
        restart();
        checkLists();
        gates.open("inputs_holder");
        assertThat(holder.get().onlyValue()).isEqualTo(42L);
        Map<Input, Outcome> outcomes = inParallel(inputs(), input -> follow(cluster.getDispatcherUrl(), input, queued.get(input)));
        outcomes.forEach((input, outcome) -> {
            if (input.name().equals("query_priority=-1")) {
                // the engine's resource groups compare priorities only when no slot is free
                assertThat(outcome.error()).contains("Query priority must be positive");
            }
            else if (expected(input).status() < 500) {
                // a new leader has no details of queries that failed before its term
                assertThat(outcome.withoutDetails()).as(input.name()).isEqualTo(expected(input).withoutDetails());
            }
        });
        checkQueue();
        // the queue's records of ended queries can be read, too
        restart();
        checkLists();
        checkQueue();
    }

    private <T> Map<Input, T> inParallel(List<Input> inputs, Function<Input, T> work)
            throws Exception
    {
        Map<Input, Future<T>> futures = new LinkedHashMap<>();
        inputs.forEach(input -> futures.put(input, executor.submit(() -> work.apply(input))));
        Map<Input, T> results = new LinkedHashMap<>();
        for (Map.Entry<Input, Future<T>> future : futures.entrySet()) {
            results.put(future.getKey(), future.getValue().get());
        }
        return results;
    }

    private void checkLists()
    {
        for (String path : List.of("/v1/query", "/ui/api/query")) {
            Response response = client.get(cluster.getDispatcherUrl().resolve(path), path.startsWith("/ui") ? client.logIn(cluster.getDispatcherUrl(), "user") : USER);
            assertThat(response.status()).as(path).isEqualTo(200);
            assertThat(response.json().size()).as(path).isPositive();
        }
    }

    /**
     * Times in statements count from their submission, in the time zone of the session, even if the client asks for its query only after
     * the restart.
     */
    @Test
    public void testTimesOfQueuedStatements()
            throws Exception
    {
        String times = "CAST(to_unixtime(%s) * 1000 AS bigint) AS t, current_timezone() AS z, CAST(current_date AS varchar) AS d";
        String now = "SELECT " + times.formatted("now()");
        Map<String, String> zone = ImmutableMap.of("X-Trino-Time-Zone", ZONE);
        List<Input> statements = ImmutableList.of(
                new Input("EXECUTE", withPrepared(now), "EXECUTE p"),
                new Input("EXECUTE USING", withPrepared("SELECT " + times.formatted("?")), "EXECUTE p USING current_timestamp"),
                new Input("EXECUTE IMMEDIATE", zone, "EXECUTE IMMEDIATE '%s'".formatted(now)),
                new Input("SELECT", zone, now),
                new Input("CREATE TABLE AS", zone, "CREATE TABLE memory.default.odd_times AS " + now),
                new Input("unasked", withPrepared(now), "EXECUTE p"));

        Future<TestingClient.Result> holder = hold("times_holder");
        Map<Input, Submission> queued = inParallel(statements, input -> {
            Instant notBefore = Instant.now();
            Response response = submit(cluster.getDispatcherUrl(), input);
            Instant notAfter = Instant.now();
            boolean ask = !input.name().equals("unasked");
            return new Submission(notBefore, notAfter, ask ? client.get(response.uri("nextUri").orElseThrow(), input.allHeaders()) : response);
        });
        restart();
        gates.open("times_holder");
        assertThat(holder.get().onlyValue()).isEqualTo(42L);

        Map<Input, FinalResults> answers = inParallel(statements, input -> read(input, queued.get(input).response()));
        Input table = new Input("table", zone, "SELECT * FROM memory.default.odd_times");
        FinalResults created = read(table, submit(cluster.getDispatcherUrl(), table));
        for (Input input : statements) {
            assertThat(answers.get(input).error()).as(input.name()).isEmpty();
            JsonNode row = (input.name().equals("CREATE TABLE AS") ? created : answers.get(input)).rows().getFirst();
            Instant time = Instant.ofEpochMilli(row.get(0).asLong());
            Submission submission = queued.get(input);
            assertThat(time).as(input.name()).isBetween(submission.notBefore().minusMillis(ROUNDING_MILLIS), submission.notAfter().plusMillis(ROUNDING_MILLIS));
            assertThat(row.get(1).asText()).as(input.name()).isEqualTo(ZONE);
            assertThat(row.get(2).asText()).as(input.name()).isEqualTo(time.atZone(ZoneId.of(ZONE)).toLocalDate().toString());
        }
        checkQueue();
    }

    private static Map<String, String> withPrepared(String sql)
    {
        return ImmutableMap.of("X-Trino-Time-Zone", ZONE, "X-Trino-Prepared-Statement", "p=" + encode(sql));
    }

    private record Submission(Instant notBefore, Instant notAfter, Response response) {}

    /**
     * Kills running queries with odd messages.
     */
    @ParameterizedTest
    @ValueSource(strings = {"", "a\u0000b", "\u00ED\u00A0\u0080 \u00FF"})
    public void testKillMessage(String message)
    {
        checkKillMessage(message);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {" ", "\"'\\ {} %s ${USER}\r\n\t", "<script>"})
    public void testMoreKillMessages(String message)
    {
        checkKillMessage(message);
    }

    private void checkKillMessage(String message)
    {
        stopQueries();
        // each character becomes a byte, so that some messages are no valid text
        byte[] bytes = message.getBytes(ISO_8859_1);
        Killed killed = killRunning(cluster.getDispatcherUrl(), bytes);
        assertThat(killed.status()).isEqualTo(202);
        assertThat(killed).isEqualTo(killRunning(stock.getBaseUrl(), bytes));
        checkQueue();
    }

    @Test
    public void testLongKillMessageOfPairs()
            throws Exception
    {
        Future<TestingClient.Result> holder = hold("kill_holder");
        for (String first : List.of("", "x")) {
            Response queued = submit(cluster.getDispatcherUrl(), KILLED);
            queued = client.get(queued.uri("nextUri").orElseThrow(), USER);
            Killed killed = kill(cluster.getDispatcherUrl(), queued, (first + "\uD83D\uDE00".repeat(FailureBound.DEFAULT.maxMessageCharacters())).getBytes(UTF_8));
            assertThat(killed.status()).isEqualTo(202);
            assertThat(killed.error()).contains("ADMINISTRATIVELY_KILLED", "(cut: ").doesNotContain("\uFFFD");
            // the cut leaves no half of a character
            assertThat(new String(killed.error().getBytes(UTF_8), UTF_8)).isEqualTo(killed.error());
        }
        gates.open("kill_holder");
        assertThat(holder.get().onlyValue()).isEqualTo(42L);
        checkQueue();
    }

    private record Killed(int status, String error) {}

    private Killed killRunning(URI server, byte[] message)
    {
        Response response = submit(server, KILLED);
        while (!response.json().has("data")) {
            response = client.get(response.uri("nextUri").orElseThrow(), USER);
        }
        return kill(server, response, message);
    }

    /**
     * @param last the last answer to its client
     */
    private Killed kill(URI server, Response last, byte[] message)
    {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes("PUT /v1/query/%s/killed HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nX-Trino-User: user\r\nContent-Type: text/plain\r\nContent-Length: %s\r\n\r\n"
                .formatted(last.json().get("id").asText(), server.getAuthority(), message.length)
                .getBytes(UTF_8));
        request.writeBytes(message);
        int status = SocketClient.send(server, request.toByteArray()).status();
        return new Killed(status, read(KILLED, last).error());
    }

    // what clients do

    private Outcome expected(Input input)
    {
        return expected.computeIfAbsent(input.name(), _ -> follow(stock.getBaseUrl(), input, submit(stock.getBaseUrl(), input)));
    }

    private Response submit(URI server, Input input)
    {
        return client.post(server.resolve("/v1/statement"), input.sql(), input.allHeaders());
    }

    private Outcome follow(URI server, Input input, Response submitted)
    {
        if (submitted.status() != 200) {
            return new Outcome(submitted.status(), submitted.body(), "", 0);
        }
        FinalResults answer = read(input, submitted);
        int details = client.get(server.resolve("/v1/query/" + submitted.json().get("id").asText()), USER).status();
        return new Outcome(200, answer.error(), answer.rows().toString(), details);
    }

    private record FinalResults(String error, List<JsonNode> rows) {}

    /**
     * Follows a query to its end, and repeats requests that a starting dispatcher cannot answer.
     */
    private FinalResults read(Input input, Response submitted)
    {
        ImmutableList.Builder<JsonNode> rows = ImmutableList.builder();
        Response response = submitted;
        long start = System.nanoTime();
        while (true) {
            JsonNode results = response.json();
            results.path("data").forEach(rows::add);
            Optional<URI> next = response.uri("nextUri");
            if (next.isEmpty()) {
                JsonNode error = results.path("error");
                return new FinalResults(
                        Stream.of("errorName", "errorCode", "errorType", "message", "errorLocation")
                                .filter(error::has)
                                // the documentation says that long messages are cut
                                .map(field -> error.get(field).isTextual() ? FailureBound.DEFAULT.apply(error.get(field).asText()) : error.get(field).toString())
                                .collect(joining("; ")),
                        rows.build());
            }
            do {
                response = client.get(next.get(), input.allHeaders());
                assertThat(nanosSince(start).toMillis()).as("time of %s: %s", input, response).isLessThan(60_000);
            }
            while (response.status() == 503);
            assertThat(response.status()).as("%s: %s", input, response).isEqualTo(200);
        }
    }

    // the queue

    /**
     * Takes the only slot until the gate is opened.
     */
    private Future<TestingClient.Result> hold(String gate)
    {
        stopQueries();
        Future<TestingClient.Result> holder = executor.submit(() -> engineClient.execute("SELECT x FROM gate.default." + gate));
        await().until(() -> gates.getInside(gate) == 1);
        return holder;
    }

    /**
     * Frees the slot from queries that a failed test has left.
     */
    private void stopQueries()
    {
        for (QueryState state : QueryState.values()) {
            if (!state.isDone()) {
                for (JsonNode query : client.get(cluster.getDispatcherUrl().resolve("/v1/query?state=" + state), USER).json()) {
                    client.send("PUT", cluster.getDispatcherUrl().resolve("/v1/query/%s/killed".formatted(query.get("queryId").asText())), "the test is over", USER);
                }
            }
        }
    }

    private void restart()
    {
        cluster.stop("dispatcher-1");
        cluster.start("dispatcher-1");
        cluster.awaitReady();
    }

    private long epoch()
    {
        return cluster.getDispatcher().getInstance(QueueDriver.class).getCurrentEpoch();
    }

    /**
     * Waits until the last query has given its slot back, which it does a moment after its client has read its rows. The engine refuses some
     * values only from queries that have to wait.
     */
    private void awaitFreeSlot()
    {
        await().untilAsserted(() -> assertThat(cluster.getDispatcher().getInstance(GroupLoads.class).getLoads()).allSatisfy(group -> assertThat(group.runningQueries()).isZero()));
    }

    private void checkQueue()
    {
        assertThat(engineClient.execute("SELECT 1").onlyValue()).isEqualTo(1);
        assertThat(cluster.getDispatcher().getInstance(QueueDriver.class).getFailedEffects()).isZero();
        assertThat(cluster.getDispatcher().getInstance(QueueAdmission.class).getPendingSubmissions()).isZero();
    }
}
