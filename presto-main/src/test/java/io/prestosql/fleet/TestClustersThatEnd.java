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
package io.prestosql.fleet;

import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.ClustersFixture;
import io.prestosql.node.ClusterName;
import io.prestosql.queries.ViewClientModule;
import io.prestosql.testing.TestingTier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.reflect.Reflection.newProxy;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_METHOD;

/**
 * Tests that clusters leave neither threads nor HTTP clients behind, and that a silent one keeps no other waiting.
 */
@TestInstance(PER_METHOD)
@Timeout(120)
public class TestClustersThatEnd
{
    private static final int ROUNDS = TestingTier.rounds(5, 20);
    /** The first HTTP client of a process takes seconds, as it looks at the memory layout of the virtual machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final ClusterName ETL = new ClusterName("etl");
    /** All of the JVM shares them. */
    private static final List<String> SHARED_THREADS = List.of("awaitility", "ForkJoinPool", "CompletableFutureDelayScheduler", "Common-Cleaner", "process reaper", "VirtualThread-unparker", "VirtualThread-unblocker", "Read-Poller", "Write-Poller");

    private ServerSocket silent;
    private ClustersFixture fixture;
    private Clusters clusters;

    @TempDir
    private Path directory;

    @BeforeEach
    public void setUp()
            throws IOException
    {
        // the system accepts connections in its place
        silent = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
        FleetPart fleetPart = new FleetPart(
                () -> newProxy(Leadership.class, (_, method, _) -> {
                    throw new UnsupportedOperationException("No coordinator is there to ask for: " + method);
                }),
                new CoordinatorListeners());
        fixture = new ClustersFixture(directory, ImmutableSet.of(fleetPart, ViewClientModule::new));
        clusters = fixture.clusters();
        clusters.start();
    }

    @AfterEach
    public void tearDown()
            throws IOException
    {
        // first, as clusters that are about to be left have no answer to wait for then
        silent.close();
        fixture.close();
    }

    @Test
    public void testClustersThatComeAndGo()
            throws Exception
    {
        comeAndGo("discovery.request-timeout=100ms");
        Set<Thread> before = threads();
        for (int round = 0; round < ROUNDS; round++) {
            comeAndGo("discovery.request-timeout=100ms");
        }
        awaitNone("threads of clusters that are gone", before);
    }

    @Test
    public void testDefinitionsThatCannotBeUsed()
            throws Exception
    {
        comeAndGo("");
        Set<Thread> before = threads();
        for (int round = 0; round < ROUNDS; round++) {
            // whether a file has certificates is found only when it is used
            define("etl", "internal-communication.https.required=true\ninternal-communication.https.keystore.path=%s\ndiscovery.request-timeout=%sms".formatted(directory.resolve("etl.properties"), 1000 + round));
            await().atMost(PATIENCE).until(() -> !clusters.getProblems().isEmpty());
            Files.delete(fixture.file("etl"));
            await().atMost(PATIENCE).until(() -> clusters.getProblems().isEmpty());
        }
        awaitNone("threads of clusters that never came", before);
    }

    @Test
    public void testSilentClusterKeepsNoOtherWaiting()
            throws Exception
    {
        define("etl", "discovery.request-timeout=1h");
        await().atMost(PATIENCE).until(() -> clusters.find(ETL).isPresent());
        Files.delete(fixture.file("etl"));
        await().atMost(PATIENCE).until(() -> clusters.find(ETL).isEmpty());
    }

    /**
     * Removing a cluster takes leave of it, which may still be under way.
     */
    @Test
    public void testStopLeavesAllSideBySide()
            throws Exception
    {
        for (int cluster = 0; cluster < 4; cluster++) {
            define("etl-" + cluster, "discovery.request-timeout=1h\ncluster.tags=cluster-%s".formatted(cluster));
        }
        await().atMost(PATIENCE).until(() -> clusters.getClusterCount() == 5);
        long start = System.nanoTime();
        clusters.stop();
        assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(SECONDS.toNanos(15));
        // clusters that come now would not be left
        define("late", "");
        fixture.refresh();
        assertThat(clusters.getClusterCount()).isEqualTo(5);
    }

    /**
     * What was under way to a cluster ends with it, and that is no error.
     */
    @Test
    public void testLogOfClustersThatGo()
            throws Exception
    {
        List<Throwable> logged = new CopyOnWriteArrayList<>();
        Handler handler = new Handler()
        {
            @Override
            public void publish(LogRecord record)
            {
                if (record.getThrown() != null) {
                    logged.add(record.getThrown());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger root = Logger.getLogger("");
        root.addHandler(handler);
        try {
            Set<Thread> before = threads();
            comeAndGo("discovery.request-timeout=500ms");
            awaitNone("threads of the cluster that is gone", before);
        }
        finally {
            root.removeHandler(handler);
        }
        assertThat(logged).isEmpty();
    }

    private void comeAndGo(String properties)
            throws Exception
    {
        define("etl", properties);
        await().atMost(PATIENCE).until(() -> clusters.find(ETL).isPresent());
        Files.delete(fixture.file("etl"));
        await().atMost(PATIENCE).until(() -> clusters.find(ETL).isEmpty());
    }

    private void define(String name, String properties)
            throws IOException
    {
        Path written = directory.resolve(name + ".new");
        // another path for each, as clusters share no server
        Files.writeString(written, "discovery.uri=http://127.0.0.1:%s/%s\n%s\n".formatted(silent.getLocalPort(), name, properties));
        Files.move(written, fixture.file(name));
    }

    private static Set<Thread> threads()
    {
        return Set.copyOf(Thread.getAllStackTraces().keySet());
    }

    private static void awaitNone(String what, Set<Thread> before)
    {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(names(before)).as(what).isEmpty());
    }

    private static List<String> names(Set<Thread> before)
    {
        return threads().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> SHARED_THREADS.stream().noneMatch(name::startsWith))
                .sorted()
                .collect(toImmutableList());
    }
}
