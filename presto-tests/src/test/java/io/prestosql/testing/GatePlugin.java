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
package io.prestosql.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.testing.Gates.Visit;
import io.trino.spi.Page;
import io.trino.spi.Plugin;
import io.trino.spi.block.LongArrayBlock;
import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.Connector;
import io.trino.spi.connector.ConnectorContext;
import io.trino.spi.connector.ConnectorFactory;
import io.trino.spi.connector.ConnectorMetadata;
import io.trino.spi.connector.ConnectorPageSource;
import io.trino.spi.connector.ConnectorPageSourceProvider;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorSplit;
import io.trino.spi.connector.ConnectorSplitManager;
import io.trino.spi.connector.ConnectorSplitSource;
import io.trino.spi.connector.ConnectorTableHandle;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTableVersion;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.Constraint;
import io.trino.spi.connector.DynamicFilter;
import io.trino.spi.connector.FixedSplitSource;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.SourcePage;
import io.trino.spi.transaction.IsolationLevel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import static io.trino.spi.type.BigintType.BIGINT;
import static java.util.Objects.requireNonNull;

/**
 * A connector whose schema {@code default} has a table of any name. A read blocks, without a processor or a thread, while the
 * {@linkplain Gates gate} of the table's name is closed. Then it returns one row.
 */
public final class GatePlugin
        implements Plugin
{
    private final Gates gates;

    public GatePlugin(Gates gates)
    {
        this.gates = requireNonNull(gates, "gates is null");
    }

    @Override
    public Iterable<ConnectorFactory> getConnectorFactories()
    {
        return ImmutableList.of(new ConnectorFactory()
        {
            @Override
            public String getName()
            {
                return "gate";
            }

            @Override
            public Connector create(String catalogName, Map<String, String> config, ConnectorContext context)
            {
                return new GateConnector(gates);
            }
        });
    }

    public enum GateTransaction
            implements ConnectorTransactionHandle
    {
        INSTANCE
    }

    public record GateTable(String name)
            implements ConnectorTableHandle {}

    public record GateColumn(String name)
            implements ColumnHandle {}

    public record GateSplit(int number)
            implements ConnectorSplit
    {
        @Override
        public long getRetainedSizeInBytes()
        {
            return Integer.BYTES;
        }
    }

    private record GateConnector(Gates gates)
            implements Connector
    {
        @Override
        public ConnectorTransactionHandle beginTransaction(IsolationLevel isolationLevel, boolean readOnly, boolean autoCommit)
        {
            return GateTransaction.INSTANCE;
        }

        @Override
        public ConnectorMetadata getMetadata(ConnectorSession session, ConnectorTransactionHandle transaction)
        {
            return new GateMetadata();
        }

        @Override
        public ConnectorSplitManager getSplitManager()
        {
            return new ConnectorSplitManager()
            {
                @Override
                public ConnectorSplitSource getSplits(ConnectorTransactionHandle transaction, ConnectorSession session, ConnectorTableHandle table, DynamicFilter dynamicFilter, Constraint constraint)
                {
                    return new FixedSplitSource(new GateSplit(0));
                }
            };
        }

        @Override
        public ConnectorPageSourceProvider getPageSourceProvider()
        {
            return (_, _, _, table, columns, _) -> new GatePageSource(gates, ((GateTable) table).name(), columns.size());
        }
    }

    private static class GateMetadata
            implements ConnectorMetadata
    {
        private static final String SCHEMA = "default";
        private static final String COLUMN = "x";

        @Override
        public List<String> listSchemaNames(ConnectorSession session)
        {
            return ImmutableList.of(SCHEMA);
        }

        @Override
        public ConnectorTableHandle getTableHandle(
                ConnectorSession session,
                SchemaTableName tableName,
                Optional<ConnectorTableVersion> startVersion,
                Optional<ConnectorTableVersion> endVersion)
        {
            return tableName.getSchemaName().equals(SCHEMA) ? new GateTable(tableName.getTableName()) : null;
        }

        @Override
        public ConnectorTableMetadata getTableMetadata(ConnectorSession session, ConnectorTableHandle table)
        {
            return new ConnectorTableMetadata(new SchemaTableName(SCHEMA, ((GateTable) table).name()), ImmutableList.of(new ColumnMetadata(COLUMN, BIGINT)));
        }

        @Override
        public Map<String, ColumnHandle> getColumnHandles(ConnectorSession session, ConnectorTableHandle table)
        {
            return ImmutableMap.of(COLUMN, new GateColumn(COLUMN));
        }

        @Override
        public ColumnMetadata getColumnMetadata(ConnectorSession session, ConnectorTableHandle table, ColumnHandle column)
        {
            return new ColumnMetadata(COLUMN, BIGINT);
        }
    }

    private static class GatePageSource
            implements ConnectorPageSource
    {
        private final Gates gates;
        private final String name;
        private final int columns;
        private final Visit visit;
        private boolean finished;
        private boolean closed;

        public GatePageSource(Gates gates, String name, int columns)
        {
            this.gates = requireNonNull(gates, "gates is null");
            this.name = requireNonNull(name, "name is null");
            this.columns = columns;
            this.visit = gates.enter(name);
        }

        @Override
        public CompletableFuture<?> isBlocked()
        {
            // a reader that stops waiting must cancel only its own future
            return visit.changed().copy();
        }

        @Override
        public boolean isFinished()
        {
            return finished;
        }

        @Override
        public SourcePage getNextSourcePage()
        {
            if (finished || !visit.isOpen()) {
                return null;
            }
            finished = true;
            LongArrayBlock[] blocks = new LongArrayBlock[columns];
            for (int i = 0; i < columns; i++) {
                blocks[i] = new LongArrayBlock(1, Optional.empty(), new long[] {42});
            }
            return SourcePage.create(new Page(1, blocks));
        }

        @Override
        public long getCompletedBytes()
        {
            return 0;
        }

        @Override
        public long getReadTimeNanos()
        {
            return 0;
        }

        @Override
        public long getMemoryUsage()
        {
            return closed ? 0 : visit.held();
        }

        @Override
        public void close()
        {
            if (!closed) {
                closed = true;
                gates.leave(name);
            }
        }
    }
}
