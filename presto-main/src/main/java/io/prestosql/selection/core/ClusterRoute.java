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

import io.prestosql.node.ClusterName;

import static java.util.Objects.requireNonNull;

/**
 * The clusters that a query may go to.
 */
public sealed interface ClusterRoute
{
    /**
     * Returns whether the query may go to the cluster, as far as is known.
     */
    default boolean mayLeadTo(ClusterName cluster)
    {
        return switch (this) {
            case AnyCluster _, Undecided _ -> true;
            case BoundToCluster(ClusterName bound) -> bound.equals(cluster);
        };
    }

    /** Any cluster. */
    record AnyCluster()
            implements ClusterRoute {}

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
