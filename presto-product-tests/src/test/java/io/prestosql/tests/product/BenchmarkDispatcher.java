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
import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

import static java.util.concurrent.Executors.newFixedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Measures the cost of a dispatcher: runs the same queries with the stock JDBC driver, in turns through a dispatcher and directly on a
 * stock coordinator of the same release, each with one worker. Not a test, and not part of the build: {@code bin/benchmark} runs it.
 */
public class BenchmarkDispatcher
{
    private static final Logger log = Logger.get(BenchmarkDispatcher.class);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(180);
    private static final String HEAP = "1G";
    private static final int ROUNDS = Integer.getInteger("benchmark.rounds", 5);
    private static final Duration ROUND = Duration.ofSeconds(Integer.getInteger("benchmark.seconds", 8));
    private static final int WARM_UP_QUERIES = 600;
    private static final int BULK_ROWS = 2_000_000;
    private static final double CLOCK_TICKS_PER_SECOND = 100;

    @Test
    public void benchmark()
            throws Exception
    {
        try (Installation installation = Installation.stock("benchmark")) {
            int port = FreePorts.consecutivePorts(2);
            String discovery = "discovery.uri=http://127.0.0.1:" + port;
            String secret = "internal-communication.shared-secret=benchmark-secret-benchmark-secret-benchmark";
            try (ServerProcess coordinator = start(installation, "coordinator", port, "coordinator=true", "node-scheduler.include-coordinator=false", discovery, secret);
                    ServerProcess worker = start(installation, "worker", port + 1, "coordinator=false", discovery, secret);
                    LocalCluster cluster = LocalCluster.builder("benchmark").coordinators(1).workers(1).start()) {
                coordinator.awaitStarted(START_TIMEOUT);
                worker.awaitStarted(START_TIMEOUT);
                benchmark(
                        new Target("dispatcher", cluster.uri(), ImmutableMap.of(
                                "dispatcher", cluster.pid("dispatcher-1"),
                                "coordinator", cluster.pid("coordinator-1"),
                                "worker", cluster.pid("worker-1"))),
                        new Target("direct", coordinator.uri(), ImmutableMap.of(
                                "coordinator", coordinator.pid(),
                                "worker", worker.pid())));
            }
        }
    }

    private static ServerProcess start(Installation installation, String name, int port, String... config)
    {
        return ServerProcess.start(
                installation.directory(),
                ServerProcess.writeEtc(installation.node(name), port, HEAP, ImmutableList.of("tpch", "memory"), config),
                port);
    }

    private static void benchmark(Target dispatcher, Target direct)
            throws Exception
    {
        List<Target> targets = ImmutableList.of(dispatcher, direct);
        for (Target target : targets) {
            await().atMost(Duration.ofSeconds(60)).ignoreException(SQLException.class).untilAsserted(() -> assertThat(readRows(target, 10)).isEqualTo(10));
        }
        for (int i = 0; i < 2; i++) {
            for (Target target : targets) {
                runQueries(target, 8, WARM_UP_QUERIES, Duration.ofSeconds(60));
                readRows(target, BULK_ROWS);
            }
        }

        for (int round = 0; round < ROUNDS; round++) {
            for (Target target : InTurns.order(targets, round)) {
                target.latencies.addAll(runQueries(target, 1, Integer.MAX_VALUE, ROUND));
            }
        }
        for (int clients : new int[] {16, 64}) {
            for (int round = 0; round < ROUNDS; round++) {
                for (Target target : InTurns.order(targets, round)) {
                    Map<String, Double> before = target.cpuSeconds();
                    long start = System.nanoTime();
                    int queries = runQueries(target, clients, Integer.MAX_VALUE, ROUND).size();
                    double seconds = (System.nanoTime() - start) / 1e9;
                    (clients == 16 ? target.throughput16 : target.throughput64).add(queries / seconds);
                    if (clients == 16) {
                        target.cpuQueries += queries;
                        target.cpuSeconds().forEach((process, cpu) -> target.cpu.merge(process, cpu - before.get(process), Double::sum));
                    }
                }
            }
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (Target target : InTurns.order(targets, round)) {
                long start = System.nanoTime();
                int rows = readRows(target, BULK_ROWS);
                target.bulk.add(rows / ((System.nanoTime() - start) / 1e9));
            }
        }

        StringBuilder report = new StringBuilder("Through a dispatcher, against direct to a stock coordinator\n");
        line(report, "SELECT 1, 1 client, p50 ms", new Distribution(dispatcher.latencies).percentile(50), new Distribution(direct.latencies).percentile(50));
        line(report, "SELECT 1, 1 client, p99 ms", new Distribution(dispatcher.latencies).percentile(99), new Distribution(direct.latencies).percentile(99));
        line(report, "SELECT 1, 16 clients, per second", new Distribution(dispatcher.throughput16).percentile(50), new Distribution(direct.throughput16).percentile(50));
        line(report, "SELECT 1, 64 clients, per second", new Distribution(dispatcher.throughput64).percentile(50), new Distribution(direct.throughput64).percentile(50));
        line(report, "%s rows, rows per second".formatted(BULK_ROWS), new Distribution(dispatcher.bulk).percentile(50), new Distribution(direct.bulk).percentile(50));
        for (Target target : targets) {
            target.cpu.forEach((process, cpu) -> report.append("  CPU seconds per 1000 SELECT 1, %-10s %-12s %6.2f%n".formatted(target.name, process, 1000 * cpu / target.cpuQueries)));
        }
        report.append("  samples: latency %s and %s; throughput, 16 clients: %s and %s, 64 clients: %s and %s; rows: %s and %s".formatted(
                dispatcher.latencies.size(), direct.latencies.size(),
                rounded(dispatcher.throughput16), rounded(direct.throughput16),
                rounded(dispatcher.throughput64), rounded(direct.throughput64),
                rounded(dispatcher.bulk), rounded(direct.bulk)));
        log.info("%s", report);
    }

