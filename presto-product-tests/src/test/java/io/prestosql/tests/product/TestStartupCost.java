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
import com.google.common.collect.Ordering;
import io.airlift.log.Logger;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A dispatcher is a small server: its start is measured beside that of a coordinator, in turns, with the same heap.
 */
@Order(SharedCluster.NONE)
@Tag("long")
public class TestStartupCost
{
    private static final Logger log = Logger.get(TestStartupCost.class);

    private static final int ROUNDS = 3;
    private static final String HEAP = "1G";
    private static final Duration START_TIMEOUT = ofSeconds(180);

    @Test
    public void testDispatcherStartsFasterAndSmallerThanCoordinator()
            throws IOException
    {
        List<Double> dispatcherSeconds = new ArrayList<>();
        List<Double> coordinatorSeconds = new ArrayList<>();
        List<Double> dispatcherCpuSeconds = new ArrayList<>();
        List<Double> coordinatorCpuSeconds = new ArrayList<>();
        List<Double> dispatcherMegabytes = new ArrayList<>();
        List<Double> coordinatorMegabytes = new ArrayList<>();
        try (Installation installation = Installation.ours("startup")) {
            // no server listens at the dispatcher's discovery address: the test measures the start, not what follows it
            int port = FreePorts.consecutivePorts(2);
            for (int round = 0; round < ROUNDS; round++) {
                measure(installation, "dispatcher", round, port, port + 1, dispatcherSeconds, dispatcherCpuSeconds, dispatcherMegabytes);
                measure(installation, "coordinator", round, port + 1, port + 1, coordinatorSeconds, coordinatorCpuSeconds, coordinatorMegabytes);
            }
        }
        log.info("Start of a dispatcher: %s s, %s s of CPU, %s MB resident; of a coordinator: %s s, %s s of CPU, %s MB; median time %.0f %%, median CPU %.0f %%, median memory %.0f %%",
                dispatcherSeconds,
                dispatcherCpuSeconds,
                dispatcherMegabytes,
                coordinatorSeconds,
                coordinatorCpuSeconds,
                coordinatorMegabytes,
                100 * median(dispatcherSeconds) / median(coordinatorSeconds),
                100 * median(dispatcherCpuSeconds) / median(coordinatorCpuSeconds),
                100 * median(dispatcherMegabytes) / median(coordinatorMegabytes));
        assertThat(median(dispatcherCpuSeconds)).isLessThanOrEqualTo(0.6 * median(coordinatorCpuSeconds));
        assertThat(median(dispatcherSeconds)).isLessThanOrEqualTo(0.6 * median(coordinatorSeconds));
        assertThat(median(dispatcherMegabytes)).isLessThan(median(coordinatorMegabytes));
    }

    private static void measure(Installation installation, String role, int round, int port, int discoveryPort, List<Double> seconds, List<Double> cpuSeconds, List<Double> megabytes)
            throws IOException
    {
        try (ServerProcess server = ServerProcess.start(
                installation.directory(),
                ServerProcess.writeEtc(
                        installation.node(role + "-" + round),
                        port,
                        HEAP,
                        role.equals("dispatcher") ? ImmutableList.of() : ImmutableList.of("tpch"),
                        "node.role=" + role,
                        "discovery.uri=http://127.0.0.1:" + discoveryPort,
                        "internal-communication.shared-secret=startup-secret-startup-secret-startup-secret"),
                port)) {
            seconds.add(Math.round(server.awaitStarted(START_TIMEOUT).toMillis() / 10.0) / 100.0);
            cpuSeconds.add(Math.round(ProcessHandle.of(server.pid()).orElseThrow().info().totalCpuDuration().orElseThrow().toMillis() / 10.0) / 100.0);
            megabytes.add((double) Math.round(residentKilobytes(server.pid()) / 1024.0));
        }
    }

    private static long residentKilobytes(long pid)
            throws IOException
    {
        for (String line : Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IllegalStateException("no VmRSS of " + pid);
    }

    private static double median(List<Double> values)
    {
        return Ordering.natural().sortedCopy(values).get(values.size() / 2);
    }
}
