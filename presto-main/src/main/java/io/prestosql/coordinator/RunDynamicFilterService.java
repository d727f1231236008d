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
package io.prestosql.coordinator;

import com.google.inject.Inject;
import io.trino.execution.DynamicFilterConfig;
import io.trino.execution.TaskId;
import io.trino.metadata.FunctionManager;
import io.trino.metadata.Metadata;
import io.trino.server.DynamicFilterService;
import io.trino.spi.QueryId;
import io.trino.spi.predicate.Domain;
import io.trino.spi.type.TypeOperators;
import io.trino.sql.planner.plan.DynamicFilterId;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import static java.util.Objects.requireNonNull;

/**
 * The engine's dynamic filters, with translated attempt numbers: the engine takes filters only from tasks of the query's current attempt,
 * and tasks report the number that they have on their workers.
 */
public class RunDynamicFilterService
        extends DynamicFilterService
{
    private final TaskAttempts attempts;

    @Inject
    public RunDynamicFilterService(TaskAttempts attempts, Metadata metadata, FunctionManager functionManager, TypeOperators typeOperators, DynamicFilterConfig config)
    {
        super(metadata, functionManager, typeOperators, config);
        this.attempts = requireNonNull(attempts, "attempts is null");
    }

    @Override
    public void registerDynamicFilterConsumer(QueryId queryId, int attempt, Set<DynamicFilterId> dynamicFilterIds, Consumer<Map<DynamicFilterId, Domain>> consumer)
    {
        super.registerDynamicFilterConsumer(queryId, attempts.inEngine(queryId, attempt), dynamicFilterIds, consumer);
    }

    @Override
    public void addTaskDynamicFilters(TaskId taskId, Map<DynamicFilterId, Domain> newDynamicFilters)
    {
        int attempt = attempts.inEngine(taskId.getQueryId(), taskId.getAttemptId());
        super.addTaskDynamicFilters(new TaskId(taskId.getStageId(), taskId.getPartitionId(), attempt), newDynamicFilters);
    }
}
