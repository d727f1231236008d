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
package io.prestosql.selection;

import com.google.common.collect.ImmutableMap;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * Sends each query to the routing group that its client names in {@value #HEADER}. The header is that of Trino Gateway.
 */
public class HeaderSelectionPolicy
        implements ClusterSelectionPolicy
{
    public static final String HEADER = "X-Trino-Routing-Group";

    private static final String ROUTING_GROUP = "routing-group";

    private final ClusterSelectionContext context;
    private final ClusterSelection withoutHeader;

    /**
     * @param defaultRoutingGroup the group of queries whose client names none; empty if they may go to any cluster
     */
    public HeaderSelectionPolicy(Optional<String> defaultRoutingGroup, ClusterSelectionContext context)
    {
        this.context = requireNonNull(context, "context is null");
        this.withoutHeader = defaultRoutingGroup
                .map(group -> ClusterSelection.waitFor("default routing group", new ClusterTarget.RoutingGroup(group)))
                .orElseGet(() -> ClusterSelection.waitFor("no routing group named", new ClusterTarget.AnyCluster()));
    }

    @Override
    public Map<String, String> inspect(SelectionRequest request)
    {
        Set<String> groups = context.routingGroups();
        Optional<String> group = request.header(HEADER);
        // where no cluster is in a group, a header that clients still send from elsewhere says nothing
        if (group.isEmpty() || groups.isEmpty()) {
            return ImmutableMap.of();
        }
        checkGroup(group.get(), groups);
        return ImmutableMap.of(ROUTING_GROUP, group.get());
    }

    /**
     * @throws ClusterSelectionException when no cluster is in the group that the client names
     */
    public static void checkGroup(String group, Set<String> groups)
    {
        if (!groups.contains(group)) {
            throw new ClusterSelectionException("%s: no cluster is in routing group '%s'. The groups are: %s".formatted(HEADER, group, String.join(", ", groups.stream().sorted().toList())));
        }
    }

    @Override
    public ClusterSelection select(SelectionQuery query)
    {
        return select(query.requestFacts());
    }

    ClusterSelection select(Map<String, String> requestFacts)
    {
        return Optional.ofNullable(requestFacts.get(ROUTING_GROUP))
                .map(group -> ClusterSelection.waitFor("header " + HEADER, new ClusterTarget.RoutingGroup(group)))
                .orElse(withoutHeader);
    }
}
