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

import com.google.inject.Binder;
import com.google.inject.Module;
import io.prestosql.node.NodeRoles;
import io.prestosql.queries.SubmittedFailedQueryFactory;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQueryFactory;
import io.trino.dispatcher.FailedDispatchQueryFactory;
import io.trino.event.QueryMonitor;
import io.trino.execution.QueryManager;
import io.trino.execution.RemoteTaskFactory;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.server.DynamicFilterService;

import static java.util.Objects.requireNonNull;

/**
 * Replaces parts of the engine on a coordinator, whose queries come from dispatchers. {@code developer/engine.md} lists them with reasons.
 */
public class AssignedQueriesReplacementsModule
        implements Module
{
    private final NodeRoles roles;

    public AssignedQueriesReplacementsModule(NodeRoles roles)
    {
        this.roles = requireNonNull(roles, "roles is null");
    }

    @Override
    public void configure(Binder binder)
    {
        if (!roles.isDispatcher()) {
            binder.bind(ResourceGroupManager.class).to(AssignedResourceGroupManager.class);
        }
        binder.bind(DispatchManager.class).to(AssignedDispatchManager.class);
        binder.bind(DispatchQueryFactory.class).to(SubmittedDispatchQueryFactory.class);
        binder.bind(FailedDispatchQueryFactory.class).to(SubmittedFailedQueryFactory.class);
        binder.bind(QueryManager.class).to(SubmissionQueryManager.class);
        binder.bind(QueryMonitor.class).to(AssignedQueryMonitor.class);
        binder.bind(RemoteTaskFactory.class).to(RunTaskFactory.class);
        binder.bind(DynamicFilterService.class).to(RunDynamicFilterService.class);
    }
}
