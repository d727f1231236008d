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
package io.prestosql.selection.gateway;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MaxDuration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;

import java.net.URI;
import java.util.List;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures the selection of clusters by an external routing service of Trino Gateway.
 */
public class TrinoGatewayServiceConfig
{
    private URI serviceUrl;
    private List<String> excludeHeaders = ImmutableList.of();
    private Duration timeout = new Duration(1, SECONDS);
    private boolean propagateErrors;

    @NotNull
    public URI getServiceUrl()
    {
        return serviceUrl;
    }

    @Config("cluster-selection.service-url")
    @ConfigDescription("Where the routing service takes POST requests")
    public TrinoGatewayServiceConfig setServiceUrl(URI serviceUrl)
    {
        this.serviceUrl = serviceUrl;
        return this;
    }

    @AssertTrue(message = "cluster-selection.service-url must be an http or https URL with a host, without user and password")
    public boolean isServiceUrlValid()
    {
        return serviceUrl == null ||
                (("http".equalsIgnoreCase(serviceUrl.getScheme()) || "https".equalsIgnoreCase(serviceUrl.getScheme())) && serviceUrl.getHost() != null && serviceUrl.getRawUserInfo() == null);
    }

    @NotNull
    public List<String> getExcludeHeaders()
    {
        return excludeHeaders;
    }

    @Config("cluster-selection.service-exclude-headers")
    @ConfigDescription("Names of request headers that the service does not get")
    public TrinoGatewayServiceConfig setExcludeHeaders(String excludeHeaders)
    {
        this.excludeHeaders = Splitter.on(',').trimResults().omitEmptyStrings().splitToList(excludeHeaders);
        return this;
    }

    @NotNull
    @MinDuration("10ms")
    @MaxDuration("1m")
    public Duration getTimeout()
    {
        return timeout;
    }

    @Config("cluster-selection.service-timeout")
    @ConfigDescription("How long the service may take to answer, before the query goes by X-Trino-Routing-Group or to the default group")
    public TrinoGatewayServiceConfig setTimeout(Duration timeout)
    {
        this.timeout = timeout;
        return this;
    }

    public boolean isPropagateErrors()
    {
        return propagateErrors;
    }

    @Config("cluster-selection.service-propagate-errors")
    @ConfigDescription("Whether errors in the service's answer refuse the query")
    public TrinoGatewayServiceConfig setPropagateErrors(boolean propagateErrors)
    {
        this.propagateErrors = propagateErrors;
        return this;
    }
}
