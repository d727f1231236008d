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

import com.google.common.collect.Multimap;
import com.google.inject.Inject;
import io.airlift.concurrent.ThreadPoolExecutorMBean;
import io.airlift.units.DataSize;
import io.opentelemetry.api.trace.Span;
import io.trino.Session;
import io.trino.execution.NodeTaskMap.PartitionedSplitCountTracker;
import io.trino.execution.RemoteTask;
import io.trino.execution.RemoteTaskFactory;
import io.trino.execution.TaskId;
import io.trino.execution.buffer.OutputBuffers;
import io.trino.metadata.InternalNode;
import io.trino.metadata.Split;
import io.trino.server.HttpRemoteTaskFactory;
import io.trino.sql.planner.PlanFragment;
import io.trino.sql.planner.plan.DynamicFilterId;
import io.trino.sql.planner.plan.PlanNodeId;
import org.weakref.jmx.Managed;
import org.weakref.jmx.Nested;

import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * Creates the engine's tasks, with the ids of the run to which they belong.
 */
public class RunTaskFactory
        implements RemoteTaskFactory
{
    private final HttpRemoteTaskFactory delegate;
    private final TaskAttempts attempts;

    @Inject
    public RunTaskFactory(HttpRemoteTaskFactory delegate, TaskAttempts attempts)
    {
        this.delegate = requireNonNull(delegate, "delegate is null");
        this.attempts = requireNonNull(attempts, "attempts is null");
    }

    @Managed
    @Nested
    public ThreadPoolExecutorMBean getExecutor()
    {
        return delegate.getExecutor();
    }

    @Override
    public RemoteTask createRemoteTask(
            Session session,
            Span stageSpan,
            TaskId taskId,
            InternalNode node,
            boolean speculative,
            PlanFragment fragment,
            Multimap<PlanNodeId, Split> initialSplits,
            OutputBuffers outputBuffers,
            PartitionedSplitCountTracker partitionedSplitCountTracker,
            Set<DynamicFilterId> outboundDynamicFilterIds,
            Optional<DataSize> estimatedMemory,
            boolean summarizeTaskInfo)
    {
        return delegate.createRemoteTask(
                session,
                stageSpan,
                attempts.onWorker(session, taskId),
                node,
                speculative,
                fragment,
                initialSplits,
                outputBuffers,
                partitionedSplitCountTracker,
                outboundDynamicFilterIds,
                estimatedMemory,
                summarizeTaskInfo);
    }
}
