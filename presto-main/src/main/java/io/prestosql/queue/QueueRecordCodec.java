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

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.inject.Inject;
import io.airlift.json.JsonCodec;
import io.prestosql.node.ClusterName;
import io.prestosql.node.ClusterName.IsDefault;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.CUSTOM;
import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_DEFAULT;
import static com.google.common.base.Preconditions.checkArgument;
import static io.prestosql.node.ClusterName.orDefault;
import static io.prestosql.querylog.EncryptedQueryLog.MAX_PLAIN_CONTENT_BYTES;
import static java.util.Objects.requireNonNull;

/**
 * Encodes the queue's records for the log as JSON, with the version of the format. A later release reads the records of earlier ones.
 */
public class QueueRecordCodec
{
    /** The maximum length of a statement, in characters. It leaves room in the record for the headers of the request. */
    public static final int MAX_STATEMENT_LENGTH = 15 * 1024 * 1024;

    private static final int CURRENT_FORMAT = 1;
    private static final byte[] NO_CONTENT = new byte[0];

    private final JsonCodec<SubmittedQuery> submittedCodec;
    private final JsonCodec<StoredDispatch> dispatchCodec;
    private final JsonCodec<StoredFailure> failureCodec;
    private final JsonCodec<StoredEnd> endCodec;
    private final JsonCodec<StoredReturn> returnCodec;

    @Inject
    public QueueRecordCodec(
            JsonCodec<SubmittedQuery> submittedCodec,
            JsonCodec<StoredDispatch> dispatchCodec,
            JsonCodec<StoredFailure> failureCodec,
            JsonCodec<StoredEnd> endCodec,
            JsonCodec<StoredReturn> returnCodec)
    {
        this.submittedCodec = requireNonNull(submittedCodec, "submittedCodec is null");
        this.dispatchCodec = requireNonNull(dispatchCodec, "dispatchCodec is null");
        this.failureCodec = requireNonNull(failureCodec, "failureCodec is null");
        this.endCodec = requireNonNull(endCodec, "endCodec is null");
        this.returnCodec = requireNonNull(returnCodec, "returnCodec is null");
    }

    /**
     * @param run 0 in records from before runs had numbers
     * @param cluster left out when it is the default one, and in records from before there were several
     */
    public record StoredDispatch(
            int formatVersion,
            String nodeId,
            String incarnation,
            URI address,
            boolean rerunnable,
            int run,
            @JsonInclude(value = CUSTOM, valueFilter = IsDefault.class) ClusterName cluster)
    {
        public StoredDispatch
        {
            checkFormat(formatVersion);
            cluster = orDefault(cluster);
            requireNonNull(nodeId, "nodeId is null");
            requireNonNull(incarnation, "incarnation is null");
            requireNonNull(address, "address is null");
        }

        CoordinatorIncarnation coordinator()
        {
            return new CoordinatorIncarnation(cluster, nodeId, incarnation);
        }
    }

    public record StoredFailure(int formatVersion, ErrorCode errorCode, String message, Optional<ExecutionFailureInfo> detail)
    {
        public StoredFailure
        {
            checkFormat(formatVersion);
            requireNonNull(errorCode, "errorCode is null");
            requireNonNull(message, "message is null");
            requireNonNull(detail, "detail is null");
        }

        static StoredFailure create(QueryFailure failure)
        {
            return new StoredFailure(CURRENT_FORMAT, failure.errorCode(), failure.message(), failure.detail());
        }

        QueryFailure failure()
        {
            return new QueryFailure(errorCode, message, detail);
        }
    }

    /**
     * @param untold whether event listeners may not have heard of the end; left out when they have, and in records from before the log kept
     * this
     * @param cluster the coordinator's cluster; left out when it is the default one, and in records from before there were several
     */
    public record StoredEnd(
            int formatVersion,
            Optional<StoredFailure> failure,
            Optional<String> nodeId,
            Optional<String> incarnation,
            @JsonInclude(NON_DEFAULT) boolean untold,
            @JsonInclude(value = CUSTOM, valueFilter = IsDefault.class) ClusterName cluster)
    {
        public StoredEnd
        {
            checkFormat(formatVersion);
            cluster = orDefault(cluster);
            requireNonNull(failure, "failure is null");
            requireNonNull(nodeId, "nodeId is null");
            requireNonNull(incarnation, "incarnation is null");
        }

        QueryEnd end()
        {
            return new QueryEnd(failure.map(StoredFailure::failure), nodeId.map(node -> new CoordinatorIncarnation(cluster, node, incarnation.orElseThrow())));
        }
    }

