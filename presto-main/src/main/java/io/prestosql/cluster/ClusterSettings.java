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

import io.prestosql.selection.core.ClusterLabels;

import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * What decides on the queries that a cluster gets, and what people are shown of it.
 *
 * @param maxRunningQueries how many queries it runs at the same time; empty without such a limit
 * @param requiredWorkers how many of its workers have to be active before it gets queries
 * @param labels by what rules know it
 * @param externalUrl where people find its own pages
 */
public record ClusterSettings(
        ClusterState state,
        Optional<Integer> maxRunningQueries,
        int requiredWorkers,
        ClusterLabels labels,
        Optional<String> externalUrl)
{
    public static final ClusterSettings DEFAULT = of(new ClusterConfig());

    public ClusterSettings
    {
        requireNonNull(state, "state is null");
        requireNonNull(maxRunningQueries, "maxRunningQueries is null");
        checkArgument(requiredWorkers >= 0, "requiredWorkers is negative");
        requireNonNull(labels, "labels is null");
        requireNonNull(externalUrl, "externalUrl is null");
    }

    static ClusterSettings of(ClusterConfig config)
    {
        return new ClusterSettings(
                config.getState(),
                config.getMaxRunningQueries(),
                config.getRequiredWorkers(),
                new ClusterLabels(config.getRoutingGroups(), config.getTags(), config.getWeight()),
                config.getExternalUrl());
    }

    ClusterSettings withState(ClusterState state)
    {
        return new ClusterSettings(state, maxRunningQueries, requiredWorkers, labels, externalUrl);
    }
}
