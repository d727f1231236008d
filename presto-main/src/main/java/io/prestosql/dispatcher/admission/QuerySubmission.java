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

import io.opentelemetry.api.trace.Span;
import io.prestosql.protocol.SubmittedQuery;
import io.trino.server.SessionContext;
import io.trino.spi.QueryId;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A query on its way into the queue. The dispatcher that has the client's POST chooses the id, so that it can submit the query again when it
 * does not know whether the leader has it.
 *
 * @param sessionContext the session; empty when the client's request is at another dispatcher
 */
public record QuerySubmission(QueryId queryId, SubmittedQuery query, Optional<SessionContext> sessionContext, Span span)
{
    public QuerySubmission
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(query, "query is null");
        requireNonNull(sessionContext, "sessionContext is null");
        requireNonNull(span, "span is null");
    }
}
