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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

/**
 * Configures one cluster, in {@code etc/clusters/NAME.properties} of the dispatchers. The same file has the cluster's {@code discovery.uri},
 * and those of the dispatchers' own properties that are different for this cluster.
 */
public class ClusterConfig
{
    private static final Splitter LIST_SPLITTER = Splitter.on(',').trimResults().omitEmptyStrings();

    private ClusterState state = ClusterState.ACTIVE;
    private Set<String> routingGroups = ImmutableSet.of();
    private Set<String> tags = ImmutableSet.of();
    private int weight = 1;
    private Optional<Integer> maxRunningQueries = Optional.empty();
    private int requiredWorkers;

    @NotNull
    public ClusterState getState()
    {
        return state;
    }

    @Config("cluster.state")
    @ConfigDescription("Whether the cluster takes queries: ACTIVE, DRAINING or INACTIVE. A state that is set by a call overrides it")
    public ClusterConfig setState(ClusterState state)
    {
        this.state = state;
        return this;
    }

    @NotNull
    public Set<String> getRoutingGroups()
    {
        return routingGroups;
    }

    @Config("cluster.routing-groups")
    @ConfigDescription("Comma list of the routing groups that the cluster belongs to")
    public ClusterConfig setRoutingGroups(String routingGroups)
    {
        this.routingGroups = split(routingGroups);
        return this;
    }

    @NotNull
    public Set<String> getTags()
    {
        return tags;
    }

    @Config("cluster.tags")
    @ConfigDescription("Comma list of tags by which selection rules can choose the cluster")
    public ClusterConfig setTags(String tags)
    {
        this.tags = split(tags);
        return this;
    }

    @Min(1)
    public int getWeight()
    {
        return weight;
    }

    @Config("cluster.weight")
    @ConfigDescription("Share of the queries that the cluster gets where they are spread by weight")
    public ClusterConfig setWeight(int weight)
    {
        this.weight = weight;
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

    private static Set<String> split(String list)
    {
        return LIST_SPLITTER.splitToStream(list).collect(toImmutableSet());
    }
}
