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
import io.prestosql.discovery.DispatcherAddresses;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static io.trino.server.security.ResourceSecurity.AccessType.AUTHENTICATED_USER;
import static java.util.Objects.requireNonNull;

/**
 * Refuses queries of clients on a coordinator that is not a dispatcher, and names the dispatchers.
 */
@Path("/v1/statement")
@ResourceSecurity(AUTHENTICATED_USER)
public class ClientRefusalResource
{
    private static final int MISDIRECTED_REQUEST = 421;

    private final DispatcherAddresses dispatchers;

    @Inject
    public ClientRefusalResource(DispatcherAddresses dispatchers)
    {
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
    }

    @HEAD
    public Response refuseHead()
    {
        return refuse();
    }

    @POST
    public Response refuse()
    {
        return Response.status(MISDIRECTED_REQUEST)
                .type(PLAIN_TEXT_UTF_8.toString())
                .entity("This node is a coordinator without the dispatcher role and takes no queries from clients: " + dispatchers.whereToSend())
                .build();
    }
}
