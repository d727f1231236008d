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
package io.prestosql.cluster;

import com.google.inject.Inject;
import io.airlift.http.client.Request;
import io.prestosql.node.ClusterName;
import io.trino.server.InternalAuthenticationManager;
import jakarta.annotation.Priority;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

import java.net.URI;
import java.util.Optional;

import static io.airlift.http.client.Request.Builder.prepareGet;
import static jakarta.ws.rs.Priorities.AUTHENTICATION;
import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN_TYPE;
import static jakarta.ws.rs.core.Response.Status.FORBIDDEN;
import static java.util.Objects.requireNonNull;

/**
 * Lets nodes of clusters with a secret of their own call what is {@link OpenToClusters open to them}, and nothing else: with the secret of a
 * cluster, no call acts for another cluster, and none acts as a client.
 */
@Priority(AUTHENTICATION - 100)
public class ClusterCallFilter
        implements ContainerRequestFilter
{
    private static final String TOKEN_HEADER = "X-Trino-Internal-Bearer";
    private static final URI NOWHERE = URI.create("http://nowhere");

    private final ClusterTokens tokens;
    private final InternalAuthenticationManager authentication;

    @Context
    private ResourceInfo resource;

    @Inject
    public ClusterCallFilter(ClusterTokens tokens, InternalAuthenticationManager authentication)
    {
        this.tokens = requireNonNull(tokens, "tokens is null");
        this.authentication = requireNonNull(authentication, "authentication is null");
    }

    @Override
    public void filter(ContainerRequestContext request)
    {
        String token = request.getHeaders().getFirst(TOKEN_HEADER);
        if (token == null) {
            return;
        }
        Optional<ClusterName> cluster = tokens.clusterOf(token);
        if (cluster.isEmpty()) {
            // the engine checks it
            return;
        }
        if (!resource.getResourceMethod().isAnnotationPresent(OpenToClusters.class)) {
            request.abortWith(Response.status(FORBIDDEN)
                    .type(TEXT_PLAIN_TYPE)
                    .entity("Nodes of cluster %s may not call this".formatted(cluster.get()))
                    .build());
            return;
        }
        CallingCluster.set(request, cluster.get());
        // for the engine, which knows only the secret of the dispatchers
        request.getHeaders().putSingle(TOKEN_HEADER, ownToken());
    }

    private String ownToken()
    {
        Request signed = authentication.filterRequest(prepareGet().setUri(NOWHERE).build());
        return signed.getHeader(TOKEN_HEADER);
    }
}
