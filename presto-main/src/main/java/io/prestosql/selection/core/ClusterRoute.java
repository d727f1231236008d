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
package io.prestosql.selection.core;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.prestosql.node.ClusterName;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterTarget;

import java.util.List;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * The clusters that a query may go to.
 */
public sealed interface ClusterRoute
{
    /** Any cluster, the least loaded first. */
    ToTargets ANY = new ToTargets(ImmutableList.of(new ClusterTarget.AnyCluster()), ImmutableSet.of(), ClusterChoice.LEAST_LOADED);

    /**
     * The clusters of any of these targets, those of the first one first.
     *
     * @param clusterTags only clusters with all of these tags count
     */
    record ToTargets(List<ClusterTarget> targets, Set<String> clusterTags, ClusterChoice choice)
            implements ClusterRoute
    {
        public ToTargets
        {
            targets = ImmutableList.copyOf(targets);
            clusterTags = ImmutableSet.copyOf(clusterTags);
            requireNonNull(choice, "choice is null");
            checkArgument(!targets.isEmpty(), "targets is empty");
        }

        public static ToTargets of(ClusterSelection selection)
        {
            return new ToTargets(selection.targets(), selection.clusterTags(), selection.choice());
        }

        /**
         * Returns whether the query may go to the cluster with these labels, as one of the target.
         */
        boolean allows(ClusterName cluster, ClusterLabels labels, ClusterTarget target)
        {
            return labels.match(cluster, target) && labels.tags().containsAll(clusterTags);
        }

        /**
         * Returns whether the query may go to the cluster with these labels.
         */
        boolean allows(ClusterName cluster, ClusterLabels labels)
        {
            return targets.stream().anyMatch(target -> allows(cluster, labels, target));
        }
    }

    /** Only the cluster that has the query's transaction. */
    record BoundToCluster(ClusterName cluster)
            implements ClusterRoute
    {
        public BoundToCluster
        {
            requireNonNull(cluster, "cluster is null");
        }
    }

    /** Not for the rooms of clusters to say: the query may be running already, or its transaction has yet to be found. */
    record Undecided()
            implements ClusterRoute {}
}
