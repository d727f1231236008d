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
package io.prestosql.selection.rules;

import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterTarget;

import static java.util.Objects.requireNonNull;

/**
 * Knows which targets there are at the moment.
 */
record Targets(ClusterSelectionContext context)
{
    Targets
    {
        requireNonNull(context, "context is null");
    }

    boolean exist(ClusterTarget target)
    {
        return switch (target) {
            case ClusterTarget.AnyCluster _ -> true;
            case ClusterTarget.RoutingGroup(String name) -> context.routingGroups().contains(name);
            case ClusterTarget.NamedCluster(String name) -> context.clusters().contains(name);
        };
    }
}
