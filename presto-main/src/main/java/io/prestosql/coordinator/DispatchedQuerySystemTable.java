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
import io.airlift.slice.Slice;
import io.trino.connector.system.QuerySystemTable;
import io.trino.dispatcher.DispatchManager;
import io.trino.security.AccessControl;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.RecordCursor;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.predicate.TupleDomain;
import io.trino.spi.type.Type;

import java.util.List;
import java.util.Optional;

import static io.trino.connector.system.QuerySystemTable.QUERY_TABLE;
import static io.trino.spi.type.DateTimeEncoding.packDateTimeWithZone;
import static io.trino.spi.type.DateTimeEncoding.unpackMillisUtc;
import static io.trino.spi.type.TimeZoneKey.UTC_KEY;
import static java.util.Objects.requireNonNull;

/**
 * {@code system.runtime.queries} with the time that a query has spent in the dispatcher's queue: the engine knows the query only since
 * it came here.
 */
public class DispatchedQuerySystemTable
        implements SystemTable
{
    private static final int QUERY_ID = column("query_id");
    private static final int QUEUED_TIME = column("queued_time_ms");
    private static final int CREATED = column("created");

    private final QuerySystemTable delegate;
    private final DispatchedQueries dispatchedQueries;

    @Inject
    public DispatchedQuerySystemTable(DispatchManager dispatchManager, AccessControl accessControl, DispatchedQueries dispatchedQueries)
    {
        this.delegate = new QuerySystemTable(Optional.of(dispatchManager), accessControl);
        this.dispatchedQueries = requireNonNull(dispatchedQueries, "dispatchedQueries is null");
    }

    private static int column(String name)
    {
        List<String> names = QUERY_TABLE.getColumns().stream()
                .map(ColumnMetadata::getName)
                .toList();
        int column = names.indexOf(name);
        if (column < 0) {
            throw new IllegalStateException("The engine's table %s has no column %s".formatted(QUERY_TABLE.getTable(), name));
        }
        return column;
    }

    @Override
    public Distribution getDistribution()
    {
        return delegate.getDistribution();
    }

    @Override
    public ConnectorTableMetadata getTableMetadata()
    {
        return delegate.getTableMetadata();
    }

    @Override
    public RecordCursor cursor(ConnectorTransactionHandle transactionHandle, ConnectorSession session, TupleDomain<Integer> constraint)
    {
        return new QueuedTimeCursor(delegate.cursor(transactionHandle, session, constraint), dispatchedQueries);
    }

    private record QueuedTimeCursor(RecordCursor delegate, DispatchedQueries dispatchedQueries)
            implements RecordCursor
    {
        @Override
        public long getLong(int field)
        {
            long value = delegate.getLong(field);
            if (field == QUEUED_TIME) {
                return value + queuedMillis();
            }
            if (field == CREATED) {
                return packDateTimeWithZone(unpackMillisUtc(value) - queuedMillis(), UTC_KEY);
            }
            return value;
        }

        private long queuedMillis()
        {
            return dispatchedQueries.getQueuedMillis(delegate.getSlice(QUERY_ID).toStringUtf8()).orElse(0L);
        }

        @Override
        public long getCompletedBytes()
        {
            return delegate.getCompletedBytes();
        }

        @Override
        public long getReadTimeNanos()
        {
            return delegate.getReadTimeNanos();
        }

        @Override
        public Type getType(int field)
        {
            return delegate.getType(field);
        }

        @Override
        public boolean advanceNextPosition()
        {
            return delegate.advanceNextPosition();
        }

        @Override
        public boolean getBoolean(int field)
        {
            return delegate.getBoolean(field);
        }

        @Override
        public double getDouble(int field)
        {
            return delegate.getDouble(field);
        }

        @Override
        public Slice getSlice(int field)
        {
            return delegate.getSlice(field);
        }

        @Override
        public Object getObject(int field)
        {
            return delegate.getObject(field);
        }

        @Override
        public boolean isNull(int field)
        {
            return delegate.isNull(field);
        }

        @Override
        public void close()
        {
            delegate.close();
        }
    }
}