    /**
     * The content of an ELIGIBLE record of a query that was sent to a coordinator before. Leaders of release 476-1 treat it as any other
     * record of that kind.
     */
    public record StoredReturn(int formatVersion, int run)
    {
        public StoredReturn
        {
            checkFormat(formatVersion);
        }
    }

    private static void checkFormat(int formatVersion)
    {
        checkArgument(formatVersion == CURRENT_FORMAT, "Unknown format of a record of the queue: %s; it may come from a newer release", formatVersion);
    }

    /**
     * @throws QueryTooLargeException when the query is larger than the log can take
     */
    QueryLogRecord encodeSubmission(QueryId queryId, SubmittedQuery submission)
    {
        int sqlLength = submission.request().sql().length();
        if (sqlLength > MAX_PLAIN_CONTENT_BYTES) {
            // each character takes at least one byte
            throw new QueryTooLargeException(sqlLength);
        }
        byte[] content = submittedCodec.toJsonBytes(submission);
        if (content.length > MAX_PLAIN_CONTENT_BYTES) {
            throw new QueryTooLargeException(content.length);
        }
        return new QueryLogRecord(queryId.toString(), Kind.SUBMITTED, content);
    }

    SubmittedQuery decodeSubmission(QueryLogRecord record)
    {
        return submittedCodec.fromJson(record.content());
    }

    StoredDispatch decodeDispatch(QueryLogRecord record)
    {
        return dispatchCodec.fromJson(record.content());
    }

    QueryLogRecord encodeDispatch(QueueRecord.Dispatched dispatched, URI address)
    {
        CoordinatorIncarnation coordinator = dispatched.coordinator();
        return create(dispatched, Kind.DISPATCHED, dispatchCodec.toJsonBytes(new StoredDispatch(CURRENT_FORMAT, coordinator.nodeId(), coordinator.incarnation(), address, dispatched.rerunnable(), dispatched.run(), coordinator.cluster())));
    }

    QueryLogRecord encode(QueueRecord record)
    {
        return switch (record) {
            case QueueRecord.Eligible _ -> create(record, Kind.ELIGIBLE, NO_CONTENT);
            case QueueRecord.Returned(QueryId _, int run) -> create(record, Kind.ELIGIBLE, returnCodec.toJsonBytes(new StoredReturn(CURRENT_FORMAT, run)));
            case QueueRecord.Canceled(QueryId _, QueryFailure reason) -> create(record, Kind.CANCELED, failureCodec.toJsonBytes(StoredFailure.create(reason)));
            case QueueRecord.Ended(QueryId _, QueryEnd end, boolean untold) -> encodeEnd(record, end, untold);
            case QueueRecord.Told(QueryId _, QueryEnd end) -> encodeEnd(record, end, false);
            case QueueRecord.Forgotten _ -> create(record, Kind.FORGOTTEN, NO_CONTENT);
            case QueueRecord.Submitted _, QueueRecord.Condensed _, QueueRecord.Dispatched _ -> throw new IllegalArgumentException("Needs more than the record: " + record);
        };
    }

    private QueryLogRecord encodeEnd(QueueRecord record, QueryEnd end, boolean untold)
    {
        return create(record, Kind.ENDED, endCodec.toJsonBytes(new StoredEnd(
                CURRENT_FORMAT,
                end.failure().map(StoredFailure::create),
                end.coordinator().map(CoordinatorIncarnation::nodeId),
                end.coordinator().map(CoordinatorIncarnation::incarnation),
                untold,
                end.coordinator().map(CoordinatorIncarnation::cluster).orElse(ClusterName.DEFAULT))));
    }

    private static QueryLogRecord create(QueueRecord record, Kind kind, byte[] content)
    {
        return new QueryLogRecord(record.queryId().toString(), kind, content);
    }

    QueueRecord decode(QueryLogRecord record)
    {
        QueryId queryId = QueryId.valueOf(record.key());
        return switch (record.kind()) {
            case SUBMITTED -> new QueueRecord.Submitted(queryId);
            case ELIGIBLE -> record.content().length == 0 ? new QueueRecord.Eligible(queryId) : new QueueRecord.Returned(queryId, returnCodec.fromJson(record.content()).run());
            case DISPATCHED -> {
                StoredDispatch dispatch = decodeDispatch(record);
                yield new QueueRecord.Dispatched(queryId, dispatch.coordinator(), dispatch.rerunnable(), dispatch.run());
            }
            case CANCELED -> new QueueRecord.Canceled(queryId, failureCodec.fromJson(record.content()).failure());
            case ENDED -> {
                StoredEnd end = endCodec.fromJson(record.content());
                yield new QueueRecord.Ended(queryId, end.end(), end.untold());
            }
            case FORGOTTEN, LASTING -> throw new IllegalArgumentException("Not a live record of a query: " + record);
        };
    }
}
