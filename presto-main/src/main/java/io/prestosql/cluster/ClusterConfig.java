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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableSet;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

import java.util.Optional;
import java.util.Set;

/**
 * Configures one cluster, in {@code etc/clusters/NAME.properties} of the dispatchers. The same file has the cluster's {@code discovery.uri},
 * and those of the dispatchers' own properties that are different for this cluster.
 */
public class ClusterConfig
{
    private static final String LABEL = "[A-Za-z0-9][A-Za-z0-9._-]*";
    private static final String LABEL_MESSAGE = "must consist of letters, digits, '.', '-' and '_', and start with a letter or digit";

    private ClusterState state = ClusterState.ACTIVE;
    private Optional<Integer> maxRunningQueries = Optional.empty();
    private int requiredWorkers;
    private Set<String> routingGroups = ImmutableSet.of();
    private Set<String> tags = ImmutableSet.of();
    private int weight = 1;
    private Optional<String> externalUrl = Optional.empty();

    @NotNull
    public ClusterState getState()
    {
        return state;
    }

    @Config("cluster.state")
    @ConfigDescription("Whether the cluster takes queries: ACTIVE, DRAINING or INACTIVE")
    public ClusterConfig setState(ClusterState state)
    {
        this.state = state;
        return this;
    }

    @NotNull
    public Optional<@Min(1) Integer> getMaxRunningQueries()
    {
        return maxRunningQueries;
    }

    @Config("cluster.max-running-queries")
    @ConfigDescription("How many queries the cluster runs at the same time, all resource groups together; without it, only resource groups limit it")
    public ClusterConfig setMaxRunningQueries(Integer maxRunningQueries)
    {
        this.maxRunningQueries = Optional.ofNullable(maxRunningQueries);
        return this;
    }

    @Min(0)
    public int getRequiredWorkers()
    {
        return requiredWorkers;
    }

    @Config("cluster.required-workers")
    @ConfigDescription("How many workers have to be active in the cluster before it gets queries")
    public ClusterConfig setRequiredWorkers(int requiredWorkers)
    {
        this.requiredWorkers = requiredWorkers;
        return this;
    }

    @NotNull
    public Set<@Pattern(regexp = LABEL, message = LABEL_MESSAGE) String> getRoutingGroups()
    {
        return routingGroups;
    }

    @Config("cluster.routing-groups")
    @ConfigDescription("Comma list of the routing groups that the cluster is in, by which rules and clients name it")
    public ClusterConfig setRoutingGroups(Set<String> routingGroups)
    {
        this.routingGroups = ImmutableSet.copyOf(routingGroups);
        return this;
    }

    @NotNull
    public Set<@Pattern(regexp = LABEL, message = LABEL_MESSAGE) String> getTags()
    {
        return tags;
    }

    @Config("cluster.tags")
    @ConfigDescription("Comma list of what rules may demand of a cluster")
    public ClusterConfig setTags(Set<String> tags)
    {
        this.tags = ImmutableSet.copyOf(tags);
        return this;
    }

    @Min(1)
    @Max(1000)
    public int getWeight()
    {
        return weight;
    }

    @Config("cluster.weight")
    @ConfigDescription("The cluster's share of the queries that rules give to clusters by weight")
    public ClusterConfig setWeight(int weight)
    {
        this.weight = weight;
        return this;
    }

    @NotNull
    public Optional<@Pattern(regexp = "https?://\\S+", message = "must begin with http:// or https://, and have no spaces") String> getExternalUrl()
    {
        return externalUrl;
    }

    @Config("cluster.external-url")
    @ConfigDescription("Where people find the cluster's own pages; it is shown, and has no other effect")
    public ClusterConfig setExternalUrl(String externalUrl)
    {
        this.externalUrl = Optional.ofNullable(externalUrl);
        return this;
    }
}
