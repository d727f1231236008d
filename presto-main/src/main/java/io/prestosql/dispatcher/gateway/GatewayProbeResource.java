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
package io.prestosql.dispatcher.gateway;

import com.google.inject.Inject;
import io.prestosql.rpc.RetryLater;
import io.trino.server.StartupStatus;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static java.util.Objects.requireNonNull;

/**
 * Answers probes that expect Trino Gateway. They say no more than {@code /v1/info}, which is public, too.
 */
@Path("/trino-gateway")
@ResourceSecurity(PUBLIC)
public class GatewayProbeResource
{
    private final StartupStatus startupStatus;

    @Inject
    public GatewayProbeResource(StartupStatus startupStatus)
    {
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
    }

    @GET
    @Path("livez")
    public Response isAlive()
    {
        return Response.ok("ok").build();
    }

    @GET
    @Path("readyz")
    public Response isReady()
    {
        return startupStatus.isStartupComplete() ? isAlive() : RetryLater.response("The dispatcher is still starting");
    }
}
