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
package io.prestosql.discovery;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.NotNull;

import java.net.URI;
import java.util.List;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures where the coordinators of the cluster are, and how often a node announces itself and looks up other nodes.
 */
public class DiscoveryServersConfig
{
    /** Follows the name of the property. */
    public static final String REQUIRED = "is required: a comma list with the http or https URI of every coordinator of the cluster";

    private static final Splitter URI_SPLITTER = Splitter.on(',').trimResults().omitEmptyStrings();

    private List<URI> uris = ImmutableList.of();
    private Duration announcementInterval = new Duration(1, SECONDS);
    private Duration lookupInterval = new Duration(500, MILLISECONDS);
    private Duration requestTimeout = new Duration(2, SECONDS);
    private Duration unresponsiveTimeout = new Duration(5, SECONDS);

    /**
     * Returns the servers; empty only on a dispatcher whose clusters are all defined elsewhere.
     */
    @NotNull
    public List<URI> getUris()
    {
        return uris;
    }

    @Config("discovery.uri")
    @ConfigDescription("Comma list of the URIs of all coordinators of the cluster; a host name with several addresses counts as all of them")
    public DiscoveryServersConfig setUris(String uris)
    {
        this.uris = URI_SPLITTER.splitToStream(uris)
                .map(URI::create)
                .collect(toImmutableList());
        return this;
    }

    @AssertTrue(message = "discovery.uri must be a comma list of http or https URIs with a host")
    public boolean isUrisValid()
    {
        return uris.stream().allMatch(uri -> uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())));
    }

    @NotNull
    @MinDuration("100ms")
    public Duration getAnnouncementInterval()
    {
        return announcementInterval;
    }

    @Config("discovery.announcement-interval")
    @ConfigDescription("How often this node announces itself to every coordinator; a restarted coordinator knows this node after that time at the latest")
    public DiscoveryServersConfig setAnnouncementInterval(Duration announcementInterval)
    {
        this.announcementInterval = announcementInterval;
        return this;
    }

    @NotNull
    @MinDuration("50ms")
    public Duration getLookupInterval()
    {
        return lookupInterval;
    }

    @Config("discovery.lookup-interval")
    @ConfigDescription("How often this node asks for the other nodes, and how often a coordinator checks that they are alive")
    public DiscoveryServersConfig setLookupInterval(Duration lookupInterval)
    {
        this.lookupInterval = lookupInterval;
        return this;
    }

    @NotNull
    @MinDuration("100ms")
    public Duration getRequestTimeout()
    {
        return requestTimeout;
    }

    @Config("discovery.request-timeout")
    @ConfigDescription("How long a silent coordinator may delay what this node knows of the others")
    public DiscoveryServersConfig setRequestTimeout(Duration requestTimeout)
    {
        this.requestTimeout = requestTimeout;
        return this;
    }

    @NotNull
    @MinDuration("1s")
    public Duration getUnresponsiveTimeout()
    {
        return unresponsiveTimeout;
    }

    @Config("discovery.unresponsive-timeout")
    @ConfigDescription("How long a node may be silent, without refusing connections, before it gets no new tasks")
    public DiscoveryServersConfig setUnresponsiveTimeout(Duration unresponsiveTimeout)
    {
        this.unresponsiveTimeout = unresponsiveTimeout;
        return this;
    }
}
