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

import com.google.inject.Inject;
import io.airlift.http.server.HttpServerInfo;
import io.airlift.json.JsonCodec;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import io.trino.server.InternalCommunicationConfig;
import io.trino.spi.QueryId;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

import static java.util.Objects.requireNonNull;

/**
 * This dispatcher's part in the log: whether it leads the queue, and the steps of queries that it writes down while it does.
 */
public class QueueLeadership
        implements QueryLogListener
{
    private static final Logger log = Logger.get(QueueLeadership.class);
    private static final byte[] NO_CONTENT = new byte[0];

    private final QueryLog queryLog;
    private final QueryLogMember self;
    private final JsonCodec<SubmittedQuery> submittedCodec;
    private final JsonCodec<QueryDispatched> dispatchedCodec;
    private volatile OptionalLong epoch = OptionalLong.empty();

    @Inject
    public QueueLeadership(
            QueryLog queryLog,
            NodeInfo nodeInfo,
            HttpServerInfo httpServerInfo,
            InternalCommunicationConfig internalCommunicationConfig,
            JsonCodec<SubmittedQuery> submittedCodec,
            JsonCodec<QueryDispatched> dispatchedCodec)
    {
        this.queryLog = requireNonNull(queryLog, "queryLog is null");
        this.self = new QueryLogMember(nodeInfo.getNodeId(), internalCommunicationConfig.isHttpsRequired() ? httpServerInfo.getHttpsUri() : httpServerInfo.getHttpUri());
        this.submittedCodec = requireNonNull(submittedCodec, "submittedCodec is null");
        this.dispatchedCodec = requireNonNull(dispatchedCodec, "dispatchedCodec is null");
    }

    @PostConstruct
    public void start()
    {
        queryLog.start(self, this);
    }

    @PreDestroy
    public void stop()
    {
        queryLog.close();
    }

    @Override
    public void elected(long epoch, List<QueryLogRecord> liveRecords)
    {
        if (!liveRecords.isEmpty()) {
            throw new UnsupportedOperationException("The queue cannot be rebuilt from a log yet, but the log has %s live records".formatted(liveRecords.size()));
        }
        log.info("Leader of the queue in epoch %s", epoch);
        this.epoch = OptionalLong.of(epoch);
    }

    @Override
    public void deposed(long epoch)
    {
        log.info("No longer leader of the queue in epoch %s", epoch);
        this.epoch = OptionalLong.empty();
    }

    @Override
    public void leaderChanged(Optional<QueryLogLeader> leader) {}

    /**
     * The epoch in which this dispatcher leads the queue, if it does.
     */
    public OptionalLong getEpoch()
    {
        return epoch;
    }

    /**
     * Makes sure that no other leader had been elected when this was called.
     */
    public CompletableFuture<Void> confirm(long epoch)
    {
        return queryLog.confirm(epoch);
    }

    /**
     * The client may be told the query's id once this is done.
     */
    public CompletableFuture<Void> submitted(QueryId queryId, SubmittedQuery query)
    {
        return append(queryId, Kind.SUBMITTED, submittedCodec.toJsonBytes(query));
    }

    /**
     * The query may be sent once this is done.
     */
    public CompletableFuture<Void> dispatched(QueryId queryId, QueryDispatched dispatched)
    {
        return append(queryId, Kind.DISPATCHED, dispatchedCodec.toJsonBytes(dispatched));
    }

    /**
     * The cancel may be acknowledged once this is done.
     */
    public CompletableFuture<Void> canceled(QueryId queryId)
    {
        return append(queryId, Kind.CANCELED, NO_CONTENT);
    }

    public CompletableFuture<Void> ended(QueryId queryId)
    {
        return append(queryId, Kind.ENDED, NO_CONTENT);
    }

    public CompletableFuture<Void> forgotten(QueryId queryId)
    {
        return append(queryId, Kind.FORGOTTEN, NO_CONTENT);
    }

    private CompletableFuture<Void> append(QueryId queryId, Kind kind, byte[] content)
    {
        OptionalLong current = epoch;
        if (current.isEmpty()) {
            return CompletableFuture.failedFuture(new QueryLogUnavailableException("This dispatcher is not the leader of the queue"));
        }
        return queryLog.append(current.getAsLong(), new QueryLogRecord(queryId.toString(), kind, content));
    }

    @Managed(description = "The epoch in which this dispatcher leads the queue; 0 when it does not")
    public long getCurrentEpoch()
    {
        return epoch.orElse(0);
    }
}
