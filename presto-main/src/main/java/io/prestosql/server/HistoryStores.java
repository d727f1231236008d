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
package io.prestosql.server;

import com.google.inject.Module;
import io.prestosql.history.MemoryHistoryModule;
import io.prestosql.history.postgresql.PostgresqlHistoryModule;
import io.prestosql.querylog.QueryLogConfig.Store;

/**
 * Knows where this server keeps the history of queries.
 */
public final class HistoryStores
{
    private HistoryStores() {}

    /**
     * Returns the module for a value of {@code query-log.store}.
     */
    public static Module moduleOf(Store store)
    {
        return switch (store) {
            case MEMORY, EMBEDDED -> new MemoryHistoryModule();
            case POSTGRESQL -> new PostgresqlHistoryModule();
        };
    }
}
