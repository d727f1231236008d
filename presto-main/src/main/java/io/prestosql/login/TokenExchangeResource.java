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

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.server.ExternalUriInfo;
import io.trino.server.security.ResourceSecurity;
import io.trino.server.security.oauth2.OAuth2Service;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Response;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.AsyncResponseUtils.withFallbackAfterTimeout;
import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static io.trino.server.security.oauth2.OAuth2CallbackResource.CALLBACK_ENDPOINT;
import static io.trino.server.security.oauth2.OAuth2TokenExchange.MAX_POLL_TIME;
import static io.trino.server.security.oauth2.OAuth2TokenExchange.hashAuthId;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves clients that log in with OAuth2: they send the user's browser to the first path, and meanwhile poll the other one for the token.
 * Paths and answers are those of the engine's resource, which knows only what happens in its own process, and does not forget a token when
 * the client has it.
 */
@Path("/oauth2/token/")
@ResourceSecurity(PUBLIC)
public class TokenExchangeResource
{
    private final SharedTokenExchange exchange;
    private final OAuth2Service service;
    private final Executor responseExecutor;
    private final ScheduledExecutorService timeoutExecutor;

    @Inject
    public TokenExchangeResource(SharedTokenExchange exchange, OAuth2Service service, DispatchExecutor executor)
    {
        this.exchange = requireNonNull(exchange, "exchange is null");
        this.service = requireNonNull(service, "service is null");
        this.responseExecutor = executor.getExecutor();
        this.timeoutExecutor = executor.getScheduledExecutor();
    }

    @GET
    @Path("initiate/{authIdHash}")
    public Response initiate(@PathParam("authIdHash") String authIdHash, @BeanParam ExternalUriInfo externalUriInfo)
    {
        return service.startOAuth2Challenge(externalUriInfo.absolutePath(CALLBACK_ENDPOINT), Optional.of(authIdHash));
    }

    @GET
    @Path("{authId}")
    @Produces(APPLICATION_JSON)
    public void poll(@PathParam("authId") UUID authId, @BeanParam ExternalUriInfo externalUriInfo, @Suspended AsyncResponse asyncResponse)
    {
        URI nextUri = externalUriInfo.fullRequestUri();
        ListenableFuture<Map<String, String>> answer = transform(exchange.poll(hashAuthId(authId)), TokenExchangeResource::toAnswer, directExecutor());
        bindAsyncResponse(
                asyncResponse,
                withFallbackAfterTimeout(answer, MAX_POLL_TIME, () -> ImmutableMap.of("nextUri", nextUri.toString()), timeoutExecutor),
                responseExecutor);
    }

    private static Map<String, String> toAnswer(TokenOutcome outcome)
    {
        return outcome.token()
                .map(token -> ImmutableMap.of("token", token))
                .orElseGet(() -> ImmutableMap.of("error", outcome.error().orElseThrow()));
    }

    @DELETE
    @Path("{authId}")
    public Response drop(@PathParam("authId") UUID authId)
    {
        exchange.drop(hashAuthId(authId));
        return Response.ok().build();
    }
}
