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
package io.prestosql.queries;

import com.google.inject.Inject;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.trino.Session;
import io.trino.server.QuerySessionSupplier;
import io.trino.server.SessionContext;
import io.trino.server.SessionSupplier;
import io.trino.spi.QueryId;

import static java.util.Objects.requireNonNull;

/**
 * Creates sessions that start when their query was submitted. {@code now()} returns that time.
 */
public class SubmissionSessionSupplier
        implements SessionSupplier
{
    private final QuerySessionSupplier delegate;

    @Inject
    public SubmissionSessionSupplier(QuerySessionSupplier delegate)
    {
        this.delegate = requireNonNull(delegate, "delegate is null");
    }

    @Override
    public Session createSession(QueryId queryId, Span querySpan, SessionContext context)
    {
        Session session = delegate.createSession(queryId, querySpan, context);
        return SubmissionTime.fromContext(Context.current())
                .map(time -> Session.builder(session)
                        // the builder does not copy these
                        .setQuerySpan(querySpan)
                        .setResourceEstimates(session.getResourceEstimates())
                        .setStart(time.submitted())
                        .build())
                .orElse(session);
    }
}
