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
import com.google.common.collect.ImmutableMap;
import io.airlift.units.DataSize;
import io.opentelemetry.api.trace.Span;
import io.trino.execution.SqlTask;
import io.trino.execution.buffer.OutputBufferInfo;
import io.trino.execution.buffer.PipelinedBufferInfo;
import io.trino.execution.buffer.PipelinedOutputBuffers;
import io.trino.execution.buffer.PipelinedOutputBuffers.OutputBufferId;
import io.trino.operator.TaskContext;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.trino.execution.buffer.BufferState.ABORTED;
import static io.trino.execution.buffer.PipelinedOutputBuffers.BROADCAST_PARTITION_ID;
import static io.trino.execution.buffer.PipelinedOutputBuffers.BufferType.ARBITRARY;
import static io.trino.execution.buffer.PipelinedOutputBuffers.BufferType.BROADCAST;
import static java.util.Objects.requireNonNull;

/**
 * The output of a task that its readers have not fetched. When a task fails, the engine releases the memory reservation of its output, but
 * leaves the pages to the readers and the coordinator. Pages for a coordinator that is gone, for readers that it has not created yet, and
 * for readers on a dead node would stay in the heap for {@code task.info.max-age}. The death of a coordinator would do that to all of its
 * queries at once.
 * <p>
 * No reader takes the end of these pages for the end of the output: for every read of a task that has failed or is failing, the engine
 * reports the failure, regardless of the pages in the answer.
 */
record TaskOutput(SqlTask task)
{
    /** Not the id of any reader: the engine numbers readers from 0, by tasks of the reading stage. */
    private static final OutputBufferId NO_READER = new OutputBufferId(Integer.MAX_VALUE);
    private static final DataSize EVERYTHING = DataSize.ofBytes(Long.MAX_VALUE);

    TaskOutput
    {
        requireNonNull(task, "task is null");
    }

    /**
     * Declares the readers complete; called before the task is failed. Broadcast pages are kept for future readers, and a failed task
     * cannot be told any more that there will be none.
     */
    void expectNoMoreReaders()
    {
        Optional<TaskContext> context = task.getTaskContext();
        if (context.isEmpty()) {
            return;
        }
        OutputBufferInfo output = task.getTaskInfo().outputBuffers();
        if (!output.getType().equals(BROADCAST.name()) || !output.isCanAddBuffers()) {
            return;
        }
        Map<OutputBufferId, Integer> readers = new HashMap<>();
        readersOf(output).forEach(reader -> readers.put(reader.getBufferId(), BROADCAST_PARTITION_ID));
        // without a reader that has not fetched everything, the output would be complete, and so would the task
        readers.put(NO_READER, BROADCAST_PARTITION_ID);
        task.updateTask(
                context.get().getSession(),
                Span.getInvalid(),
                Optional.empty(),
                ImmutableList.of(),
                new PipelinedOutputBuffers(Long.MAX_VALUE, BROADCAST, readers, true),
                ImmutableMap.of(),
                false);
    }

    /**
     * Discards the pages. Called after the task was failed, until it returns true.
     *
     * @return whether nothing is left; otherwise the task still adds to its output
     */
    boolean discard()
    {
        OutputBufferInfo output = task.getTaskInfo().outputBuffers();
        if (output.getState() != ABORTED) {
            // an output that was complete before has nothing left
            return output.getState().isTerminal();
        }
        if (output.getType().equals(ARBITRARY.name())) {
            // pages for arbitrary readers belong to no reader until it reads
            task.getTaskResults(NO_READER, 0, EVERYTHING);
            task.destroyTaskResults(NO_READER);
        }
        readersOf(output).stream()
                .filter(reader -> !reader.isFinished())
                .forEach(reader -> task.destroyTaskResults(reader.getBufferId()));
        return true;
    }

    /**
     * Returns no readers if the output goes to an exchange.
     */
    private static List<PipelinedBufferInfo> readersOf(OutputBufferInfo output)
    {
        return output.getPipelinedBufferStates().orElse(ImmutableList.of());
    }
}
