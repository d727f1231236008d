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
package io.prestosql.catalog;

import com.google.inject.Inject;
import io.trino.server.StartupStatus;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.ServiceUnavailableException;

import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Tells other coordinators which catalogs this one has and uses. Every call needs the cluster's shared secret.
 */
@Path("/v1/catalog/report")
@ResourceSecurity(INTERNAL_ONLY)
public class CatalogReportResource
{
    private final CatalogReporter reporter;
    private final StartupStatus startupStatus;

    @Inject
    public CatalogReportResource(CatalogReporter reporter, StartupStatus startupStatus)
    {
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
    }

    @GET
    @Produces(APPLICATION_JSON)
    public CatalogReport report()
    {
        if (!startupStatus.isStartupComplete()) {
            // catalogs that are not loaded yet must not be taken for missing
            throw new ServiceUnavailableException();
        }
        return reporter.report();
    }
}
