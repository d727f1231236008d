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
package io.prestosql.querylog;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import jakarta.validation.constraints.NotNull;

/**
 * The store of the query log.
 */
public class QueryLogConfig
{
    public enum Store
    {
        /** Nowhere: the log ends with the process. */
        MEMORY,
        /** On the disks of the dispatchers themselves. */
        EMBEDDED,
        /** In a database that the dispatchers share. */
        POSTGRESQL,
    }

    private Store store = Store.EMBEDDED;

    @NotNull
    public Store getStore()
    {
        return store;
    }

    @Config("query-log.store")
    @ConfigDescription("Where the queue is kept: memory, embedded or postgresql")
    public QueryLogConfig setStore(Store store)
    {
        this.store = store;
        return this;
    }
}
