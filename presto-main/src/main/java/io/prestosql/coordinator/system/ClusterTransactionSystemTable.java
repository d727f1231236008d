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
import io.prestosql.queries.ClusterView;
import io.prestosql.queries.View;
import io.prestosql.queries.ViewedTransaction;
import io.trino.connector.system.TransactionsSystemTable;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.InMemoryRecordSet;
import io.trino.spi.connector.RecordCursor;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.predicate.TupleDomain;
import io.trino.spi.type.TypeManager;
import io.trino.transaction.TransactionManager;

import java.util.List;

import static io.airlift.concurrent.MoreFutures.getFutureValue;
import static io.prestosql.coordinator.system.ClusterQuerySystemTable.createStringsBlock;
import static io.trino.spi.connector.SystemTable.Distribution.SINGLE_COORDINATOR;
import static io.trino.spi.type.DateTimeEncoding.packDateTimeWithZone;
import static io.trino.spi.type.TimeZoneKey.UTC_KEY;
import static java.util.Objects.requireNonNull;

/**
 * {@code system.runtime.transactions} of the whole cluster. The engine's own table shows only the transactions of the coordinator that runs
 * the query.
 */
public class ClusterTransactionSystemTable
        implements SystemTable
{
    private final ConnectorTableMetadata table;
    private final ClusterView view;
    private final QueryWarnings warnings;

    @Inject
    public ClusterTransactionSystemTable(TypeManager typeManager, TransactionManager transactionManager, ClusterView view, QueryWarnings warnings)
    {
        this.table = new TransactionsSystemTable(typeManager, transactionManager).getTableMetadata();
        this.view = requireNonNull(view, "view is null");
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
        return table;
    }

    @Override
    public RecordCursor cursor(ConnectorTransactionHandle transactionHandle, ConnectorSession session, TupleDomain<Integer> constraint)
    {
        View<List<ViewedTransaction>> transactions = getFutureValue(view.getTransactions());
        warnings.warnOfMissing(session.getQueryId(), transactions.missing());
        InMemoryRecordSet.Builder rows = InMemoryRecordSet.builder(table);
        for (ViewedTransaction transaction : transactions.value()) {
            rows.addRow(
                    transaction.transactionId(),
                    transaction.isolationLevel(),
                    transaction.readOnly(),
                    transaction.autoCommitContext(),
                    packDateTimeWithZone(transaction.createTime().toEpochMilli(), UTC_KEY),
                    transaction.idleSeconds(),
                    transaction.writtenCatalog().orElse(null),
                    createStringsBlock(transaction.catalogs()));
        }
        return rows.build().cursor();
    }
}
