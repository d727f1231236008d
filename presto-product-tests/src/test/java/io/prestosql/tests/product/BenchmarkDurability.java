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

import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import io.prestosql.tests.product.NodeCounters.Times;
import io.prestosql.tests.product.QueueLoad.Submission;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Measures the cost of a durable queue: runs the same submissions and queries, in turns, with a queue in memory only and with each store.
 * Not a test, and not part of the build: {@code bin/benchmark durability} runs it.
 */
public class BenchmarkDurability
{
    private static final Logger log = Logger.get(BenchmarkDurability.class);

    private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 5);
    private static final int LIMIT = 4;
    private static final int QUERIES = 150;
    private static final int[] CLIENTS = {1, 32};
    /** The submissions of a round, by the number of clients. */
    private static final Map<Integer, Integer> SUBMISSIONS = ImmutableMap.of(1, 400, 32, 3000);
    private static final String EMBEDDED_APPEND_TIME = "io.prestosql.querylog.embedded:name=EmbeddedQueryLog/AppendTime";
    private static final String POSTGRESQL_COMMIT_TIME = "io.prestosql.querylog.postgresql:name=PostgresqlQueryLog/CommitTime";

    @Test
    public void benchmark()
            throws Exception
    {
        // fsync does nothing there, so the difference is the cost of fsync
        Path memoryDisk = Files.createTempDirectory(Path.of("/dev/shm"), "query-log-");
        List<Target> targets = new ArrayList<>();
        try {
            targets.add(new Target("memory", start("memory", 1, "memory")));
            targets.add(new Target("embedded", start("embedded", 1, "embedded")));
            targets.add(new Target("embedded, no disk", start("embedded", 1, "embedded-no-disk", "query-log.dir", memoryDisk.resolve("log").toString())));
            targets.add(new Target("embedded, three", start("embedded", 3, "embedded-three")));
            targets.add(new Target("postgresql", start("postgresql", 1, "postgresql")));
            benchmark(targets);
        }
        finally {
            targets.forEach(target -> target.cluster.close());
            deleteRecursively(memoryDisk, ALLOW_INSECURE);
        }
    }

    private static LocalCluster start(String store, int dispatchers, String name, String... properties)
    {
        LocalCluster.Builder builder = LocalCluster.builder("durability-" + name)
                .queryLog(store)
                .dispatchers(dispatchers)
                .coordinators(0)
                .workers(0)
                .node("both-1", "coordinator,worker")
                .resourceGroup(LIMIT)
                .jvm("dispatcher", "-Xmx512M")
                .jvm("both-1", "-Xmx1G");
        for (int i = 0; i < properties.length; i += 2) {
            builder.property("dispatcher", properties[i], properties[i + 1]);
        }
        return builder.start();
    }

    private static void benchmark(List<Target> targets)
            throws Exception
    {
        // lets the JIT compiler finish before the measurement
        for (Target target : targets) {
            runQueries(target, 200);
            QueueLoad.cancel(QueueLoad.submit(target.server(), 1500, 32), 32);
            log.info("%s is warm", target.name);
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (Target target : InTurns.order(targets, round)) {
                target.queries.addAll(runQueries(target, QUERIES));
            }
        }
        for (Target target : targets) {
            target.fill();
        }
        for (int clients : CLIENTS) {
            for (int round = 0; round < ROUNDS; round++) {
                for (Target target : InTurns.order(targets, round)) {
                    int count = SUBMISSIONS.get(clients);
                    Optional<Times> before = target.storeTimes();
                    long start = System.nanoTime();
                    List<Submission> submissions = QueueLoad.submit(target.server(), count, clients);
                    double seconds = (System.nanoTime() - start) / 1e9;
                    if (clients == 1) {
                        target.storeTimes().ifPresent(times -> target.appends = target.appends.plus(times.minus(before.orElseThrow())));
                        submissions.forEach(submission -> target.single.add(submission.millis()));
                    }
                    else {
                        target.perSecond.add(count / seconds);
                    }
                    QueueLoad.cancel(submissions, 32);
                }
            }
        }

        Target memory = targets.getFirst();
        StringBuilder report = new StringBuilder("Against a queue in memory only\n");
        for (Target target : targets) {
            Distribution single = new Distribution(target.single);
            Distribution singleMemory = new Distribution(memory.single);
            Distribution perSecond = new Distribution(target.perSecond);
            Distribution queries = new Distribution(target.queries);
            report.append(String.format(Locale.ROOT, "  %-18s submissions, 32 clients: %6.0f per second, ratio %.2f, rounds %s%n",
                    target.name, perSecond.median(), perSecond.median() / new Distribution(memory.perSecond).median(), perSecond));
            report.append(String.format(Locale.ROOT, "  %-18s submission, 1 client: p50 %.2f ms, ratio %.2f, %.2f ms more; p99 %.2f ms%n",
                    "", single.median(), single.median() / singleMemory.median(), single.median() - singleMemory.median(), single.percentile(99)));
            if (target.appends.count() > 0) {
                double append = target.appends.average() * target.storeUnitMillis();
                report.append(String.format(Locale.ROOT, "  %-18s of which the store takes %.2f ms on average, share %.2f%n", "", append, append / single.average()));
            }
            report.append(String.format(Locale.ROOT, "  %-18s SELECT 1 by JDBC, 1 client: p50 %.2f ms, ratio %.2f, %.2f ms more; p99 %.2f ms%n",
                    "", queries.median(), queries.median() / new Distribution(memory.queries).median(), queries.median() - new Distribution(memory.queries).median(), queries.percentile(99)));
        }
        Target embedded = targets.get(1);
        Target noDisk = targets.get(2);
        report.append(String.format(Locale.ROOT, "  share of fsync in a submission to the embedded store, 1 client: %.2f",
                1 - new Distribution(noDisk.single).median() / new Distribution(embedded.single).median()));
        log.info("%s", report);
    }

    /**
     * @return how long each query took, in milliseconds
     */
    private static List<Double> runQueries(Target target, int count)
            throws Exception
    {
        List<Double> millis = new ArrayList<>();
        try (Connection connection = JdbcDriver.ENGINE_RELEASE.connect(target.server());
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < count; i++) {
                millis.add(SmallestQuery.runMillis(statement));
            }
        }
        return millis;
    }

    private static final class Target
    {
        private final String name;
        private final LocalCluster cluster;
        private final List<Double> queries = new ArrayList<>();
        private final List<Double> single = new ArrayList<>();
        private final List<Double> perSecond = new ArrayList<>();
        private Times appends = new Times(0, 0);

        private Target(String name, LocalCluster cluster)
        {
            this.name = name;
            this.cluster = cluster;
        }

        private Node leader()
        {
            return NodeCounters.leaderOf(cluster.dispatchers()).orElseThrow();
        }

        private URI server()
        {
            return leader().uri();
        }

        /**
         * Makes all later queries wait.
         */
        private void fill()
        {
            for (int i = 0; i < LIMIT; i++) {
                assertThat(HeldQuery.submit(server(), "durability", i).hold()).isTrue();
            }
        }

        /**
         * Returns the times of the appends to the leader's store; empty if that is in memory.
         */
        private Optional<Times> storeTimes()
        {
            return switch (name) {
                case "memory" -> Optional.empty();
                case "postgresql" -> Optional.of(NodeCounters.timesOf(leader(), POSTGRESQL_COMMIT_TIME));
                default -> Optional.of(NodeCounters.timesOf(leader(), EMBEDDED_APPEND_TIME));
            };
        }

        private double storeUnitMillis()
        {
            return name.equals("postgresql") ? 1000 : 1;
        }
    }
}
