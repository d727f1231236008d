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
import io.prestosql.queries.ShortTexts;
import io.prestosql.queries.SubmittedFailedQueryFactory;
import io.trino.Session;
import io.trino.client.NodeVersion;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.FailedDispatchQuery;
import io.trino.execution.LocationFactory;
import io.trino.metadata.SessionPropertyManager;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.Optional;

import static io.prestosql.protocol.SubmittedQuery.CONDENSED_LENGTH;
import static java.util.Objects.requireNonNull;

/**
 * Makes the queries that failed before they came into a resource group, with short texts. The engine keeps the texts in its history as they
 * are, and cuts a statement that is too long at any character. Half of a surrogate pair, which JSON does not allow, would keep the list of
 * all queries from being shown.
 */
public class ShortFailedQueryFactory
        extends SubmittedFailedQueryFactory
{
    private static final ShortTexts TEXTS = new ShortTexts(CONDENSED_LENGTH);

    private final SessionPropertyManager sessionPropertyManager;

    @Inject
    public ShortFailedQueryFactory(
            QueuedQueryMonitor queryMonitor,
            LocationFactory locationFactory,
            DispatchExecutor dispatchExecutor,
            NodeVersion version,
            SessionPropertyManager sessionPropertyManager)
    {
        super(queryMonitor, locationFactory, dispatchExecutor, version);
        this.sessionPropertyManager = requireNonNull(sessionPropertyManager, "sessionPropertyManager is null");
    }

    @Override
    public FailedDispatchQuery createFailedDispatchQuery(Session session, String query, Optional<String> preparedQuery, Optional<ResourceGroupId> resourceGroup, Throwable throwable)
    {
        String whole = withoutHalfPair(query);
        FailedDispatchQuery told = super.createFailedDispatchQuery(session, whole, preparedQuery, resourceGroup, throwable);
        Session kept = ShortSession.of(session, sessionPropertyManager);
        if (kept == session && whole.length() <= CONDENSED_LENGTH && preparedQuery.map(String::length).orElse(0) <= CONDENSED_LENGTH) {
            return told;
        }
        return createUntold(kept, TEXTS.apply(whole), preparedQuery.map(TEXTS::apply), resourceGroup, throwable);
    }

    private static String withoutHalfPair(String text)
    {
        return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1)) ? text.substring(0, text.length() - 1) : text;
    }
}
