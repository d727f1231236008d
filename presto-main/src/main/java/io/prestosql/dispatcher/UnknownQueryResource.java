package io.prestosql.dispatcher;

import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;

/**
 * Answers for executing queries that no coordinator has, as a coordinator does. A process that is a coordinator has the engine's own answer.
 */
@Path("/v1/statement/executing/{path: .*}")
@ResourceSecurity(PUBLIC)
public class UnknownQueryResource
{
    @GET
    public Response get()
    {
        throw new NotFoundException("Query not found");
    }

    @HEAD
    public Response heartbeat()
    {
        throw new NotFoundException("Query not found");
    }

    @DELETE
    public Response cancel()
    {
        throw new NotFoundException("Query not found");
    }
}
