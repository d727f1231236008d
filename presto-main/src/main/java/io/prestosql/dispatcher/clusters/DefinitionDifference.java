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
import com.google.common.collect.Sets;
import io.prestosql.node.ClusterName;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * How the definitions of clusters in the files of a dispatcher differ from those of the leader, which count.
 *
 * @param dispatcher the dispatcher's node id
 * @param different clusters that both define in different ways
 * @param onlyAtLeader clusters that only the leader defines
 * @param onlyAtDispatcher clusters that only the dispatcher defines
 */
record DefinitionDifference(String dispatcher, List<ClusterName> different, List<ClusterName> onlyAtLeader, List<ClusterName> onlyAtDispatcher)
{
    DefinitionDifference
    {
        requireNonNull(dispatcher, "dispatcher is null");
        different = ImmutableList.copyOf(different);
        onlyAtLeader = ImmutableList.copyOf(onlyAtLeader);
        onlyAtDispatcher = ImmutableList.copyOf(onlyAtDispatcher);
    }

    /**
     * @param leaders the leader's fingerprints
     * @param others those of the dispatcher
     * @return empty when they are the same
     */
    static Optional<DefinitionDifference> between(Map<ClusterName, String> leaders, String dispatcher, Map<ClusterName, String> others)
    {
        if (leaders.equals(others)) {
            return Optional.empty();
        }
        return Optional.of(new DefinitionDifference(
                dispatcher,
                new TreeSet<>(Sets.filter(Sets.intersection(leaders.keySet(), others.keySet()), cluster -> !leaders.get(cluster).equals(others.get(cluster)))).stream().toList(),
                new TreeSet<>(Sets.difference(leaders.keySet(), others.keySet())).stream().toList(),
                new TreeSet<>(Sets.difference(others.keySet(), leaders.keySet())).stream().toList()));
    }

    boolean concerns(ClusterName cluster)
    {
        return different.contains(cluster) || onlyAtLeader.contains(cluster);
    }

    /**
     * Returns a sentence without its full stop, with the fix.
     */
    String describe()
    {
        String differences = Stream.of(
                        list(different, "another definition of %s"),
                        list(onlyAtLeader, "no definition of %s"),
                        list(onlyAtDispatcher, "a definition of %s, which is not here"))
                .flatMap(Optional::stream)
                .collect(joining(", and "));
        return "Dispatcher %s has %s. The definitions of the leader count: make the files in cluster.config-dir, and discovery.uri in config.properties, the same on all dispatchers".formatted(dispatcher, differences);
    }

    private static Optional<String> list(List<ClusterName> clusters, String text)
    {
        return clusters.isEmpty() ? Optional.empty() : Optional.of(text.formatted(clusters.stream()
                .map(ClusterName::toString)
                .collect(joining(", ", clusters.size() == 1 ? "cluster " : "clusters ", ""))));
    }
}
