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
import com.google.common.collect.ImmutableList;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.tests.product.NodeCounters.awaitLeader;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.Collections.nCopies;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Statements of transactions, which can run in one cluster only, wait while that cluster runs as many queries as it may. They hold up no
 * others of their resource group, and when the cluster has room again, the oldest of them is the next that the group starts.
 */
@Order(SharedCluster.THREE_CLUSTERS)
@TestInstance(PER_CLASS)
public class TestFullCluster
{
    private static final Logger log = Logger.get(TestFullCluster.class);

    private static final String TRANSACTION_HEADER = "X-Trino-Transaction-Id";
    private static final String OTHER_GROUP = "fill";
    private static final int SLOTS = 4;
    private static final int BLOCKED = Tier.number(4, 10);
    private static final int OTHERS = Tier.number(40, 1000);
    private static final int YOUNGER = 5;
    private static final int CLIENTS = 20;

    private LocalCluster cluster;
    private Node fullNode;

    @BeforeAll
    public void setUp()
    {
        cluster = ThreeClusters.CLUSTER.get();
        fullNode = getOnlyElement(cluster.nodesOf(ThreeClusters.LIMITED));
    }

    @Test
    public void testFullClusterHoldsUpNoOthers()
            throws Exception
    {
        runOldestFirst(false);
    }

    @Test
    @Tag("long")
    public void testFullClusterHoldsUpNoOthersAcrossFailover()
            throws Exception
    {
        runOldestFirst(true);
    }

    private void runOldestFirst(boolean failover)
            throws Exception
    {
        Node leader = awaitLeader(cluster.dispatchers());
        URI server = getOnlyElement(cluster.dispatchers().stream().filter(dispatcher -> dispatcher != leader).toList()).uri();
        List<String> transactions = beginTransactions(server, ThreeClusters.LIMIT + BLOCKED);
        List<HeldQuery> filling = hold(server, OTHER_GROUP, transactions.subList(0, ThreeClusters.LIMIT));
        try (ExecutorService executor = newFixedThreadPool(CLIENTS)) {
            List<HeldQuery> blocked = new ArrayList<>();
            for (String transaction : transactions.subList(ThreeClusters.LIMIT, transactions.size())) {
                blocked.add(HeldQuery.submit(server, ThreeClusters.FOUR_AT_A_TIME, blocked.size(), TRANSACTION_HEADER, transaction));
            }
            queue(executor, blocked.stream().map(HeldQuery::query).toList(), 0, 0);
            runOthers(server, executor);
            awaitGroup(0, BLOCKED);

            // those of no transaction go to the other clusters
            List<HeldQuery> inSlots = hold(server, ThreeClusters.FOUR_AT_A_TIME, nCopies(SLOTS, "NONE"));
            List<ProtocolQuery> younger = IntStream.range(0, YOUNGER)
                    .mapToObj(number -> ProtocolQuery.submit(server, "SELECT " + number, "X-Trino-Source", ThreeClusters.FOUR_AT_A_TIME))
                    .collect(toImmutableList());
            queue(executor, younger, SLOTS, BLOCKED);
            if (failover) {
                cluster.kill(leader.name());
                awaitGroup(SLOTS, BLOCKED + YOUNGER);
            }

            // the cluster has room, and then the group has a slot
            assertThat(filling.getFirst().finish()).isTrue();
            long begin = System.nanoTime();
            assertThat(inSlots.getFirst().finish()).isTrue();
            awaitNext(blocked, 0);
            log.info("The oldest of the queries that waited for the full cluster ran %.0f ms after the group had a slot", (System.nanoTime() - begin) / 1e6);
            for (int i = 0; i < BLOCKED; i++) {
                awaitNext(blocked, i);
                assertThat(blocked.get(i).hold()).isTrue();
                assertThat(blocked.get(i).finish()).isTrue();
            }
            for (int i = 0; i < YOUNGER; i++) {
                ProtocolQuery query = younger.get(i);
                assertThat(executor.submit(query::readToEnd).get(60, SECONDS)).singleElement().extracting(row -> row.get(0).asInt()).isEqualTo(i);
            }
            for (HeldQuery query : Stream.concat(inSlots.subList(1, SLOTS).stream(), filling.subList(1, ThreeClusters.LIMIT).stream()).toList()) {
                assertThat(query.finish()).isTrue();
            }
        }
        finally {
            if (!cluster.isRunning(leader.name())) {
                cluster.restart(leader.name());
            }
        }
        transactions.forEach(transaction -> endTransaction(server, transaction));
    }

