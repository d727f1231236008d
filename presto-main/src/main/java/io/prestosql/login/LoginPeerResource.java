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
package io.prestosql.login;

import com.google.inject.Inject;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;

import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Lets dispatchers tell each other how log-ins have ended. The calls need the cluster's shared secret.
 */
@Path("/v1/dispatcher/login/{authIdHash}")
@ResourceSecurity(INTERNAL_ONLY)
public class LoginPeerResource
{
    private final PendingLogins logins;

    @Inject
    public LoginPeerResource(PendingLogins logins)
    {
        this.logins = requireNonNull(logins, "logins is null");
    }

    @PUT
    @Consumes(APPLICATION_JSON)
    public void tell(@PathParam("authIdHash") String authIdHash, TokenOutcome outcome)
    {
        logins.end(authIdHash, outcome);
    }

    @GET
    @Produces(APPLICATION_JSON)
    public TokenOutcome find(@PathParam("authIdHash") String authIdHash)
    {
        return logins.find(authIdHash).orElseThrow(NotFoundException::new);
    }

    @DELETE
    public void drop(@PathParam("authIdHash") String authIdHash)
    {
        logins.drop(authIdHash);
    }
}
