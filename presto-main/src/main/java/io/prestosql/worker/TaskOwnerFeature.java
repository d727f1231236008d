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
package io.prestosql.worker;

import com.google.inject.Inject;
import io.trino.server.TaskResource;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;

import static java.util.Objects.requireNonNull;

/**
 * Puts {@link TaskOwnerFilter} in front of the engine's task resource, after the check that the request comes from a node of the cluster.
 */
public class TaskOwnerFeature
        implements DynamicFeature
{
    private final TaskOwnerFilter filter;

    @Inject
    public TaskOwnerFeature(TaskOwnerFilter filter)
    {
        this.filter = requireNonNull(filter, "filter is null");
    }

    @Override
    public void configure(ResourceInfo resourceInfo, FeatureContext context)
    {
        if (TaskResource.class.isAssignableFrom(resourceInfo.getResourceClass())) {
            context.register(filter, Priorities.USER);
        }
    }
}
