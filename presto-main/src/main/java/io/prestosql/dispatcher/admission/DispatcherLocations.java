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

import io.airlift.http.server.HttpServerInfo;
import io.trino.execution.LocationFactory;
import io.trino.execution.TaskId;
import io.trino.metadata.InternalNode;
import io.trino.spi.QueryId;

import java.net.URI;

import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static java.util.Objects.requireNonNull;

/**
 * Builds the addresses of queries on a dispatcher, the only ones that the engine asks a dispatcher for.
 */
public record DispatcherLocations(HttpServerInfo httpServerInfo)
        implements LocationFactory
{
    public DispatcherLocations
    {
        requireNonNull(httpServerInfo, "httpServerInfo is null");
    }

    @Override
    public URI createQueryLocation(QueryId queryId)
    {
        URI server = httpServerInfo.getHttpsExternalUri() != null ? httpServerInfo.getHttpsExternalUri() : httpServerInfo.getHttpExternalUri();
        return uriBuilderFrom(server)
                .appendPath("/v1/query")
                .appendPath(queryId.toString())
                .build();
    }

    @Override
    public URI createLocalTaskLocation(TaskId taskId)
    {
        throw new UnsupportedOperationException("A dispatcher has no tasks");
    }

    @Override
    public URI createTaskLocation(InternalNode node, TaskId taskId)
    {
        throw new UnsupportedOperationException("A dispatcher has no tasks");
    }

    @Override
    public URI createMemoryInfoLocation(InternalNode node)
    {
        throw new UnsupportedOperationException("A dispatcher does not manage memory");
    }
}
