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
package io.prestosql.memory;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.prestosql.discovery.CoordinatorDirectory;
import io.prestosql.memory.DecisionEffect.Ask;
import io.prestosql.memory.DecisionEffect.Order;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.protocol.DeciderAppointment;
import io.prestosql.rpc.JsonCaller;
import io.trino.execution.QueryManager;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.MemoryInfo;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static io.trino.spi.StandardErrorCode.CLUSTER_OUT_OF_MEMORY;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Runs this coordinator's {@link LowMemoryDecision}: passes it events one after the other, and performs its effects.
 */
public class LowMemoryDecider
{
    private static final Logger log = Logger.get(LowMemoryDecider.class);

    private final String nodeId;
    private final KillOrders orders;
    private final MemoryReporter reporter;
    private final CoordinatorDirectory directory;
    private final LowMemoryClient client;
    private final ClusterMemoryManager memoryManager;
    private final QueryManager queryManager;
    /** Used only by the executor's single thread. */
    private final LowMemoryDecision decision;
    private final ScheduledExecutorService executor = dropLateTasks(new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("low-memory-decider")));
    private final AtomicLong overdueKills = new AtomicLong();
    private volatile Status status = new Status(false, 0, 0, ImmutableList.of());

    @Inject
    public LowMemoryDecider(
            NodeInfo nodeInfo,
            KillOrders orders,
            MemoryReporter reporter,
            CoordinatorDirectory directory,
            LowMemoryClient client,
            ClusterMemoryManager memoryManager,
            QueryManager queryManager,
            LowMemoryTimes times,
            VictimPolicy policy)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.orders = requireNonNull(orders, "orders is null");
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.directory = requireNonNull(directory, "directory is null");
        this.client = requireNonNull(client, "client is null");
        this.memoryManager = requireNonNull(memoryManager, "memoryManager is null");
        this.queryManager = requireNonNull(queryManager, "queryManager is null");
        this.decision = new LowMemoryDecision(nodeId, orders, times, policy, System.nanoTime());
    }

    @PostConstruct
    public void start()
    {
        executor.scheduleWithFixedDelay(
                () -> handle(() -> {
                    orders.takeOverdueQuery(System.nanoTime()).ifPresent(this::kill);
                    perform(decision.tick(directory.getCoordinators(), pools(), System.nanoTime()));
                }),
                1,
                1,
                SECONDS);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    /**
     * Takes the leader's appointment of the decider, from a poll that renews this coordinator's lease.
     *
     * @param saidNanos the time, by {@link System#nanoTime}, of this coordinator's report that the leader had received when it confirmed
     * that it leads
     */
    public void appointed(long epoch, DeciderAppointment appointment, long saidNanos)
    {
        post(() -> decision.appointed(epoch, appointment, saidNanos, System.nanoTime()));
    }

    private void post(Runnable event)
    {
        executor.execute(() -> handle(event));
    }

    private void handle(Runnable event)
    {
        try {
            event.run();
            publish(new Status(decision.isDecider(), decision.rounds(), decision.choices(), decision.silent()));
        }
        catch (Throwable t) {
            log.error(t, "Error deciding what to kill");
        }
    }

    private void publish(Status next)
    {
        Status last = status;
        status = next;
        next.silent().stream()
                .filter(coordinator -> !last.silent().contains(coordinator))
                .forEach(coordinator -> log.warn("Workers are out of memory, and coordinator %s does not answer: nothing is killed until it does, or is known to be dead, or has been waited for long enough", coordinator));
    }

    private Map<String, MemoryInfo> pools()
    {
        return memoryManager.getAllNodesMemoryInfo().entrySet().stream()
                .filter(node -> node.getValue().isPresent())
                .collect(toImmutableMap(Map.Entry::getKey, node -> node.getValue().orElseThrow()));
    }

    private void perform(List<DecisionEffect> effects)
    {
        for (DecisionEffect effect : effects) {
            switch (effect) {
                case Ask(CoordinatorAddress coordinator, DecisionRound round) -> ask(coordinator, round);
                case Order(CoordinatorAddress coordinator, KillOrder order) -> order(coordinator, order);
            }
        }
    }

    private void ask(CoordinatorAddress coordinator, DecisionRound round)
    {
        if (coordinator.nodeId().equals(nodeId)) {
            post(() -> answered(coordinator, round, reporter.join(nodeId, round)));
            return;
        }
        Futures.addCallback(client.join(coordinator.uri(), round), new FutureCallback<>()
        {
            @Override
            public void onSuccess(RoundAnswer answer)
            {
                post(() -> answered(coordinator, round, answer));
            }

            @Override
            public void onFailure(Throwable failure)
            {
                log.debug(failure, "Coordinator %s has not answered", coordinator.nodeId());
                post(() -> perform(decision.failed(coordinator.nodeId(), round, JsonCaller.isRefused(failure), pools(), System.nanoTime())));
            }
        }, Runnable::run);
    }

    private void answered(CoordinatorAddress coordinator, DecisionRound round, RoundAnswer answer)
    {
        perform(decision.answered(coordinator.nodeId(), round, answer, pools(), System.nanoTime()));
    }

    private void order(CoordinatorAddress coordinator, KillOrder order)
    {
        log.info("Workers are out of memory: coordinator %s has to kill %s", coordinator.nodeId(), order.victim().toKillTarget());
        if (coordinator.nodeId().equals(nodeId)) {
            orders.order(order, System.nanoTime());
            return;
        }
        Futures.addCallback(client.order(coordinator.uri(), order), new FutureCallback<>()
        {
            @Override
            public void onSuccess(Void result) {}

            @Override
            public void onFailure(Throwable failure)
            {
                log.warn("It is not known whether coordinator %s has taken the order to kill %s: %s", coordinator.nodeId(), order.victim().toKillTarget(), failure.getMessage());
            }
        }, Runnable::run);
    }

    private void kill(QueryId query)
    {
        log.info("Killing query %s, as the cluster's decider has ordered; the engine here sees no need", query);
        overdueKills.incrementAndGet();
        queryManager.failQuery(query, new TrinoException(CLUSTER_OUT_OF_MEMORY, "Query killed because the cluster is out of memory. Please try again in a few minutes."));
    }

    @Managed(description = "Whether this coordinator decides what is killed when workers are out of memory")
    public boolean isDeciding()
    {
        return status.deciding();
    }

    @Managed(description = "How often this coordinator has asked all coordinators what they run, as workers were out of memory")
    public long getRounds()
    {
        return status.rounds();
    }

    @Managed(description = "Victims that this coordinator has chosen, its own and others' queries")
    public long getChosenVictims()
    {
        return status.choices();
    }

    @Managed(description = "Queries of this coordinator that were killed by order without its engine's memory manager, which had seen no need")
    public long getOverdueKills()
    {
        return overdueKills.get();
    }

    @Managed(description = "Coordinators that do not answer while workers are out of memory, so that nothing is killed")
    public List<String> getSilentCoordinators()
    {
        return status.silent();
    }

    private record Status(boolean deciding, long rounds, long choices, List<String> silent)
    {
        private Status
        {
            silent = ImmutableList.copyOf(silent);
        }
    }
}
