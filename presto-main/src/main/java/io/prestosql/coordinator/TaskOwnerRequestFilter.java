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
import io.airlift.http.client.HttpRequestFilter;
import io.airlift.http.client.Request;
import io.airlift.http.server.HttpServerInfo;
import io.airlift.node.NodeInfo;
import io.prestosql.node.InternalAddresses;
import io.prestosql.protocol.TaskOwner;

import static io.airlift.http.client.Request.Builder.fromRequest;

/**
 * Adds to each request for a task the identity of this coordinator's process, which owns the task.
 */
public class TaskOwnerRequestFilter
        implements HttpRequestFilter
{
    private final String owner;

    @Inject
    public TaskOwnerRequestFilter(
            NodeInfo nodeInfo,
            HttpServerInfo serverInfo,
            InternalAddresses addresses,
            CoordinatorLeaseConfig leaseConfig)
    {
        this.owner = new TaskOwner(
                nodeInfo.getNodeId(),
                nodeInfo.getInstanceId(),
                addresses.of(serverInfo),
                leaseConfig.getLeaseDuration().toMillis()).toHeader();
    }

    @Override
    public Request filterRequest(Request request)
    {
        return fromRequest(request)
                .setHeader(TaskOwner.HEADER, owner)
                .build();
    }
}
