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
import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Iterables.getOnlyElement;
import static io.prestosql.tests.product.NodeCounters.availableCoordinators;
import static io.prestosql.tests.product.NodeCounters.awaitQuiet;
import static io.prestosql.tests.product.NodeCounters.coordinatorsSilentOnMemory;
import static io.prestosql.tests.product.NodeCounters.decidesOnMemory;
import static java.lang.Math.toIntExact;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The coordinator that decides which query is killed for memory is paused during that decision. Another one takes over, and the two of them
 * together kill only one query.
 * <p>
 * {@code -Dlow-memory.pauses=N} (1) sets the number of pauses.
 */
@Order(SharedCluster.EVERYDAY)
@Tag("long")
@TestInstance(PER_CLASS)
public class TestLowMemoryPause
{
    private static final Logger log = Logger.get(TestLowMemoryPause.class);

    private static final int PAUSES = Integer.getInteger("low-memory.pauses", 1);
    /** The queries' shares of a worker's memory, in percent: too much together, but any three of them fit. */
    private static final List<Integer> SHARES = ImmutableList.of(20, 22, 24, 46);
    /** Bytes in each row that a query holds. */
    private static final int HELD = 100_000;
    /** Bytes of each row that the client gets, once for each nation. */
    private static final int SENT = 500;
    private static final int NATIONS = 25;

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
    {
        cluster = EverydayCluster.get();
    }

    @Test
    public void testDeciderPausedUntilAnotherDecides()
            throws Exception
    {
        for (int i = 0; i < PAUSES; i++) {
            awaitQuiet(cluster);
            Node decider = awaitDecider();
            Node other = otherThan(decider);
            List<Held> held = holdAllButLast();
            Held expected = Held.submit(cluster, rows(SHARES.getLast()));
            held.add(expected);
            try (ExecutorService executor = newCachedThreadPool()) {
                Future<Held> last = executor.submit(expected::hold);
                await().atMost(ofSeconds(60)).pollInterval(ofMillis(20)).until(() -> cluster.workers().stream().anyMatch(worker -> freeBytes(worker) <= 0));
                cluster.pause(decider.name());
                try {
                    log.info("%s is paused, workers are out of memory", decider.name());
                    await().atMost(ofSeconds(60)).until(() -> decidesOnMemory(other));
                    log.info("%s decides", other.name());
                }
                finally {
                    cluster.resume(decider.name());
                }
                log.info("%s goes on", decider.name());
                last.get(120, SECONDS);
            }
            assertVictim(held, expected);
        }
    }

    @Test
    public void testDeciderPausedForLong()
            throws Exception
    {
        for (int i = 0; i < PAUSES; i++) {
            awaitQuiet(cluster);
            Node decider = awaitDecider();
            Node other = otherThan(decider);
            List<Held> held = holdAllButLast();
            Set<String> onDecider = QueryView.queriesOn(decider.uri(), cluster.secret()).stream()
                    .filter(query -> !query.isDone())
                    .map(QueryView::id)
                    .collect(toImmutableSet());
            assertThat(onDecider).isNotEmpty();
            cluster.pause(decider.name());
            Held expected;
            try (ExecutorService executor = newCachedThreadPool()) {
                long pause = System.nanoTime();
                await().atMost(ofSeconds(30)).until(() -> availableCoordinators(cluster.node("dispatcher-1")) == 1);
                expected = Held.submit(cluster, rows(SHARES.getLast()));
                held.add(expected);
                Future<Held> last = executor.submit(expected::hold);
                // no query is killed as long as the silent coordinator may still kill one
                await().atMost(ofSeconds(60)).until(() -> decidesOnMemory(other) && coordinatorsSilentOnMemory(other).contains(decider.name()));
                last.get(120, SECONDS);
                log.info("%s is paused, and %s has had its query killed %.1f s after that", decider.name(), other.name(), (System.nanoTime() - pause) / 1e9);
                assertThat(System.nanoTime() - pause).isGreaterThan(SECONDS.toNanos(40));
            }
            finally {
                cluster.resume(decider.name());
            }
            assertVictim(held, expected);
        }
    }

    private List<Held> holdAllButLast()
    {
        List<Held> held = new ArrayList<>();
        for (int share : SHARES.subList(0, SHARES.size() - 1)) {
            held.add(Held.submit(cluster, rows(share)).hold());
        }
        return held;
    }

    /**
     * Lets all queries end, and checks that only the expected one was killed.
     */
    private void assertVictim(List<Held> held, Held expected)
    {
        await().atMost(ofSeconds(60)).until(() -> cluster.workers().stream().allMatch(worker -> freeBytes(worker) > 0));
        List<Held> victims = held.stream()
                .filter(Held::isVictim)
                .collect(toImmutableList());
        log.info("%s queries, killed for memory: %s, expected %s", held.size(), victims.stream().map(victim -> victim.query().id()).toList(), expected.query().id());
        assertThat(getOnlyElement(victims)).isSameAs(expected);
    }

    private Node awaitDecider()
    {
        return await().atMost(ofSeconds(60)).until(() -> cluster.coordinators().stream().filter(NodeCounters::decidesOnMemory).findFirst(), Optional::isPresent).orElseThrow();
    }

    private Node otherThan(Node coordinator)
    {
        return cluster.coordinators().stream()
                .filter(node -> !node.equals(coordinator))
                .findFirst()
                .orElseThrow();
    }

    private long freeBytes(Node worker)
    {
        JsonNode pool = pool(worker);
        return pool.get("maxBytes").asLong() - pool.get("reservedBytes").asLong() - pool.get("reservedRevocableBytes").asLong();
    }

    private JsonNode pool(Node worker)
    {
        return cluster.getInternal(worker, "/v1/memory").get("pool");
    }

    /**
     * Returns how many rows fill that share of a worker's memory, in percent.
     */
    private int rows(int share)
    {
        return toIntExact(pool(cluster.workers().getFirst()).get("maxBytes").asLong() * share / 100 / HELD);
    }

    /**
     * A query that holds rows in a worker's memory, to join them with others, and whose client stops reading. Its result exceeds the
     * buffers, so it keeps its memory. All of these queries run on the same worker, which has all rows of the small table.
     */
    private record Held(ProtocolQuery query, int rows)
    {
        private static Held submit(LocalCluster cluster, int rows)
        {
            return new Held(
                    ProtocolQuery.submit(
                            cluster.uri(),
                            """
                            SELECT substr(held, 1, %s)
                            FROM tpch.tiny.nation
                            CROSS JOIN (SELECT rpad(CAST(i AS varchar), %s, 'x') held FROM UNNEST(sequence(1, %s)) numbers(i))
                            """.formatted(SENT, HELD, rows),
                            // makes the query hold the right side
                            "X-Trino-Session", "join_reordering_strategy=NONE,join_distribution_type=BROADCAST"),
                    rows);
        }

        private Held hold()
        {
            query.advanceToRows();
            return this;
        }

        /**
         * Reads the remaining rows.
         *
         * @return whether the query was killed for memory; if not, it has given all of its rows
         */
        private boolean isVictim()
        {
            List<String> sent = query.readToEnd().stream()
                    .map(row -> row.get(0).asText())
                    .collect(toImmutableList());
            if (query.errorName().isPresent()) {
                assertThat(query.errorName().get()).isEqualTo("CLUSTER_OUT_OF_MEMORY");
                return true;
            }
            assertThat(sent).hasSize(NATIONS * rows).allMatch(value -> value.length() == SENT);
            assertThat(ImmutableSet.copyOf(sent)).hasSize(rows);
            return false;
        }
    }
}
