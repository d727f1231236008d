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

import io.trino.server.ui.WebUiStaticResource;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;

/**
 * Forbids other sites to frame the operators' pages, against clickjacking.
 */
public class FramingProtection
        implements DynamicFeature
{
    @Override
    public void configure(ResourceInfo resource, FeatureContext context)
    {
        // all files of the resource, as one file has many addresses, such as with matrix parameters
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
            response.getHeaders().putSingle("Content-Security-Policy", "frame-ancestors 'none'");
            response.getHeaders().putSingle("X-Frame-Options", "DENY");
        }
    }
}
