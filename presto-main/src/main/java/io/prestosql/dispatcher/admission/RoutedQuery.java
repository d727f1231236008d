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
package io.prestosql.dispatcher.admission;

import io.prestosql.selection.core.ClusterRoute;
import io.prestosql.spi.selection.ClusterSelection;
import io.trino.execution.ManagedQueryExecution;
import io.trino.spi.QueryId;

import java.time.Instant;

/**
 * A query in a resource group that gets its turn only when a cluster has room for it.
 */
interface RoutedQuery
        extends ManagedQueryExecution
{
    QueryId queryId();

    /**
     * Returns the clusters that it may go to. If they change while it waits in its group, {@link GroupTurns#reroute} has to be called.
     */
    ClusterRoute clusterRoute();

    /**
     * Returns what the rules say, for a query of no transaction.
     */
    ClusterSelection selection();

    /**
     * Returns when the client submitted the query, according to the log.
     */
    Instant submitted();

    /**
     * Returns whether the query fails when it waits for its clusters too long.
     */
    boolean isWaitLimited();
}
