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

import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.prestosql.tests.product.EventReceiver.Event;
import io.prestosql.tests.product.LocalCluster.Node;
import io.prestosql.tests.product.PolicyAgent.Question;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.tests.product.NodeCounters.awaitLeader;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The engine's own plugins for Open Policy Agent and for HTTP event listeners, on all dispatchers and coordinators. However a query ends,
 * the whole cluster sends one created and one completed event, and one node asks once whether its user may run queries.
 * <p>
 * The policy agent is not told the ids of queries, so each query here has a user of its own.
 */
@Order(SharedCluster.NONE)
@Tag("long")
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestStockPlugins
{
    private static final Logger log = Logger.get(TestStockPlugins.class);

    private static final Duration PATIENCE = ofSeconds(120);
    private static final String COUNT = "SELECT count(*) FROM tpch.tiny.nation";
    private static final String UNKNOWN_TABLE = "SELECT * FROM tpch.tiny.nothing";
    private static final String WRONG_SYNTAX = "SELEC 1";

    /** Resource groups, each for the source of the same name. */
    private static final String FREE = "free";
    private static final String ONE_AT_A_TIME = "one-at-a-time";
    private static final String CLOSED = "closed";
    private static final String FULL = "full";

    private final PolicyAgent agent = new PolicyAgent();
    private final EventReceiver receiver = new EventReceiver();
    private final AtomicInteger submitted = new AtomicInteger();
    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        SharedCluster.stop();
        LocalCluster.Builder builder = LocalCluster.builder("stock-plugins")
                .queryLog("postgresql")
                .dispatchers(2)
                .coordinators(2)
                .workers(1)
                .property("all", "plugin.dir", Installation.pluginsWith("opa", "http-event-listener").toString())
                .property("dispatcher", "query.client.timeout", "15s")
                .property("coordinator", "query.client.timeout", "15s")
                .catalogs("tpch")
                .shortLived()
                .resourceGroup(ONE_AT_A_TIME, 1, 100)
                .resourceGroup(CLOSED, 0, 100)
                .resourceGroup(FULL, 0, 0);
        for (String node : ImmutableList.of("dispatcher-1", "dispatcher-2", "coordinator-1", "coordinator-2")) {
            builder.etcFile(node, "access-control.properties", builder.writeFile(node + "-access-control.properties", agent.configuration(node)));
            builder.etcFile(node, "event-listener.properties", builder.writeFile(node + "-event-listener.properties", receiver.configuration(node)));
        }
        cluster = builder.start();
    }

    @AfterAll
    public void tearDown()
    {
        if (cluster != null) {
            cluster.close();
        }
        receiver.close();
        agent.close();
    }

    @Test
    @Order(1)
    public void testQueriesThatStartAtOnce()
    {
        ProtocolQuery finished = submit("finished", FREE, COUNT);
        assertThat(getOnlyElement(finished.readToEnd()).get(0).asLong()).isEqualTo(25);
        assertToldOnce("finished", finished, "coordinator", Optional.empty());
        assertThat(agent.askersOf("finished", "SelectFromColumns")).isNotEmpty().allMatch(node -> node.startsWith("coordinator"));

        assertToldOnce("unknown-table", readToEnd(submit("unknown-table", FREE, UNKNOWN_TABLE)), "coordinator", Optional.of("TABLE_NOT_FOUND"));
        assertToldOnce("division", readToEnd(submit("division", FREE, "SELECT 1 / (nationkey - nationkey) FROM tpch.tiny.nation")), "coordinator", Optional.of("DIVISION_BY_ZERO"));

        agent.deny("no-reader", "SelectFromColumns");
        assertToldOnce("no-reader", readToEnd(submit("no-reader", FREE, COUNT)), "coordinator", Optional.of("PERMISSION_DENIED"));
    }

    @Test
    @Order(2)
    public void testQueriesThatDoNotGetIntoTheQueue()
    {
        assertToldOnce("syntax", readToEnd(submit("syntax", FREE, WRONG_SYNTAX)), "dispatcher", Optional.of("SYNTAX_ERROR"));
        assertToldOnce("full", readToEnd(submit("full", FULL, COUNT)), "dispatcher", Optional.of("QUERY_QUEUE_FULL"));
        agent.deny("no-user", "ExecuteQuery");
        assertToldOnce("no-user", readToEnd(submit("no-user", FREE, COUNT)), "dispatcher", Optional.of("PERMISSION_DENIED"));
        for (String user : ImmutableList.of("syntax", "full", "no-user")) {
            assertThat(agent.questions(user)).extracting(Question::operation).as(user).containsExactly("ExecuteQuery");
        }
    }

    @Test
    @Order(3)
    public void testQueriesThatEndInTheQueue()
    {
        ProtocolQuery killed = queued("killed-in-queue");
        kill(killed, "killed-in-queue");
        assertToldOnce("killed-in-queue", readToEnd(killed), "dispatcher", Optional.of("ADMINISTRATIVELY_KILLED"));

        ProtocolQuery killedBySql = queued("killed-by-sql-in-queue");
        killBySql("killer-of-queued", killedBySql);
        assertToldOnce("killed-by-sql-in-queue", readToEnd(killedBySql), "dispatcher", Optional.of("ADMINISTRATIVELY_KILLED"));

        ProtocolQuery canceled = queued("canceled-in-queue");
        cancel(canceled, "canceled-in-queue");
        assertToldOnce("canceled-in-queue", canceled, "dispatcher", Optional.of("USER_CANCELED"));

        // a coordinator finds these errors while the queries wait
        assertToldOnce("unknown-table-in-queue", readToEnd(submit("unknown-table-in-queue", CLOSED, UNKNOWN_TABLE)), "dispatcher", Optional.of("TABLE_NOT_FOUND"));
        agent.deny("no-reader-in-queue", "SelectFromColumns");
        assertToldOnce("no-reader-in-queue", readToEnd(submit("no-reader-in-queue", CLOSED, COUNT)), "dispatcher", Optional.of("PERMISSION_DENIED"));
        assertThat(agent.askersOf("no-reader-in-queue", "SelectFromColumns")).singleElement().asString().startsWith("coordinator");

        // its client does not come back
        assertToldOnce("gone-in-queue", queued("gone-in-queue"), "dispatcher", Optional.of("ABANDONED_QUERY"));
    }

    @Test
    @Order(4)
    public void testQueriesThatEndWhileTheyRun()
    {
        ProtocolQuery killed = running("killed");
        kill(killed, "killed");
        assertToldOnce("killed", readToEnd(killed), "coordinator", Optional.of("ADMINISTRATIVELY_KILLED"));

        ProtocolQuery killedBySql = running("killed-by-sql");
        killBySql("killer", killedBySql);
        assertToldOnce("killed-by-sql", readToEnd(killedBySql), "coordinator", Optional.of("ADMINISTRATIVELY_KILLED"));

        ProtocolQuery canceled = running("canceled");
        cancel(canceled, "canceled");
        assertToldOnce("canceled", canceled, "coordinator", Optional.of("USER_CANCELED"));

        // its client does not come back
        assertToldOnce("gone", running("gone"), "coordinator", Optional.of("ABANDONED_QUERY"));
    }

    /**
     * Access to data is checked while a query waits and again when it starts; the permission to run queries is checked only once.
     */
    @Test
    @Order(5)
    public void testQueryThatWaits()
    {
        ProtocolQuery holder = running("holder", ONE_AT_A_TIME);
        ProtocolQuery waiting = submit("waiting", ONE_AT_A_TIME, COUNT);
        await().atMost(PATIENCE).until(() -> {
            waiting.advance();
            return !agent.askersOf("waiting", "SelectFromColumns").isEmpty();
        });
        assertThat(waiting.state()).isEqualTo("QUEUED");
        assertThat(holder.readToEnd()).isNotEmpty();
        assertThat(getOnlyElement(waiting.readToEnd()).get(0).asLong()).isEqualTo(25);
        assertToldOnce("holder", holder, "coordinator", Optional.empty());
        assertToldOnce("waiting", waiting, "coordinator", Optional.empty());
        assertThat(agent.askersOf("waiting", "AccessCatalog")).hasSize(2).allMatch(node -> node.startsWith("coordinator"));
        assertThat(agent.askersOf("waiting", "SelectFromColumns")).hasSize(2).allMatch(node -> node.startsWith("coordinator"));
    }

    /**
     * A client that logs in as one user and runs its query as another.
     */
    @Test
    @Order(6)
    public void testImpersonation()
    {
        ProtocolQuery query = submit("impersonated", FREE, COUNT, "Authorization", basicAuthorization("impersonator"));
        query.readToEnd();
        assertToldOnce("impersonated", query, "coordinator", Optional.empty());
        // the user may have lost the permission while the query waited
        assertThat(agent.askersOf("impersonator", "ImpersonateUser").stream().filter(node -> node.startsWith("dispatcher"))).hasSize(1);
        assertThat(agent.askersOf("impersonator", "ImpersonateUser").stream().filter(node -> node.startsWith("coordinator"))).isNotEmpty();
        assertThat(agent.askersOf("impersonator", "ExecuteQuery")).isEmpty();

        agent.deny("stranger", "ImpersonateUser");
        ProtocolQuery denied = readToEnd(submit("of-stranger", FREE, COUNT, "Authorization", basicAuthorization("stranger")));
        assertTold("of-stranger", denied, "dispatcher", Optional.of("PERMISSION_DENIED"));
        // the query has no session, so there is nothing to run
        assertThat(agent.questions("of-stranger")).isEmpty();
    }

    /**
     * A stopping leader has sent its events, and its successor sends none of them again. The successor asks again whether the users of
     * waiting queries may still run them.
     */
    @Test
    @Order(7)
    public void testLeaderStops()
    {
        Node leader = awaitLeader(cluster.dispatchers());
        Node standby = cluster.dispatchers().stream()
                .filter(node -> !node.equals(leader))
                .findFirst()
                .orElseThrow();
        ProtocolQuery waiting = queued("waiting-for-leader");
        assertThat(agent.askersOf("waiting-for-leader", "ExecuteQuery")).containsExactly(leader.name());
        ProtocolQuery finished = readToEnd(submit("finished-at-last", FREE, COUNT));
        ProtocolQuery wrong = readToEnd(submit("wrong-at-last", FREE, WRONG_SYNTAX));

        waiting.continueAt(standby.uri());
        CompletableFuture<Void> restart = CompletableFuture.runAsync(() -> cluster.restart(leader.name()));
        while (!restart.isDone()) {
            assertThat(waiting.advance()).isTrue();
            waiting.continueAt(standby.uri());
        }
        restart.join();
        assertThat(awaitLeader(cluster.dispatchers())).isEqualTo(standby);

        assertToldOnce("finished-at-last", finished, "coordinator", Optional.empty());
        assertToldOnce("wrong-at-last", wrong, leader.name(), Optional.of("SYNTAX_ERROR"));
        assertThat(agent.askersOf("waiting-for-leader", "ExecuteQuery")).containsExactly(leader.name(), standby.name());
        kill(waiting, "waiting-for-leader");
        assertTold("waiting-for-leader", readToEnd(waiting), standby.name(), Optional.of("ADMINISTRATIVELY_KILLED"));
    }

    /**
     * No event has come late or twice, for any query of the cluster. That includes the queries that {@code bin/local-cluster} has run.
     */
    @Test
    @Order(8)
    public void testNothingIsToldTwice()
    {
        assertToldOnce("last-of-dispatcher", readToEnd(submit("last-of-dispatcher", FREE, WRONG_SYNTAX)), "dispatcher", Optional.of("SYNTAX_ERROR"));
        assertToldOnce("last-of-coordinator", readToEnd(submit("last-of-coordinator", FREE, COUNT)), "coordinator", Optional.empty());
        assertThat(receiver.queryIds()).hasSizeGreaterThan(submitted.get());
        for (String queryId : receiver.queryIds()) {
            assertThat(receiver.created(queryId)).as("created events of %s", queryId).hasSize(1);
            assertThat(receiver.completed(queryId)).as("completed events of %s", queryId).hasSize(1);
        }
        log.info("%s queries were told of, each once", receiver.queryIds().size());
    }

    private void assertToldOnce(String user, ProtocolQuery query, String teller, Optional<String> errorName)
    {
        assertTold(user, query, teller, errorName);
        assertThat(agent.askersOf(user, "ExecuteQuery")).as("who has asked for %s", user).singleElement().asString().startsWith("dispatcher");
    }

    private void assertTold(String user, ProtocolQuery query, String teller, Optional<String> errorName)
    {
        await().atMost(PATIENCE).pollInterval(ofMillis(50)).until(() -> !receiver.completed(query.id()).isEmpty() && !receiver.created(query.id()).isEmpty());
        Event created = getOnlyElement(receiver.created(query.id()));
        Event completed = getOnlyElement(receiver.completed(query.id()));
        log.info("%s: created told by %s, completed by %s: %s; asked: %s", user, created.node(), completed.node(), completed.errorName().orElse("finished"), agent.questions(user));
        assertThat(created.user()).isEqualTo(user);
        assertThat(completed.user()).isEqualTo(user);
        assertThat(completed.errorName()).as(user).isEqualTo(errorName);
        assertThat(completed.node()).as(user).startsWith(teller).isEqualTo(created.node());
    }

    /**
     * Submits each query to the next dispatcher.
     */
    private ProtocolQuery submit(String user, String source, String sql, String... headers)
    {
        URI dispatcher = cluster.dispatchers().get(submitted.getAndIncrement() % cluster.dispatchers().size()).uri();
        ProtocolQuery query = ProtocolQuery.submitAs(user, dispatcher, sql, ImmutableList.<String>builder()
                .add("X-Trino-Source", source)
                .add(headers)
                .build()
                .toArray(String[]::new));
        // not at the dispatcher that took the submission
        query.continueAt(cluster.dispatchers().get(submitted.get() % cluster.dispatchers().size()).uri());
        return query;
    }

    private static ProtocolQuery readToEnd(ProtocolQuery query)
    {
        query.readToEnd();
        return query;
    }

    /**
     * Returns a query that waits and does not start.
     */
    private ProtocolQuery queued(String user)
    {
        ProtocolQuery query = submit(user, CLOSED, COUNT);
        await().atMost(PATIENCE).until(() -> {
            query.advance();
            return !agent.askersOf(user, "ExecuteQuery").isEmpty();
        });
        assertThat(query.state()).isEqualTo("QUEUED");
        return query;
    }

    private ProtocolQuery running(String user)
    {
        return running(user, FREE);
    }

    /**
     * Returns a query that has more rows than its client has read.
     */
    private ProtocolQuery running(String user, String source)
    {
        ProtocolQuery query = submit(user, source, "SELECT custkey, rpad('', 1500, comment) FROM tpch.tiny.customer");
        assertThat(query.advanceToRows().rows()).isNotEmpty();
        return query;
    }

    private void kill(ProtocolQuery query, String user)
    {
        URI dispatcher = cluster.dispatchers().get(submitted.get() % cluster.dispatchers().size()).uri();
        assertThat(Http.request("PUT", dispatcher.resolve("/v1/query/%s/killed".formatted(query.id())), "why", Http.USER_HEADER, user).statusCode()).isEqualTo(202);
    }

    private void killBySql(String killer, ProtocolQuery query)
    {
        ProtocolQuery call = submit(killer, FREE, "CALL system.runtime.kill_query(query_id => '%s', message => 'why')".formatted(query.id()));
        call.readToEnd();
        assertToldOnce(killer, call, "coordinator", Optional.empty());
        assertThat(agent.askersOf(killer, "KillQueryOwnedBy")).hasSize(1);
    }

    private static void cancel(ProtocolQuery query, String user)
    {
        assertThat(Http.request("DELETE", query.nextUri().orElseThrow(), "", Http.USER_HEADER, user).statusCode()).isEqualTo(204);
    }

    private static String basicAuthorization(String user)
    {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":").getBytes(UTF_8));
    }
}
