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
package io.prestosql.spi.selection;

import static java.util.Objects.requireNonNull;

/**
 * Clusters that are as good as each other for a query.
 */
public sealed interface ClusterTarget
{
    /** All clusters. */
    record AnyCluster()
            implements ClusterTarget
    {
        @Override
        public String toString()
        {
            return "any cluster";
        }
    }

    /** The clusters of a routing group, as {@code cluster.routing-groups} says. */
    record RoutingGroup(String name)
            implements ClusterTarget
    {
        public RoutingGroup
        {
            requireNonNull(name, "name is null");
        }

        @Override
        public String toString()
        {
            return "routing group " + name;
        }
    }

    /** One cluster. */
    record NamedCluster(String name)
            implements ClusterTarget
    {
        public NamedCluster
        {
            requireNonNull(name, "name is null");
        }

        @Override
        public String toString()
        {
            return "cluster " + name;
        }
    }
}
