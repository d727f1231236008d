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
package io.prestosql.dispatcher.statement;

import io.trino.server.security.ResourceSecurity;
import io.trino.spi.QueryId;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;

/**
 * Answers requests about executing queries that no coordinator has, as a coordinator does. In a process that is a coordinator, the engine's
 * own resource answers.
 */
@Path("/v1/statement/executing")
@ResourceSecurity(PUBLIC)
public class UnknownQueryResource
{
    @GET
    @Path("{queryId}/{slug}/{token}")
    public Response get(@PathParam("queryId") QueryId queryId, @PathParam("slug") String slug, @PathParam("token") long token)
    {
        throw new NotFoundException("Query not found");
    }

    @HEAD
    @Path("{queryId}/{slug}/{token}")
    public Response heartbeat(@PathParam("queryId") QueryId queryId, @PathParam("slug") String slug, @PathParam("token") long token)
    {
        throw new NotFoundException("Query not found");
    }

    @DELETE
    @Path("{queryId}/{slug}/{token}")
    public Response cancel(@PathParam("queryId") QueryId queryId, @PathParam("slug") String slug, @PathParam("token") long token)
    {
        throw new NotFoundException("Query not found");
    }

    @DELETE
    @Path("partialCancel/{queryId}/{stage}/{slug}/{token}")
    public Response partialCancel(@PathParam("queryId") QueryId queryId, @PathParam("stage") int stage, @PathParam("slug") String slug, @PathParam("token") long token)
    {
        throw new NotFoundException("Query not found");
    }
}
