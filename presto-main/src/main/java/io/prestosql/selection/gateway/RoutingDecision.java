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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.prestosql.selection.HeaderSelectionPolicy;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import io.prestosql.spi.selection.SelectionRequest;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * Which routing group a query got when it was submitted.
 *
 * @param group the group, of at most {@value #MAX_GROUP_LENGTH} characters; empty for the default group
 * @param reason what has led to it, for people
 */
record RoutingDecision(Optional<String> group, String reason)
{
    static final String ROUTING_GROUP_HEADER = HeaderSelectionPolicy.HEADER;
    static final int MAX_GROUP_LENGTH = 256;

    private static final String GROUP_FACT = "trino-gateway.routing-group";
    private static final String REASON_FACT = "trino-gateway.reason";
    private static final int MAX_REASON_LENGTH = 1024;

    RoutingDecision
    {
        requireNonNull(group, "group is null");
        requireNonNull(reason, "reason is null");
        if (group.isPresent() && group.get().length() > MAX_GROUP_LENGTH) {
            throw new ClusterSelectionException("The routing group by %s has %s characters. A routing group has at most %s".formatted(reason, group.get().length(), MAX_GROUP_LENGTH));
        }
        if (reason.length() > MAX_REASON_LENGTH) {
            reason = reason.substring(0, MAX_REASON_LENGTH);
        }
    }

    /**
     * @param group null or empty for the default group, as in Trino Gateway
     */
    static RoutingDecision of(String group, String reason)
    {
        return new RoutingDecision(Optional.ofNullable(group).filter(name -> !name.isEmpty()), reason);
    }

    /**
     * Decides by the client's header, as nothing else could decide.
     *
     * @param why what has kept it from that
     */
    static RoutingDecision byHeader(SelectionRequest request, String why)
    {
        Optional<String> header = request.header(ROUTING_GROUP_HEADER).filter(name -> !name.isEmpty());
        return new RoutingDecision(header, header.isPresent() ? "the header %s (%s)".formatted(ROUTING_GROUP_HEADER, why) : why);
    }

    Map<String, String> toFacts()
    {
        ImmutableMap.Builder<String, String> facts = ImmutableMap.builder();
        facts.put(REASON_FACT, reason);
        group.ifPresent(name -> facts.put(GROUP_FACT, name));
        return facts.buildOrThrow();
    }

    /**
     * @param facts those of {@link #toFacts}, or those of another policy, which has been in use when the query was submitted
     */
    static RoutingDecision ofFacts(Map<String, String> facts)
    {
        return of(facts.get(GROUP_FACT), facts.getOrDefault(REASON_FACT, "nothing was decided when it was submitted"));
    }

    /**
     * Returns what is wrong with the default group.
     */
    static Optional<String> problem(String defaultGroup, ClusterSelectionContext context)
    {
        return context.routingGroups().contains(defaultGroup)
                ? Optional.empty()
                : Optional.of("cluster-selection.default-routing-group: no cluster has the routing group '%s'. Name it in cluster.routing-groups of a cluster, or change the property".formatted(defaultGroup));
    }

    /**
     * @throws ClusterSelectionException when no cluster has the group
     */
    ClusterSelection select(String defaultGroup, ClusterSelectionContext context)
    {
        String name = group.orElse(defaultGroup);
        String by = group.isPresent() ? reason : "cluster-selection.default-routing-group (%s)".formatted(reason);
        Set<String> existing = context.routingGroups();
        if (!existing.contains(name)) {
            throw new ClusterSelectionException("No cluster has the routing group '%s', which the query has by %s. Name the group in cluster.routing-groups of a cluster, or change what names it. Clusters have %s".formatted(
                    name,
                    by,
                    existing.isEmpty() ? "no groups" : "the groups " + String.join(", ", ImmutableSortedSet.copyOf(existing))));
        }
        return ClusterSelection.waitFor("%s: routing group %s".formatted(by, name), new RoutingGroup(name));
    }
}