    private static void line(StringBuilder report, String what, double dispatcher, double direct)
    {
        report.append("  %-36s %12.2f %12.2f   ratio %.2f%n".formatted(what, dispatcher, direct, dispatcher / direct));
    }

    /**
     * @return how long each query took, in milliseconds
     */
    private static List<Double> runQueries(Target target, int clients, int maxQueries, Duration duration)
            throws Exception
    {
        long end = System.nanoTime() + duration.toNanos();
        AtomicLong left = new AtomicLong(maxQueries);
        List<Double> latencies = new ArrayList<>();
        try (ExecutorService executor = newFixedThreadPool(clients)) {
            List<Future<List<Double>>> results = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                results.add(executor.submit(() -> {
                    List<Double> mine = new ArrayList<>();
                    try (Connection connection = JdbcDriver.ENGINE_RELEASE.connect(target.uri);
                            Statement statement = connection.createStatement()) {
                        while (left.getAndDecrement() > 0 && System.nanoTime() < end) {
                            mine.add(SmallestQuery.runMillis(statement));
                        }
                    }
                    return mine;
                }));
            }
            for (Future<List<Double>> result : results) {
                latencies.addAll(result.get());
            }
        }
        return latencies;
    }

    private static int readRows(Target target, int rows)
            throws SQLException
    {
        int count = 0;
        try (Connection connection = JdbcDriver.ENGINE_RELEASE.connect(target.uri);
                Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery("SELECT orderkey, totalprice, orderstatus, comment FROM tpch.sf10.orders LIMIT " + rows)) {
            while (resultSet.next()) {
                count++;
            }
        }
        return count;
    }

    private static String rounded(List<Double> values)
    {
        return Arrays.toString(values.stream().mapToLong(Math::round).toArray());
    }

    private static final class Target
    {
        private final String name;
        private final URI uri;
        private final Map<String, Long> processes;
        private final List<Double> latencies = new ArrayList<>();
        private final List<Double> throughput16 = new ArrayList<>();
        private final List<Double> throughput64 = new ArrayList<>();
        private final List<Double> bulk = new ArrayList<>();
        private final Map<String, Double> cpu = new TreeMap<>();
        private int cpuQueries;

        private Target(String name, URI uri, Map<String, Long> processes)
        {
            this.name = name;
            this.uri = uri;
            this.processes = processes;
        }

        private Map<String, Double> cpuSeconds()
        {
            ImmutableMap.Builder<String, Double> seconds = ImmutableMap.builder();
            processes.forEach((process, pid) -> {
                try {
                    String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
                    // the name, in parentheses, may contain blanks
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    seconds.put(process, (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / CLOCK_TICKS_PER_SECOND);
                }
                catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return seconds.buildOrThrow();
        }
    }
}
