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

import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import static io.prestosql.tests.product.NodeCounters.awaitLeader;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Measures how long the queue stands still when its leader is killed or paused: from the fault until the first waiting query starts. Not a
 * test, and not part of the build: {@code bin/benchmark failover} runs it.
 */
public class BenchmarkFailover
{
    private static final Logger log = Logger.get(BenchmarkFailover.class);

    private static final int KILLS = Integer.getInteger("benchmark.kills", 20);
    private static final int PAUSES = Integer.getInteger("benchmark.pauses", 5);
    private static final Duration PATIENCE = ofSeconds(60);

    @Test
    public void benchmarkEmbedded()
    {
        benchmark("embedded", 3);
    }

    @Test
    public void benchmarkPostgresql()
    {
        benchmark("postgresql", 2);
    }

    private static void benchmark(String store, int dispatchers)
    {
        try (LocalCluster cluster = LocalCluster.builder("failover-" + store)
                .queryLog(store)
                .dispatchers(dispatchers)
                .coordinators(1)
                .workers(1)
                .resourceGroup(1)
                .jvm("dispatcher", "-Xmx384M")
                .jvm("coordinator", "-Xmx768M")
                .jvm("worker", "-Xmx768M")
                .start()) {
            HeldQuery running = HeldQuery.submit(standby(cluster, awaitLeader(cluster.dispatchers())).uri(), "failover", 0);
            assertThat(running.hold()).isTrue();
            List<Double> kills = new ArrayList<>();
            List<Double> pauses = new ArrayList<>();
            for (int i = 1; i <= KILLS + PAUSES; i++) {
                boolean kill = i <= KILLS;
                Node leader = awaitLeader(cluster.dispatchers());
                // two of three missing at once would be a different fault
                await().atMost(PATIENCE).pollInterval(ofMillis(50)).until(() -> allFollow(cluster, store, leader));
                Node standby = standby(cluster, leader);
                HeldQuery queued = HeldQuery.submit(standby.uri(), "failover", i);
                // the first poll gives it its place in the queue
                queued.query().advance();
                assertThat(queued.query().state()).isEqualTo("QUEUED");

                Optional<ProcessHandle> killed = Optional.empty();
                Instant fault = Instant.now();
                if (kill) {
                    killed = Optional.of(cluster.startKilling(leader.name()));
                }
                else {
                    cluster.pause(leader.name());
                }
                running.query().continueAt(standby.uri());
                assertThat(running.finish()).describedAs("rows of query %s", i - 1).isTrue();
                double seconds = Duration.between(fault, awaitStart(cluster, cluster.coordinators().getFirst(), queued.query().id())).toMillis() / 1e3;
                (kill ? kills : pauses).add(seconds);
                if (kill) {
                    killed.orElseThrow().onExit().join();
                    cluster.restart(leader.name());
                }
                else {
                    cluster.resume(leader.name());
                    await().atMost(PATIENCE).until(() -> cluster.isUp(leader.name()));
                }
                log.info("%s: %s %s of %s, %.3f s later the next query has started at the coordinator", store, kill ? "kill" : "pause", i, KILLS + PAUSES, seconds);
                assertThat(queued.hold()).isTrue();
                running = queued;
            }
            log.info("%s, from kill -9 of the leader to the start of the first queued query: %s", store, summary(kills));
            if (!pauses.isEmpty()) {
                log.info("%s, from SIGSTOP of the leader to the start of the first queued query: %s", store, summary(pauses));
            }
        }
    }

    private static boolean allFollow(LocalCluster cluster, String store, Node leader)
    {
        return !store.equals("embedded") ||
                (cluster.dispatchers().stream().allMatch(NodeCounters::isQueryLogOpen) && NodeCounters.followersLag(leader) == 0);
    }

    private static String summary(List<Double> seconds)
    {
        Distribution distribution = new Distribution(seconds);
        return "median %.2f s, worst %.2f s of %s; %s".formatted(distribution.median(), distribution.max(), distribution.count(), distribution);
    }

    private static Instant awaitStart(LocalCluster cluster, Node coordinator, String queryId)
    {
        AtomicReference<Instant> start = new AtomicReference<>();
        await().atMost(PATIENCE).pollInterval(ofMillis(50)).until(() -> {
            QueryView.queriesOn(coordinator.uri(), cluster.secret()).stream()
                    .filter(query -> query.id().equals(queryId))
                    .findFirst()
                    .ifPresent(query -> start.set(query.startTime()));
            return start.get() != null;
        });
        return start.get();
    }

    private static Node standby(LocalCluster cluster, Node leader)
    {
        return cluster.dispatchers().stream()
                .filter(dispatcher -> !dispatcher.equals(leader))
                .findFirst()
                .orElseThrow();
    }
}
