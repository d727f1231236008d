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
import com.google.inject.Provider;
import io.trino.Session;
import io.trino.execution.TaskId;
import io.trino.operator.RetryPolicy;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;

import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.SystemSessionProperties.getRetryPolicy;
import static java.lang.Math.addExact;
import static java.util.Objects.requireNonNull;

/**
 * Numbers the attempts of tasks, so that no two runs of a query have tasks of the same id. A worker may still have a task of the previous
 * run, and other tasks that read from it.
 * <p>
 * The engine numbers a query's attempts from 0, even if the query ran elsewhere under the same id. On workers, the attempts of a later run
 * start at another number. The page sinks of connectors need numbers below 256. Queries that only read have no page sinks, and other
 * queries have only one run.
 */
public class TaskAttempts
{
    /** More attempts than the engine makes of a query, unless {@code query-retry-attempts} is very high. */
    private static final int ATTEMPTS_PER_RUN = 1000;

    private final Provider<AssignedQueries> queries;

    /**
     * @param queries a provider, because starting queries needs the factory of their tasks
     */
    @Inject
    public TaskAttempts(Provider<AssignedQueries> queries)
    {
        this.queries = requireNonNull(queries, "queries is null");
    }

    /**
     * Returns the id that a task has on its worker.
     *
     * @throws TrinoException if the query cannot run again: with {@code retry-policy=TASK}, the engine computes with attempt numbers, and
     * finds the output of tasks, including that of an earlier run, by these numbers and the query's id
     */
    TaskId onWorker(Session session, TaskId taskId)
    {
        int first = first(taskId.getQueryId());
        if (first == 0) {
            return taskId;
        }
        if (getRetryPolicy(session) == RetryPolicy.TASK) {
            throw new TrinoException(COORDINATOR_LOST, "The coordinator that ran the query before is lost. With retry-policy=TASK a query cannot be run again");
        }
        return new TaskId(taskId.getStageId(), taskId.getPartitionId(), addExact(first, taskId.getAttemptId()));
    }

    /**
     * Returns the engine's own number of an attempt.
     *
     * @param attempt number of the attempt on the task's worker
     */
    int inEngine(QueryId queryId, int attempt)
    {
        return attempt - first(queryId);
    }

    private int first(QueryId queryId)
    {
        return queries.get().getRun(queryId) * ATTEMPTS_PER_RUN;
    }
}
