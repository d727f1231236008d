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
package io.prestosql.dispatcher.engineless;

import jakarta.ws.rs.core.Feature;
import jakarta.ws.rs.core.FeatureContext;

/**
 * Leaves out Jersey's description of all resources in XML (WADL, {@code /application.wadl}). No client of the engine asks for it, and it
 * pulls in JAXB, whose start is a good part of a dispatcher's.
 */
public class WithoutWadl
        implements Feature
{
    private static final String DISABLE_WADL = "jersey.config.server.wadl.disableWadl";

    @Override
    public boolean configure(FeatureContext context)
    {
        context.property(DISABLE_WADL, true);
        return true;
    }
}
