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
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.queries.EachQuery;
import io.trino.execution.QueryManager;
import io.trino.execution.StageInfo;
import io.trino.execution.TaskInfo;
import io.trino.memory.ClusterMemoryManager;
import io.trino.operator.RetryPolicy;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.QueryId;
import org.joda.time.DateTime;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.trino.SystemSessionProperties.resourceOvercommit;
import static io.trino.execution.QueryState.RUNNING;
import static io.trino.spi.StandardErrorCode.CLUSTER_OUT_OF_MEMORY;
import static java.util.Objects.requireNonNull;

/**
 * Reports to deciders what this coordinator runs, and which of its queries and tasks were killed. A query that the engine itself has killed
 * for lack of memory ({@code resource_overcommit}) counts as a victim, too.
 */
public class MemoryReporter
{
    private static final Logger log = Logger.get(MemoryReporter.class);

    private final EachQuery described = new EachQuery(log, "describing the memory of");
    private final QueryManager queryManager;
    private final ClusterMemoryManager memoryManager;
    private final KillOrders orders;
    private final long victimMillis;

    @Inject
    public MemoryReporter(QueryManager queryManager, ClusterMemoryManager memoryManager, KillOrders orders, LowMemoryKillerConfig config)
    {
        this.queryManager = requireNonNull(queryManager, "queryManager is null");
        this.memoryManager = requireNonNull(memoryManager, "memoryManager is null");
        this.orders = requireNonNull(orders, "orders is null");
        this.victimMillis = config.getVictimTimeout().toMillis();
    }

    /**
     * Joins the round, if this coordinator may join it.
     */
    public RoundAnswer join(String nodeId, DecisionRound round)
    {
        Optional<MemoryReport> report = orders.join(round, System.nanoTime()) ? Optional.of(createReport()) : Optional.empty();
        return new RoundAnswer(nodeId, orders.joined(), report);
    }

    private MemoryReport createReport()
    {
        ImmutableList.Builder<RunningQuery> running = ImmutableList.builder();
        ImmutableList.Builder<QueryId> ending = ImmutableList.builder();
        ImmutableList.Builder<VictimReport> victims = ImmutableList.builder();
        // first, so that a victim that ends meanwhile is not missed
        orders.report(System.nanoTime()).ifPresent(victims::add);
        Set<String> blockedTasks = tasksOnBlockedNodes();
        described.run(queryManager.getQueries(), BasicQueryInfo::getQueryId, query -> {
            if (query.getState() == RUNNING) {
                describe(query, blockedTasks).ifPresent(running::add);
            }
            else if (!LeakedQueries.isLeaked(query)) {
                ending.add(query.getQueryId());
            }
            DateTime end = query.getQueryStats().getEndTime();
            if (end != null && CLUSTER_OUT_OF_MEMORY.toErrorCode().equals(query.getErrorCode())) {
                long ageMillis = Math.max(0, System.currentTimeMillis() - end.getMillis());
                if (ageMillis < victimMillis) {
                    victims.add(new VictimReport(Victim.query(query.getQueryId()), true, ageMillis));
                }
            }
        });
        return new MemoryReport(running.build(), ending.build(), victims.build());
    }

    private Optional<RunningQuery> describe(BasicQueryInfo query, Set<String> blockedTasks)
    {
        try {
            return Optional.of(new RunningQuery(
                    query.getQueryId(),
                    query.getQueryStats().getTotalMemoryReservation().toBytes(),
                    query.getRetryPolicy(),
                    resourceOvercommit(queryManager.getQuerySession(query.getQueryId())),
                    query.getRetryPolicy() == RetryPolicy.TASK ? tasks(query.getQueryId(), blockedTasks) : ImmutableList.of()));
        }
        catch (NoSuchElementException _) {
            // the query was forgotten meanwhile
            return Optional.empty();
        }
    }

    /**
     * Returns the only tasks that the policies look at; there may be thousands of others.
     */
    private Set<String> tasksOnBlockedNodes()
    {
        return memoryManager.getAllNodesMemoryInfo().values().stream()
                .flatMap(Optional::stream)
                .filter(LowMemoryDecision::isOutOfMemory)
                .flatMap(node -> node.getPool().getTaskMemoryReservations().keySet().stream())
                .collect(toImmutableSet());
    }

    private List<TaskInfo> tasks(QueryId queryId, Set<String> blockedTasks)
    {
        return StageInfo.getAllStages(queryManager.getFullQueryInfo(queryId).getOutputStage()).stream()
                .flatMap(stage -> stage.getTasks().stream())
                .filter(task -> blockedTasks.contains(task.taskStatus().getTaskId().toString()))
                .map(TaskInfo::summarize)
                .collect(toImmutableList());
    }

    /**
     * Returns the queries whose memory on workers is not leaked.
     */
    public List<QueryId> getAccountedQueries()
    {
        return queryManager.getQueries().stream()
                .filter(query -> !LeakedQueries.isLeaked(query))
                .map(BasicQueryInfo::getQueryId)
                .collect(toImmutableList());
    }
}
