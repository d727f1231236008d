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
import io.opentelemetry.context.Context;
import io.trino.Session;
import io.trino.dispatcher.DispatchQuery;
import io.trino.dispatcher.DispatchQueryFactory;
import io.trino.dispatcher.LocalDispatchQueryFactory;
import io.trino.execution.QueryPreparer.PreparedQuery;
import io.trino.server.protocol.Slug;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.transaction.TransactionId;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Creates the engine's objects for assigned queries, with times that count from their submission.
 */
public class SubmittedDispatchQueryFactory
        implements DispatchQueryFactory
{
    private final LocalDispatchQueryFactory delegate;
    private final KnownQueries queries;

    @Inject
    public SubmittedDispatchQueryFactory(LocalDispatchQueryFactory delegate, KnownQueries queries)
    {
        this.delegate = requireNonNull(delegate, "delegate is null");
        this.queries = requireNonNull(queries, "queries is null");
    }

    @Override
    public DispatchQuery createDispatchQuery(
            Session session,
            Optional<TransactionId> existingTransactionId,
            String query,
            PreparedQuery preparedQuery,
            Slug slug,
            ResourceGroupId resourceGroup)
    {
        Optional<AssignedQuery> assigned = AssignedQuery.fromContext(Context.current());
        // event listeners are told of the query during its creation
        assigned.ifPresent(queries::add);
        DispatchQuery dispatchQuery = delegate.createDispatchQuery(session, existingTransactionId, query, preparedQuery, slug, resourceGroup);
        return assigned.<DispatchQuery>map(known -> new SubmittedDispatchQuery(dispatchQuery, known)).orElse(dispatchQuery);
    }
}
