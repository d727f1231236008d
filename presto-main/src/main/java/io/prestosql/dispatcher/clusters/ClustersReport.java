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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableList;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The clusters, as operators see them.
 *
 * @param leader the dispatcher that leads the queue, whose view this is; empty when no leader answers, and this is another dispatcher's view
 * @param clusters ordered by name
 * @param problems what is wrong with definitions and orders, each with the fix
 */
public record ClustersReport(Optional<String> leader, List<ClusterReport> clusters, List<String> problems)
{
    public ClustersReport
    {
        requireNonNull(leader, "leader is null");
        clusters = ImmutableList.copyOf(clusters);
        problems = ImmutableList.copyOf(problems);
    }

    /**
     * @param name may be no valid name
     */
    public Optional<ClusterReport> find(String name)
    {
        return clusters.stream()
                .filter(cluster -> cluster.name().value().equals(name))
                .findFirst();
    }
}