    /**
     * Starts a query in each of the transactions, and stops reading at its first rows.
     */
    private static List<HeldQuery> hold(URI server, String source, List<String> transactions)
    {
        List<HeldQuery> queries = new ArrayList<>();
        for (String transaction : transactions) {
            HeldQuery query = HeldQuery.submit(server, source, queries.size(), TRANSACTION_HEADER, transaction);
            assertThat(query.hold()).isTrue();
            queries.add(query);
        }
        return queries;
    }

    /**
     * Gives each query its place in the group, in their order. That is what the first poll does, which the server holds.
     *
     * @param running how many queries of the group have a slot meanwhile
     * @param queued how many have a place already
     */
    private void queue(ExecutorService executor, List<ProtocolQuery> queries, int running, int queued)
            throws Exception
    {
        List<Future<?>> polls = new ArrayList<>();
        for (ProtocolQuery query : queries) {
            polls.add(executor.submit(query::advance));
            awaitGroup(running, queued + polls.size());
        }
        for (Future<?> poll : polls) {
            poll.get(60, SECONDS);
        }
    }

    /**
     * Runs queries that came later than those that wait.
     */
    private static void runOthers(URI server, ExecutorService executor)
            throws Exception
    {
        long begin = System.nanoTime();
        List<Future<List<JsonNode>>> others = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++) {
            String sql = "SELECT " + i;
            others.add(executor.submit(() -> ProtocolQuery.submit(server, sql, "X-Trino-Source", ThreeClusters.FOUR_AT_A_TIME).readToEnd()));
        }
        for (int i = 0; i < OTHERS; i++) {
            assertThat(getOnlyElement(others.get(i).get(120, SECONDS)).get(0).asInt()).isEqualTo(i);
        }
        log.info("%s queries ran, %s at a time, in %.1f s, while %s older ones of their group waited for a full cluster", OTHERS, SLOTS, (System.nanoTime() - begin) / 1e9, BLOCKED);
    }

    /**
     * Waits until one of the queries runs, and all that are behind it wait, with those that are younger.
     */
    private void awaitNext(List<HeldQuery> blocked, int number)
    {
        await().atMost(ofSeconds(30)).pollInterval(ofMillis(20)).untilAsserted(() -> assertThat(runningOnFullCluster()).containsExactly(blocked.get(number).query().id()));
        awaitGroup(SLOTS, BLOCKED - number - 1 + YOUNGER);
    }

    /**
     * Begins transactions in the limited cluster.
     */
    private List<String> beginTransactions(URI server, int count)
    {
        List<String> transactions = new ArrayList<>();
        // idle clusters get queries in turns
        for (int attempt = 0; transactions.size() < count && attempt < 10 * count; attempt++) {
            ProtocolQuery begin = ProtocolQuery.submit(server, "START TRANSACTION", TRANSACTION_HEADER, "NONE", "X-Trino-Source", OTHER_GROUP);
            begin.readToEnd();
            assertThat(begin.errorMessage()).isEmpty();
            String transaction = begin.startedTransaction().orElseThrow();
            if (QueryView.queriesOn(fullNode.uri(), cluster.secret(fullNode)).stream().anyMatch(query -> query.id().equals(begin.id()))) {
                transactions.add(transaction);
            }
            else {
                endTransaction(server, transaction);
            }
        }
        assertThat(transactions).hasSize(count);
        return transactions;
    }

    private static void endTransaction(URI server, String transaction)
    {
        ProtocolQuery end = ProtocolQuery.submit(server, "ROLLBACK", TRANSACTION_HEADER, transaction, "X-Trino-Source", OTHER_GROUP);
        end.readToEnd();
        assertThat(end.errorMessage()).isEmpty();
    }

    /**
     * Waits until that many queries of the resource group have a slot, and that many wait.
     */
    private void awaitGroup(int running, int queued)
    {
        await().atMost(ofSeconds(60)).pollInterval(ofMillis(20)).ignoreExceptions().untilAsserted(() -> {
            JsonNode group = Http.getJson(awaitLeader(cluster.dispatchers()).uri().resolve("/v1/resourceGroupState/" + ThreeClusters.FOUR_AT_A_TIME), Http.AS_TEST_USER);
            assertThat(group.get("numRunningQueries").asInt()).describedAs("running").isEqualTo(running);
            assertThat(group.get("numQueuedQueries").asInt()).describedAs("queued").isEqualTo(queued);
        });
    }

    /**
     * Returns the queries of the resource group that the limited cluster runs.
     */
    private List<String> runningOnFullCluster()
    {
        return QueryView.queriesOn(fullNode.uri(), cluster.secret(fullNode)).stream()
                .filter(query -> query.resourceGroup().equals(ImmutableList.of(ThreeClusters.FOUR_AT_A_TIME)) && !query.isDone())
                .map(QueryView::id)
                .collect(toImmutableList());
    }
}
