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
package io.prestosql.operations;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.trino.server.ui.WebUiStaticResource;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;

import java.util.Set;

/**
 * Forbids other sites to frame the operators' pages, against clickjacking. The engine's own pages stay as they are.
 */
public class FramingProtection
        implements DynamicFeature
{
    private static final Set<String> PAGES = ImmutableSet.of("operations.html", "history.html");

    @Override
    public void configure(ResourceInfo resource, FeatureContext context)
    {
        if (resource.getResourceClass() == WebUiStaticResource.class) {
            context.register(new FramingFilter());
        }
    }

    private static class FramingFilter
            implements ContainerResponseFilter
    {
        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response)
        {
            // the parameter and not the address, of which one page has many, such as with matrix parameters
            boolean ours = request.getUriInfo().getPathParameters().getOrDefault("path", ImmutableList.of()).stream().anyMatch(PAGES::contains);
            if (!ours) {
                return;
            }
            response.getHeaders().putSingle("Content-Security-Policy", "frame-ancestors 'none'");
            response.getHeaders().putSingle("X-Frame-Options", "DENY");
        }
    }
}
