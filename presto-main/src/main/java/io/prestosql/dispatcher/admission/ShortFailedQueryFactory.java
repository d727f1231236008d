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

import com.google.inject.Inject;
import io.prestosql.queries.SubmittedFailedQueryFactory;
import io.trino.Session;
import io.trino.client.NodeVersion;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.FailedDispatchQuery;
import io.trino.execution.LocationFactory;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.Optional;

/**
 * Makes the queries that have failed before they came into a resource group. The engine cuts a statement that is too long wherever it may be; half of a
 * surrogate pair, which JSON does not take, would keep the list of all queries from being shown.
 */
public class ShortFailedQueryFactory
        extends SubmittedFailedQueryFactory
{
    @Inject
    public ShortFailedQueryFactory(QueuedQueryMonitor queryMonitor, LocationFactory locationFactory, DispatchExecutor dispatchExecutor, NodeVersion version)
    {
        super(queryMonitor, locationFactory, dispatchExecutor, version);
    }

    @Override
    public FailedDispatchQuery createFailedDispatchQuery(Session session, String query, Optional<String> preparedQuery, Optional<ResourceGroupId> resourceGroup, Throwable throwable)
    {
        return super.createFailedDispatchQuery(session, withoutHalfPair(query), preparedQuery, resourceGroup, throwable);
    }

    private static String withoutHalfPair(String text)
    {
        return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1)) ? text.substring(0, text.length() - 1) : text;
    }
}
