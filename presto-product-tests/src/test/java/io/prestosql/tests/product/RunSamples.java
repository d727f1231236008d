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
import io.prestosql.tests.product.LocalCluster.Node;

import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Asks coordinators again and again what they run, so that the runs are known that a coordinator's death ends, and that no log has. A run
 * begins no earlier and ends no later in here than it did, so queries that ran one after another never seem to run at once.
 */
final class RunSamples
        implements AutoCloseable
{
    private static final Logger log = Logger.get(RunSamples.class);
    private static final long INTERVAL_MILLIS = 200;

    private final LocalCluster cluster;
    private final List<String> resourceGroup;
    private final Map<Run, RunningTime> times = new ConcurrentHashMap<>();
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("run-samples"));

    private record Run(String coordinator, String queryId) {}

    private RunSamples(LocalCluster cluster, String resourceGroup)
    {
        this.cluster = requireNonNull(cluster, "cluster is null");
        this.resourceGroup = ImmutableList.of(resourceGroup);
    }

    /**
     * Asks the coordinators of all clusters about the queries of a root group, until this is closed.
     */
    static RunSamples start(LocalCluster cluster, String resourceGroup)
    {
        RunSamples samples = new RunSamples(cluster, resourceGroup);
        samples.executor.scheduleWithFixedDelay(samples::sampleAll, 0, INTERVAL_MILLIS, MILLISECONDS);
        return samples;
    }

    private void sampleAll()
    {
        for (Node coordinator : cluster.coordinators()) {
            try {
                sample(coordinator);
            }
            catch (UncheckedIOException | AssertionError e) {
                log.debug(e, "%s is away", coordinator.name());
            }
            catch (RuntimeException e) {
                log.error(e, "Error reading what %s runs", coordinator.name());
            }
        }
    }

    private void sample(Node coordinator)
    {
        Instant asked = Instant.now();
        for (QueryView query : QueryView.queriesOn(coordinator.uri(), cluster.secret(coordinator))) {
            Instant end = query.endTime().orElse(asked);
            if (query.resourceGroup().equals(resourceGroup) && query.startTime().isBefore(end)) {
                times.merge(new Run(coordinator.name(), query.id()), new RunningTime(query.id(), query.startTime(), end), RunSamples::narrow);
            }
        }
    }

    private static RunningTime narrow(RunningTime earlier, RunningTime later)
    {
        return new RunningTime(
                earlier.queryId(),
                earlier.start().isAfter(later.start()) ? earlier.start() : later.start(),
                later.end());
    }

    /**
     * Returns all runs.
     */
    Collection<RunningTime> times()
    {
        return ImmutableList.copyOf(times.values());
    }

    /**
     * Returns the runs on one coordinator.
     */
    Collection<RunningTime> timesOn(Node coordinator)
    {
        return times.entrySet().stream()
                .filter(time -> time.getKey().coordinator().equals(coordinator.name()))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public void close()
    {
        executor.shutdownNow();
    }
}
