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
import com.google.common.collect.ImmutableMap;
import io.prestosql.coordinator.AssignedQueries;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.testing.Gates;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.plugin.resourcegroups.ResourceGroupManagerPlugin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The engine's policies choose the next waiting query on the dispatcher, regardless of the coordinators to which the queries go.
 */
@TestInstance(PER_CLASS)
public class TestSchedulingPolicies
{
    private static final String RESOURCE_GROUPS =
            """
            {
              "rootGroups": [
                {"name": "priority", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 100, "schedulingPolicy": "query_priority"},
                {"name": "fair", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 100, "schedulingPolicy": "fair"},
                {"name": "weighted", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 100, "schedulingPolicy": "weighted"},
                {"name": "shares", "softMemoryLimit": "100%", "hardConcurrencyLimit": 4, "maxQueued": 100, "schedulingPolicy": "weighted_fair", "subGroups": [
                  {"name": "light", "softMemoryLimit": "100%", "hardConcurrencyLimit": 4, "maxQueued": 100, "schedulingWeight": 1},
                  {"name": "heavy", "softMemoryLimit": "100%", "hardConcurrencyLimit": 4, "maxQueued": 100, "schedulingWeight": 3},
                  {"name": "blocker", "softMemoryLimit": "100%", "hardConcurrencyLimit": 4, "maxQueued": 100, "schedulingWeight": 1}
                ]},
                {"name": "weights", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 100, "schedulingPolicy": "weighted", "subGroups": [
                  {"name": "rare", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 100, "schedulingWeight": 1},
                  {"name": "often", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 100, "schedulingWeight": 100000000}
                ]}
              ],
              "selectors": [
                {"source": "priority", "group": "priority"},
                {"source": "fair", "group": "fair"},
                {"source": "weighted", "group": "weighted"},
                {"source": "shares-light", "group": "shares.light"},
                {"source": "shares-heavy", "group": "shares.heavy"},
                {"source": "shares-blocker", "group": "shares.blocker"},
                {"source": "weights-rare", "group": "weights.rare"},
                {"source": "weights-often", "group": "weights.often"}
              ]
            }
            """;

