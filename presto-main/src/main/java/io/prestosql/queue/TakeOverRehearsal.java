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
package io.prestosql.queue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueCore;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.queue.core.QueueTimes;
import io.prestosql.selection.core.ClusterCapacity;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.trino.spi.QueryId;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * Rehearses a take-over with records of its own: reads them, and lets a core decide what follows. Its only purpose is that a process that
 * has just started reads its first real records, for which all clients wait, no slower than later ones.
 */
public class TakeOverRehearsal
{
    private static final CoordinatorIncarnation COORDINATOR = new CoordinatorIncarnation(ClusterName.DEFAULT, "rehearsal", "rehearsal");
    private static final URI ADDRESS = URI.create("http://rehearsal.invalid");
    private static final long EPOCH = 1;

    private final QueueRecordCodec codec;
    private final QueueTimes times;

    @Inject
    public TakeOverRehearsal(QueueRecordCodec codec, QueueTimes times)
    {
        this.codec = requireNonNull(codec, "codec is null");
        this.times = requireNonNull(times, "times is null");
    }

    /**
     * @return the number of queries that the core knew in the end
     */
    public int run()
    {
        QueryId queued = QueryId.valueOf("rehearsal_queued");
        QueryId dispatched = QueryId.valueOf("rehearsal_dispatched");
        QueryId ended = QueryId.valueOf("rehearsal_ended");
        QueryFailure failure = QueryFailure.of(new RuntimeException("rehearsal"));
        SubmittedQuery submission = new SubmittedQuery(
                new ClientRequest("SELECT 1", ImmutableMap.of("X-Trino-User", ImmutableList.of("rehearsal")), Optional.empty(), Optional.empty()),
                QuerySlug.create(),
                Instant.now(),
                Optional.empty());
        List<QueryLogRecord> records = ImmutableList.of(
                codec.encodeSubmission(queued, submission),
                codec.encode(new QueueRecord.Eligible(queued)),
                codec.encodeSubmission(dispatched, submission),
                codec.encodeDispatch(new QueueRecord.Dispatched(dispatched, COORDINATOR, true, 1), ADDRESS),
                codec.encode(new QueueRecord.Returned(dispatched, 1)),
                codec.encodeDispatch(new QueueRecord.Dispatched(dispatched, COORDINATOR, true, 1), ADDRESS),
                codec.encode(new QueueRecord.Canceled(dispatched, failure)),
                codec.encodeSubmission(ended, submission),
                codec.encode(new QueueRecord.Ended(ended, QueryEnd.failed(failure), true)));
        records.stream()
                .filter(record -> record.kind() == QueryLogRecord.Kind.SUBMITTED)
                .forEach(codec::decodeSubmission);

        QueueCore core = new QueueCore(times);
        long nowNanos = System.nanoTime();
        core.handle(new QueueEvent.ClustersChanged(ImmutableMap.of(COORDINATOR.cluster(), new ClusterCapacity(true, true, OptionalInt.empty(), 1))), nowNanos);
        core.handle(new QueueEvent.Elected(EPOCH, records.stream().map(codec::decode).collect(toImmutableList())), nowNanos);
        core.handle(new QueueEvent.Poll(queued), nowNanos);
        core.handle(new QueueEvent.Queued(queued, true), nowNanos);
        core.handle(new QueueEvent.Admitted(queued), nowNanos);
        core.handle(new QueueEvent.Routed(queued, COORDINATOR, false), nowNanos);
        core.handle(new QueueEvent.Reported(COORDINATOR, true, ImmutableList.of()), nowNanos);
        core.handle(new QueueEvent.CoordinatorLost(COORDINATOR, "rehearsal"), nowNanos);
        core.handle(new QueueEvent.Tick(), nowNanos);
        return core.queryCount();
    }
}
