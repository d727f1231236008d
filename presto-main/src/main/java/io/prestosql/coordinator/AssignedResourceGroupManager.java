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
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.server.ResourceGroupInfo;
import io.trino.spi.TrinoException;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManagerFactory;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.spi.resourcegroups.SelectionContext;
import io.trino.spi.resourcegroups.SelectionCriteria;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

import static io.trino.spi.StandardErrorCode.QUERY_REJECTED;
import static java.util.Objects.requireNonNull;

/**
 * Starts assigned queries at once: a coordinator has no queue, and the dispatcher has admitted the query to its resource group.
 * <p>
 * The configuration goes to the engine's manager, which a dispatcher in the same process uses.
 */
public class AssignedResourceGroupManager
        implements ResourceGroupManager<AssignedQuery>
{
    private final InternalResourceGroupManager<?> configured;
    private final DispatcherPresence dispatcherPresence;

    @Inject
    public AssignedResourceGroupManager(@SuppressWarnings("rawtypes") InternalResourceGroupManager configured, DispatcherPresence dispatcherPresence)
    {
        this.configured = requireNonNull(configured, "configured is null");
        this.dispatcherPresence = requireNonNull(dispatcherPresence, "dispatcherPresence is null");
    }

    @Override
    public SelectionContext<AssignedQuery> selectGroup(SelectionCriteria criteria)
    {
        AssignedQuery query = AssignedQuery.fromContext(Context.current())
                .orElseThrow(() -> new TrinoException(QUERY_REJECTED, "This coordinator takes queries from dispatchers only"));
        return new SelectionContext<>(query.resourceGroup(), query);
    }

    @Override
    public void submit(ManagedQueryExecution queryExecution, SelectionContext<AssignedQuery> selectionContext, Executor executor)
    {
        if (selectionContext.getContext().tryStart(queryExecution)) {
            executor.execute(queryExecution::startWaitingForResources);
        }
    }

    @Override
    public void addConfigurationManagerFactory(ResourceGroupConfigurationManagerFactory factory)
    {
        configured.addConfigurationManagerFactory(factory);
    }

    @Override
    public void loadConfigurationManager()
            throws Exception
    {
        if (dispatcherPresence.isPresent()) {
            configured.loadConfigurationManager();
        }
    }

    @Override
    public Optional<ResourceGroupInfo> tryGetResourceGroupInfo(ResourceGroupId id)
    {
        return configured.tryGetResourceGroupInfo(id);
    }

    @Override
    public Optional<List<ResourceGroupInfo>> tryGetPathToRoot(ResourceGroupId id)
    {
        return configured.tryGetPathToRoot(id);
    }
}
