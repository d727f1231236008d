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
package io.prestosql.rpc;

import com.google.inject.Inject;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.DynamicFeature;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.FeatureContext;

import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static java.util.Objects.requireNonNull;

/**
 * Puts {@link ProtocolVersionFilter} in front of the resources that nodes call, after the check that the call comes from a node. Those of the
 * engine are called by nodes of the same version only.
 */
public class ProtocolVersionFeature
        implements DynamicFeature
{
    private static final String OURS = "io.prestosql.";

    private final ProtocolVersionFilter filter;

    @Inject
    public ProtocolVersionFeature(ProtocolVersionFilter filter)
    {
        this.filter = requireNonNull(filter, "filter is null");
    }

    @Override
    public void configure(ResourceInfo resource, FeatureContext context)
    {
        ResourceSecurity security = resource.getResourceMethod().getAnnotation(ResourceSecurity.class);
        if (security == null) {
            security = resource.getResourceClass().getAnnotation(ResourceSecurity.class);
        }
        if (security != null && security.value() == INTERNAL_ONLY && resource.getResourceClass().getName().startsWith(OURS)) {
            context.register(filter, Priorities.USER);
        }
    }
}
