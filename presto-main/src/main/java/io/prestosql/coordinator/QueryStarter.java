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

import io.prestosql.protocol.ClientRequest;
import io.prestosql.rpc.TraceContext;
import io.trino.spi.QueryId;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * Passes assigned queries to the engine.
 */
public interface QueryStarter
{
    /**
     * Returns whether the engine knows a query of that id, running or not. Such a query cannot be started.
     */
    boolean isKnown(QueryId queryId);

    /**
     * Starts the query, unless it is stopped first. Does not throw: an error becomes the query's failure.
     *
     * @param traceContext parent of the query's span
     * @param changed called, on any thread, when there may be news about the query
     */
    void start(AssignedQuery query, ClientRequest request, Optional<TraceContext> traceContext, Consumer<AssignedQuery> changed);
}
