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
package io.prestosql.protocol;

import com.google.common.collect.ImmutableList;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.List;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A dispatcher's question whether a query that waits in its queue is wrong. It starts nothing.
 *
 * @param request the client's request
 * @param resourceGroup the segments of the resource group in which the query waits
 * @param timeoutMillis how long the coordinator may take
 */
public record AnalysisRequest(ClientRequest request, List<String> resourceGroup, long timeoutMillis)
{
    public AnalysisRequest
    {
        requireNonNull(request, "request is null");
        resourceGroup = ImmutableList.copyOf(resourceGroup);
        checkArgument(timeoutMillis > 0, "timeoutMillis is not positive");
    }

    public ResourceGroupId resourceGroupId()
    {
        return new ResourceGroupId(resourceGroup);
    }
}
