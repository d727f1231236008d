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
package io.prestosql.operations;

import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.prestosql.dispatcher.clusters.AnnouncedDispatchers;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.queue.QueueDriver;
import jakarta.annotation.PostConstruct;

import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Knows the other dispatchers: those that are announced, the leader, and those that were there until lately. A dead dispatcher is no longer
 * announced, but operators should see that it is missing.
 */
public class KnownDispatchers
{
    static final long MEMORY_NANOS = HOURS.toNanos(1);

    private static final Logger log = Logger.get(KnownDispatchers.class);
    private static final long REFRESH_SECONDS = 5;

    private final String nodeId;
    private final Supplier<Map<String, URI>> present;
    private final ScheduledExecutorService executor;
    private final LongSupplier nanoClock;
    private final Map<String, Sighting> sightings = new ConcurrentHashMap<>();

    @Inject
    public KnownDispatchers(
            AnnouncedDispatchers announced,
            QueueDriver driver,
            NodeInfo nodeInfo,
            @ForCoordinators ScheduledExecutorService executor)
    {
        this(nodeInfo.getNodeId(), () -> present(announced.find(), driver), executor, System::nanoTime);
    }

    /**
     * @param present the dispatchers that are there now, whether or not they answer
     */
    KnownDispatchers(String nodeId, Supplier<Map<String, URI>> present, ScheduledExecutorService executor, LongSupplier nanoClock)
    {
        this.nodeId = requireNonNull(nodeId, "nodeId is null");
        this.present = requireNonNull(present, "present is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
    }

    private static Map<String, URI> present(Map<String, URI> announced, QueueDriver driver)
    {
        ImmutableMap.Builder<String, URI> present = ImmutableMap.builder();
        driver.getOtherLeader().ifPresent(leader -> present.put(leader.nodeId(), leader.address()));
        return present.putAll(announced).buildKeepingLast();
    }

    @PostConstruct
    public void start()
    {
        executor.scheduleWithFixedDelay(() -> {
            try {
                refresh();
            }
            catch (Throwable t) {
                log.error(t, "Error looking up dispatchers");
            }
        }, 0, REFRESH_SECONDS, SECONDS);
    }

    private synchronized void refresh()
    {
        long now = nanoClock.getAsLong();
        present.get().forEach((dispatcher, address) -> {
            if (!dispatcher.equals(nodeId)) {
                sightings.put(dispatcher, new Sighting(address, now));
            }
        });
        sightings.values().removeIf(sighting -> now - sighting.nanos() > MEMORY_NANOS);
    }

    /**
     * Returns internal addresses by node id, without this node.
     */
    public Map<String, URI> others()
    {
        refresh();
        Map<String, URI> others = new TreeMap<>();
        sightings.forEach((dispatcher, sighting) -> others.put(dispatcher, sighting.address()));
        return ImmutableMap.copyOf(others);
    }

    private record Sighting(URI address, long nanos)
    {
        private Sighting
        {
            requireNonNull(address, "address is null");
        }
    }
}