    private final Gates gates = new Gates();
    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("client-%s"));
    private TestingPrestoCluster cluster;
    private TestingClient client;
    private RawClient rawClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        Path file = directory.resolve("resource-groups.json");
        Files.writeString(file, RESOURCE_GROUPS);
        cluster = TestingPrestoCluster.builder()
                .addDispatchers(1)
                .addCoordinators(2)
                .addWorkers(1)
                .addGates(gates)
                .addPlugin(new ResourceGroupManagerPlugin())
                .setResourceGroups(ImmutableMap.of("resource-groups.config-file", file.toString()))
                .build();
        client = new TestingClient(cluster.getDispatcherUrl());
        rawClient = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        executor.shutdownNow();
        rawClient.close();
        client.close();
        cluster.close();
    }

    @Test
    public void testFair()
            throws Exception
    {
        // priorities count only for other policies
        assertThat(startOrder("fair", List.of(3, 9, 1, 7))).containsExactly("fair_0", "fair_1", "fair_2", "fair_3");
    }

    @Test
    public void testQueryPriority()
            throws Exception
    {
        // queries of equal priority start in the order of their arrival
        assertThat(startOrder("priority", List.of(2, 7, 1, 9, 7, 5)))
                .containsExactly("priority_3", "priority_1", "priority_4", "priority_5", "priority_0", "priority_2");
    }

    /**
     * Queries are chosen by lot, and a query's priority is the number of its tickets. With priorities so far apart, the result is certain,
     * except for one run in 10,000,000.
     */
    @Test
    public void testWeightedQueries()
            throws Exception
    {
        List<Integer> priorities = new ArrayList<>();
        priorities.add(1);
        for (int i = 0; i < 14; i++) {
            priorities.add(100_000_000);
        }
        List<String> order = startOrder("weighted", priorities);
        assertThat(order.getLast()).isEqualTo("weighted_0");
        // queries of equal priority start in any order: there are 87 billion orders besides this one
        List<String> equal = order.subList(0, order.size() - 1);
        List<String> asTheyCame = new ArrayList<>();
        for (int i = 1; i < priorities.size(); i++) {
            asTheyCame.add("weighted_" + i);
        }
        assertThat(equal).containsExactlyInAnyOrderElementsOf(asTheyCame).isNotEqualTo(asTheyCame);
    }

    /**
     * As before, but the lots are drawn among groups.
     */
    @Test
    public void testWeightedGroups()
            throws Exception
    {
        Future<TestingClient.Result> blocker = submit("weights-rare", "weights_blocker", 1);
        awaitInside("weights_blocker", 1);
        List<Future<TestingClient.Result>> results = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            results.add(submit("weights-rare", "weights_rare", 1));
            awaitQueued("weights", i + 1);
        }
        for (int i = 0; i < 6; i++) {
            results.add(submit("weights-often", "weights_often", 1));
            awaitQueued("weights", i + 4);
        }
        gates.open("weights_rare");
        gates.open("weights_often");
        gates.open("weights_blocker");
        blocker.get();
        for (Future<TestingClient.Result> result : results) {
            assertThat(result.get().onlyValue()).isEqualTo(42L);
        }
        assertThat(entered("weights_")).containsExactly(
                "weights_blocker",
                "weights_often", "weights_often", "weights_often", "weights_often", "weights_often", "weights_often",
                "weights_rare", "weights_rare", "weights_rare");
    }

    /**
     * A group with three times the weight of another one has three times as many running queries, as long as it has queries.
     */
    @Test
    public void testWeightedFair()
            throws Exception
    {
        List<Future<TestingClient.Result>> results = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            results.add(submit("shares-blocker", "shares_blocker", 1));
        }
        awaitInside("shares_blocker", 4);
        for (int i = 0; i < 8; i++) {
            results.add(submit("shares-light", "shares_light", 1));
            results.add(submit("shares-heavy", i < 6 ? "shares_heavy" : "shares_last_heavy", 1));
            // the group must not be asked for the heavy group's queries before they are there
            awaitQueued("shares", 2 * (i + 1));
        }
        gates.open("shares_blocker");
        awaitGroup("shares/light", 1);
        awaitGroup("shares/heavy", 3);
        awaitInside("shares_light", 1);
        awaitInside("shares_heavy", 3);

        // the queries after them keep the ratio
        gates.open("shares_heavy");
        awaitInside("shares_last_heavy", 2);
        // the light group gets the slots that the heavy group has no queries for
        awaitGroup("shares/light", 2);
        awaitInside("shares_light", 2);
        gates.open("shares_last_heavy");
        awaitInside("shares_light", 4);
        gates.open("shares_light");
        for (Future<TestingClient.Result> result : results) {
            assertThat(result.get().onlyValue()).isEqualTo(42L);
        }
        assertBothCoordinatorsHadQueries();
    }

    /**
     * After a restart with a lower limit, a running query has no place in its group. The group cannot queue it either, because of its
     * priority.
     */
    @Test
    public void testRunningQueryThatItsGroupCannotTakeAgain(@TempDir Path directory)
            throws Exception
    {
        Path file = directory.resolve("resource-groups.json");
        writeLimit(file, 2);
        Gates ownGates = new Gates();
        try (TestingPrestoCluster restarted = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .keepQueue(directory)
                .addGates(ownGates)
                .addPlugin(new ResourceGroupManagerPlugin())
                .setResourceGroups(ImmutableMap.of("resource-groups.config-file", file.toString()))
                .build();
                TestingClient ownClient = new TestingClient(restarted.getDispatcherUrl())) {
            List<Future<TestingClient.Result>> results = new ArrayList<>();
            for (String gate : List.of("one", "other")) {
                results.add(executor.submit(() -> ownClient.execute(session -> session.properties(Map.of("query_priority", "-1")), "SELECT x FROM gate.default." + gate)));
                await(gate).until(() -> ownGates.getInside(gate) == 1);
            }
            restarted.kill("dispatcher-1");
            writeLimit(file, 1);
            restarted.start("dispatcher-1");
            await().until(() -> restarted.getDispatcher().getInstance(QueueAdmission.class).isLeading());
            ownGates.open("one");
            ownGates.open("other");
            for (Future<TestingClient.Result> result : results) {
                assertThat(result.get().onlyValue()).isEqualTo(42L);
            }
        }
    }

    private static void writeLimit(Path file, int hardConcurrencyLimit)
            throws IOException
    {
        Files.writeString(file, """
                {
                  "rootGroups": [{"name": "priority", "softMemoryLimit": "100%%", "hardConcurrencyLimit": %s, "maxQueued": 100, "schedulingPolicy": "query_priority"}],
                  "selectors": [{"group": "priority"}]
                }
                """.formatted(hardConcurrencyLimit));
    }

    /**
     * Returns the order in which queries of these priorities start, after all of them have waited for the same query.
     */
    private List<String> startOrder(String group, List<Integer> priorities)
            throws Exception
    {
        String blockerGate = group + "_blocker";
        Future<TestingClient.Result> blocker = submit(group, blockerGate, 1);
        awaitInside(blockerGate, 1);
        List<Future<TestingClient.Result>> results = new ArrayList<>();
        for (int i = 0; i < priorities.size(); i++) {
            results.add(submit(group, group + "_" + i, priorities.get(i)));
            awaitQueued(group, i + 1);
            gates.open(group + "_" + i);
        }
        gates.open(blockerGate);
        blocker.get();
        for (Future<TestingClient.Result> result : results) {
            assertThat(result.get().onlyValue()).isEqualTo(42L);
        }
        assertBothCoordinatorsHadQueries();
        List<String> entered = entered(group + "_");
        assertThat(entered.getFirst()).isEqualTo(blockerGate);
        return entered.subList(1, entered.size());
    }

    private List<String> entered(String prefix)
    {
        return gates.getEntered().stream()
                .filter(gate -> gate.startsWith(prefix))
                .collect(toImmutableList());
    }

    private void assertBothCoordinatorsHadQueries()
    {
        for (TestingPrestoServer coordinator : cluster.getServers(COORDINATOR)) {
            assertThat(coordinator.getInstance(AssignedQueries.class).getChanges(Optional.empty(), Optional.empty()).queries()).as(coordinator.getNodeId()).isNotEmpty();
        }
    }

    private Future<TestingClient.Result> submit(String source, String gate, int priority)
    {
        return executor.submit(() -> client.execute(
                session -> session.source(source).properties(Map.of("query_priority", String.valueOf(priority))),
                "SELECT x FROM gate.default." + gate));
    }

    private void awaitInside(String gate, int count)
    {
        await(gate).until(() -> gates.getInside(gate), inside -> inside == count);
    }

    private void awaitQueued(String group, int count)
    {
        await(group).until(() -> state(group).get("numQueuedQueries").asInt(), queued -> queued == count);
    }

    private void awaitGroup(String group, int running)
    {
        await(group).until(() -> state(group).get("numRunningQueries").asInt(), number -> number == running);
    }

    private JsonNode state(String group)
    {
        return rawClient.get(cluster.getDispatcherUrl().resolve("/v1/resourceGroupState/" + group), ImmutableMap.of("X-Trino-User", "user")).json();
    }
}
