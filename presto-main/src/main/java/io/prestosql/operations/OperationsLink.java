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

import java.io.IOException;
import java.io.InputStream;

import static jakarta.ws.rs.core.MediaType.TEXT_HTML_TYPE;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Adds a script to the engine's UI pages, which adds a link to ours. The pages are otherwise unchanged.
 */
public class OperationsLink
        implements DynamicFeature
{
    private static final String END_OF_PAGE = "</body>";
    private static final String SCRIPT = "<script type=\"text/javascript\" src=\"assets/js/operations-link.js\"></script>\n";

    @Override
    public void configure(ResourceInfo resource, FeatureContext context)
    {
        if (resource.getResourceClass() == WebUiStaticResource.class) {
            context.register(new PageFilter());
        }
    }

    static String addScript(String page)
    {
        int end = page.lastIndexOf(END_OF_PAGE);
        return end < 0 ? page : page.substring(0, end) + SCRIPT + page.substring(end);
    }

    private static class PageFilter
            implements ContainerResponseFilter
    {
        @Override
        public void filter(ContainerRequestContext request, ContainerResponseContext response)
                throws IOException
        {
            if (TEXT_HTML_TYPE.isCompatible(response.getMediaType()) && response.getEntity() instanceof InputStream stream) {
                try (stream) {
                    response.setEntity(addScript(new String(stream.readAllBytes(), UTF_8)));
                }
            }
        }
    }
}
