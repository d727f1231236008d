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
import io.opentelemetry.context.Context;
import io.trino.Session;
import io.trino.client.NodeVersion;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchInfo;
import io.trino.dispatcher.FailedDispatchQuery;
import io.trino.dispatcher.FailedDispatchQueryFactory;
import io.trino.event.QueryMonitor;
import io.trino.execution.LocationFactory;
import io.trino.execution.QueryInfo;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.Executor;

import static java.util.Objects.requireNonNull;

/**
 * Gives queries that fail before the engine has created them their submission times, too.
 */
public class SubmittedFailedQueryFactory
        extends FailedDispatchQueryFactory
{
    private final QueryMonitor queryMonitor;
    private final LocationFactory locationFactory;
    private final Executor executor;
    private final NodeVersion version;

    @Inject
    public SubmittedFailedQueryFactory(QueryMonitor queryMonitor, LocationFactory locationFactory, DispatchExecutor dispatchExecutor, NodeVersion version)
    {
        super(queryMonitor, locationFactory, dispatchExecutor, version);
        this.queryMonitor = requireNonNull(queryMonitor, "queryMonitor is null");
        this.locationFactory = requireNonNull(locationFactory, "locationFactory is null");
        this.executor = dispatchExecutor.getExecutor();
        this.version = requireNonNull(version, "version is null");
    }

    @Override
    public FailedDispatchQuery createFailedDispatchQuery(Session session, String query, Optional<String> preparedQuery, Optional<ResourceGroupId> resourceGroup, Throwable throwable)
    {
        FailedDispatchQuery failedQuery = createUntold(session, query, preparedQuery, resourceGroup, throwable);
        queryMonitor.queryCreatedEvent(failedQuery.getBasicQueryInfo());
        return failedQuery;
    }

    /**
     * Creates the query without telling event listeners.
     */
    protected FailedDispatchQuery createUntold(Session session, String query, Optional<String> preparedQuery, Optional<ResourceGroupId> resourceGroup, Throwable throwable)
    {
        URI self = locationFactory.createQueryLocation(session.getQueryId());
        return SubmissionTime.fromContext(Context.current())
                .<FailedDispatchQuery>map(time -> new SubmittedFailedQuery(time, session, query, preparedQuery, self, resourceGroup, throwable, executor, version))
                .orElseGet(() -> new FailedDispatchQuery(session, query, preparedQuery, self, resourceGroup, throwable, executor, version));
    }

    private static class SubmittedFailedQuery
            extends FailedDispatchQuery
    {
        private final SubmissionTime time;

        private SubmittedFailedQuery(
                SubmissionTime time,
                Session session,
                String query,
                Optional<String> preparedQuery,
                URI self,
                Optional<ResourceGroupId> resourceGroup,
                Throwable cause,
                Executor executor,
                NodeVersion version)
        {
            super(session, query, preparedQuery, self, resourceGroup, cause, executor, version);
            this.time = requireNonNull(time, "time is null");
        }

        @Override
        public BasicQueryInfo getBasicQueryInfo()
        {
            return time.applyTo(super.getBasicQueryInfo());
        }

        @Override
        public QueryInfo getFullQueryInfo()
        {
            return time.applyTo(super.getFullQueryInfo());
        }

        @Override
        public DispatchInfo getDispatchInfo()
        {
            DispatchInfo info = super.getDispatchInfo();
            return DispatchInfo.failed(info.getFailureInfo().orElseThrow(), time.withWait(info.getElapsedTime()), time.withWait(info.getQueuedTime()));
        }
    }
}
