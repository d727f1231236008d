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
package io.prestosql.coordinator.system;

import com.google.inject.Inject;
import io.prestosql.queries.AuthorizedQueries;
import io.prestosql.queries.View;
import io.prestosql.queries.ViewedQuery;
import io.trino.FullConnectorSession;
import io.trino.server.BasicQueryInfo;
import io.trino.server.BasicQueryStats;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.InMemoryRecordSet;
import io.trino.spi.connector.RecordCursor;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.predicate.TupleDomain;

import java.util.List;

import static io.airlift.concurrent.MoreFutures.getFutureValue;
import static io.trino.connector.system.QuerySystemTable.QUERY_TABLE;
import static io.trino.spi.connector.SystemTable.Distribution.SINGLE_COORDINATOR;
import static io.trino.spi.type.DateTimeEncoding.packDateTimeWithZone;
import static io.trino.spi.type.TimeZoneKey.UTC_KEY;
import static io.trino.spi.type.VarcharType.VARCHAR;
import static java.util.Objects.requireNonNull;

/**
 * {@code system.runtime.queries} of the whole cluster, including queued queries. The engine's own table sends a split to every coordinator,
 * and waits for more than a minute for a coordinator that has just died. This table asks the other coordinators itself, and warns the
 * client of missing parts.
 */
public class ClusterQuerySystemTable
        implements SystemTable
{
    private final AuthorizedQueries queries;
    private final QueryWarnings warnings;

    @Inject
    public ClusterQuerySystemTable(AuthorizedQueries queries, QueryWarnings warnings)
    {
        this.queries = requireNonNull(queries, "queries is null");
        this.warnings = requireNonNull(warnings, "warnings is null");
    }

    @Override
    public Distribution getDistribution()
    {
        return SINGLE_COORDINATOR;
    }

    @Override
    public ConnectorTableMetadata getTableMetadata()
    {
        return QUERY_TABLE;
    }

    @Override
    public RecordCursor cursor(ConnectorTransactionHandle transactionHandle, ConnectorSession session, TupleDomain<Integer> constraint)
    {
        View<List<ViewedQuery>> view = getFutureValue(queries.getQueries(((FullConnectorSession) session).getSession().getIdentity()));
        warnings.warnOfMissing(session.getQueryId(), view.missing());
        InMemoryRecordSet.Builder table = InMemoryRecordSet.builder(QUERY_TABLE);
        view.value().forEach(query -> addRow(table, query));
        return table.build().cursor();
    }

    private static void addRow(InMemoryRecordSet.Builder table, ViewedQuery query)
    {
        BasicQueryInfo info = query.infoSinceSubmission();
        BasicQueryStats stats = info.getQueryStats();
        table.addRow(
                info.getQueryId().toString(),
                info.getState().toString(),
                info.getSession().getUser(),
                info.getSession().getSource().orElse(null),
                info.getQuery(),
                info.getResourceGroupId().map(group -> createStringsBlock(group.getSegments())).orElse(null),

                stats.getQueuedTime().toMillis(),
                stats.getAnalysisTime().toMillis(),
                stats.getPlanningTime().toMillis(),

                packDateTimeWithZone(stats.getCreateTime().getMillis(), UTC_KEY),
                query.started().map(started -> packDateTimeWithZone(started.toEpochMilli(), UTC_KEY)).orElse(null),
                query.lastHeartbeat().map(heartbeat -> packDateTimeWithZone(heartbeat.toEpochMilli(), UTC_KEY)).orElse(null),
                stats.getEndTime() == null ? null : packDateTimeWithZone(stats.getEndTime().getMillis(), UTC_KEY),

                info.getErrorType() == null ? null : info.getErrorType().name(),
                info.getErrorCode() == null ? null : info.getErrorCode().getName());
    }

    static Block createStringsBlock(List<String> values)
    {
        BlockBuilder block = VARCHAR.createBlockBuilder(null, values.size());
        values.forEach(value -> VARCHAR.writeString(block, value));
        return block.build();
    }
}
