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
 * Hands assigned queries to the engine.
 */
public interface QueryStarter
{
    /**
     * Whether a query of that id is still known there, running or not: it cannot be started.
     */
    boolean isKnown(QueryId queryId);

    /**
     * Starts the query, unless it is stopped before. Does not throw: what goes wrong is the query's failure.
     *
     * @param traceContext what the query's span goes on from
     * @param changed is called, in any thread, when there may be something new about the query
     */
    void start(AssignedQuery query, ClientRequest request, Optional<TraceContext> traceContext, Consumer<AssignedQuery> changed);
}
