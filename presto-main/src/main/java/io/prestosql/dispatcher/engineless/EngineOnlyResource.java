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
package io.prestosql.dispatcher.engineless;

import com.google.common.collect.ImmutableMap;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

import java.util.Map;

import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_READ;
import static jakarta.ws.rs.core.Response.Status.NOT_FOUND;

/**
 * Answers requests for resources that only nodes with an engine have: with status 404, the reason, and where to look instead.
 */
@Path("/v1/{resource: announcement|maxActiveSplits|memory|node|service|spooled|store|task}{rest: (/.*)?}")
@ResourceSecurity(MANAGEMENT_READ)
public class EngineOnlyResource
{
    private static final String NO_TASKS = "it runs no tasks, ask a coordinator or a worker";
    private static final String NO_DISCOVERY = "the discovery servers are the coordinators, which 'discovery.uri' has to list";
    private static final Map<String, String> REASONS = ImmutableMap.<String, String>builder()
            .put("announcement", NO_DISCOVERY)
            .put("service", NO_DISCOVERY)
            .put("store", NO_DISCOVERY)
            .put("node", "each coordinator watches the nodes for itself; all of them are in system.runtime.nodes")
            .put("maxActiveSplits", NO_TASKS)
            .put("memory", NO_TASKS)
            .put("task", NO_TASKS)
            .put("spooled", "it passes on /v1/spooled/download/ID and /v1/spooled/ack/ID, and no other path or method")
            .buildOrThrow();

    @GET
    public Response get(@PathParam("resource") String resource)
    {
        return refuse(resource);
    }

    @HEAD
    public Response head(@PathParam("resource") String resource)
    {
        return refuse(resource);
    }

    @POST
    public Response post(@PathParam("resource") String resource)
    {
        return refuse(resource);
    }

    @PUT
    public Response put(@PathParam("resource") String resource)
    {
        return refuse(resource);
    }

    @DELETE
    public Response delete(@PathParam("resource") String resource)
    {
        return refuse(resource);
    }

    private static Response refuse(String resource)
    {
        return Response.status(NOT_FOUND)
                .type(PLAIN_TEXT_UTF_8.toString())
                .entity("A dispatcher does not have /v1/%s: %s".formatted(resource, REASONS.get(resource)))
                .build();
    }
}
