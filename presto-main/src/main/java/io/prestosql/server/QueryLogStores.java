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
import io.prestosql.querylog.MemoryQueryLogModule;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.querylog.embedded.EmbeddedQueryLogModule;
import io.prestosql.querylog.postgresql.PostgresqlQueryLogModule;

/**
 * Knows the stores of the query log that this server has.
 */
public final class QueryLogStores
{
    private QueryLogStores() {}

    /**
     * Returns the module for a value of {@code query-log.store}.
     */
    public static Module moduleOf(Store store)
    {
        return switch (store) {
            case MEMORY -> new MemoryQueryLogModule();
            case EMBEDDED -> new EmbeddedQueryLogModule();
            case POSTGRESQL -> new PostgresqlQueryLogModule();
        };
    }
}
