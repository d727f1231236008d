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

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.trino.server.security.ResourceSecurity.AccessType.MANAGEMENT_READ;
import static io.trino.server.security.ResourceSecurity.AccessType.PUBLIC;
import static io.trino.server.security.ResourceSecurityBinder.resourceSecurityBinder;

/**
 * Binds the paths of Trino Gateway, if they are switched on.
 */
public class GatewayApiModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        GatewayApiConfig config = buildConfigObject(GatewayApiConfig.class);
        if (!config.isEnabled()) {
            return;
        }
        binder.bind(ClusterTemplates.class).in(SINGLETON);
        binder.bind(BackendOrders.class).in(SINGLETON);
        jaxrsBinder(binder).bind(OtherSitesFilter.class);
        jaxrsBinder(binder).bind(BackendResource.class);
        jaxrsBinder(binder).bind(PublicBackendResource.class);
        resourceSecurityBinder(binder).resourceSecurity(PublicBackendResource.class, config.isPublic() ? PUBLIC : MANAGEMENT_READ);
        jaxrsBinder(binder).bind(GatewayProbeResource.class);
    }
}
