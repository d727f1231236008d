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
import io.opentelemetry.api.trace.Tracer;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQueryFactory;
import io.trino.dispatcher.FailedDispatchQueryFactory;
import io.trino.event.QueryMonitor;
import io.trino.execution.QueryIdGenerator;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.QueryPreparer;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AccessControl;
import io.trino.security.ForwardingAccessControl;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.SessionSupplier;
import io.trino.spi.QueryId;
import io.trino.spi.security.Identity;

import static java.util.Objects.requireNonNull;

/**
 * The engine's dispatch manager without the check whether the user may run queries. The dispatcher checks that before the query waits.
 */
public class AssignedDispatchManager
        extends DispatchManager
{
    @Inject
    public AssignedDispatchManager(
            QueryIdGenerator queryIdGenerator,
            QueryPreparer queryPreparer,
            @SuppressWarnings("rawtypes") ResourceGroupManager resourceGroupManager,
            DispatchQueryFactory dispatchQueryFactory,
            FailedDispatchQueryFactory failedDispatchQueryFactory,
            AccessControl accessControl,
            SessionSupplier sessionSupplier,
            SessionPropertyDefaults sessionPropertyDefaults,
            SessionPropertyManager sessionPropertyManager,
            Tracer tracer,
            QueryManagerConfig queryManagerConfig,
            DispatchExecutor dispatchExecutor,
            QueryMonitor queryMonitor)
    {
        super(
                queryIdGenerator,
                queryPreparer,
                resourceGroupManager,
                dispatchQueryFactory,
                failedDispatchQueryFactory,
                new AskedByDispatcher(accessControl),
                sessionSupplier,
                sessionPropertyDefaults,
                sessionPropertyManager,
                tracer,
                queryManagerConfig,
                dispatchExecutor,
                queryMonitor);
    }

    private static class AskedByDispatcher
            extends ForwardingAccessControl
    {
        private final AccessControl delegate;

        private AskedByDispatcher(AccessControl delegate)
        {
            this.delegate = requireNonNull(delegate, "delegate is null");
        }

        @Override
        protected AccessControl delegate()
        {
            return delegate;
        }

        @Override
        public void checkCanExecuteQuery(Identity identity, QueryId queryId) {}
    }
}
