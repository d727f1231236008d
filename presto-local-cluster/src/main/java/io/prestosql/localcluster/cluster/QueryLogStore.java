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
package io.prestosql.localcluster.cluster;

import java.util.Locale;

/**
 * Where the dispatchers keep the queue.
 */
public enum QueryLogStore
{
    /** On their own disks. */
    EMBEDDED,
    /** In a PostgreSQL that is started with the cluster. */
    POSTGRESQL,
    /** In memory. */
    MEMORY;

    /**
     * Returns the value as {@code query-log.store} has it.
     */
    @Override
    public String toString()
    {
        return name().toLowerCase(Locale.ENGLISH);
    }
}
