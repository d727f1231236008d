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
package io.prestosql.worker;

import com.google.common.collect.ImmutableList;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.trino.execution.LocationFactory;
import io.trino.execution.TaskId;
import io.trino.execution.TaskInfo;
import io.trino.execution.TaskState;
import io.trino.execution.TaskStatus;
import io.trino.operator.TaskStats;
import io.trino.spi.TrinoException;
import org.joda.time.DateTime;

import java.util.Optional;

import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.trino.execution.TaskInfo.createInitialTask;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;

/**
 * Describes a task as failed to a coordinator that runs a query again, when an earlier coordinator's task has the same id on this node. The
 * query then ends with that failure, because the rows of the two runs must not be mixed, and a task id is never free again. Coordinators
 * normally give each run different ids; see {@code TaskAttempts}. This class is for coordinators that do not.
 */
public class LeftBehindTask
{
    private final String nodeId;
    private final LocationFactory locations;

    @Inject
    public LeftBehindTask(NodeInfo nodeInfo, LocationFactory locations)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.locations = requireNonNull(locations, "locations is null");
    }

    TaskStatus status(TaskId taskId)
    {
        TrinoException failure = new TrinoException(COORDINATOR_LOST, "The coordinator that ran the query before is lost, and its task %s is still on node %s, so the query cannot be run again".formatted(taskId, nodeId));
        TaskStatus notBegun = TaskStatus.initialTaskStatus(taskId, locations.createLocalTaskLocation(taskId), nodeId, false);
        return TaskStatus.failWith(notBegun, TaskState.FAILED, ImmutableList.of(toFailure(failure)));
    }

    TaskInfo info(TaskId taskId)
    {
        DateTime now = DateTime.now();
        return createInitialTask(taskId, locations.createLocalTaskLocation(taskId), nodeId, false, Optional.empty(), new TaskStats(now, now))
                .withTaskStatus(status(taskId));
    }
}
