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

import io.prestosql.dispatcher.clusters.SendingPage;
import io.prestosql.rpc.Refusal;
import jakarta.annotation.Priority;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.Context;

import static io.prestosql.dispatcher.clusters.SendingPage.OTHER_ORIGIN;
import static jakarta.ws.rs.Priorities.AUTHENTICATION;

/**
 * Refuses requests that a page of another site makes. Browsers say so; scripts are no browsers, and need nothing for this filter.
 */
@Priority(AUTHENTICATION - 50)
@RefusedToOtherSites
public class OtherSitesFilter
        implements ContainerRequestFilter
{
    @Context
    private HttpServletRequest servletRequest;

    @Override
    public void filter(ContainerRequestContext request)
    {
        if (SendingPage.of(servletRequest) == OTHER_ORIGIN) {
            request.abortWith(Refusal.response(403, "Pages of other sites may not do this"));
        }
    }
}
