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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.SelectionQuery;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import static java.util.Objects.requireNonNull;

/**
 * A rule, ready to be applied.
 *
 * @param description names the rule and its place, for people
 * @param conditions all have to be met
 * @param target where the queries go that the rule matches
 * @param fallbacks where they go while no cluster of the target can take them, in this order
 */
record SelectionRule(
        String description,
        List<QueryCondition> conditions,
        List<HeaderCondition> headerConditions,
        RuleTarget target,
        List<ClusterTarget> fallbacks,
        Set<String> clusterTags,
        ClusterChoice choice,
        WhenUnavailable whenUnavailable,
        Optional<Duration> maxWait)
{
    /**
     * A condition on the query.
     */
    @FunctionalInterface
    interface QueryCondition
    {
        /**
         * @param captured receives what named groups have matched
         */
        boolean isMet(SelectionQuery query, Map<String, String> captured);
    }

    /**
     * @param create makes a target of a name, for a routing group or a cluster
     */
    record RuleTarget(TargetName name, Function<String, ClusterTarget> create)
    {
        RuleTarget
        {
            requireNonNull(name, "name is null");
            requireNonNull(create, "create is null");
        }
    }

    SelectionRule
    {
        requireNonNull(description, "description is null");
        conditions = ImmutableList.copyOf(conditions);
        headerConditions = ImmutableList.copyOf(headerConditions);
        requireNonNull(target, "target is null");
        fallbacks = ImmutableList.copyOf(fallbacks);
        clusterTags = ImmutableSet.copyOf(clusterTags);
        requireNonNull(choice, "choice is null");
        requireNonNull(whenUnavailable, "whenUnavailable is null");
        requireNonNull(maxWait, "maxWait is null");
    }

    /**
     * @param captured receives what named groups have matched
     */
    boolean matches(SelectionQuery query, Map<String, String> captured)
    {
        captured.clear();
        for (QueryCondition condition : conditions) {
            if (!condition.isMet(query, captured)) {
                return false;
            }
        }
        for (HeaderCondition condition : headerConditions) {
            if (!condition.matches(query.requestFacts(), captured)) {
                return false;
            }
        }
        return true;
    }

    /**
     * @param captured what named groups have matched
     * @throws ClusterSelectionException when the target's name comes from the client, and there is no such target
     */
    ClusterSelection select(Map<String, String> captured, Targets targets)
    {
        String name = target.name().resolve(captured)
                .orElseThrow(() -> new ClusterSelectionException("%s: %s cannot be completed, as a named group has matched nothing".formatted(description, target.name().text())));
        ClusterTarget resolved = target.create().apply(name);
        if (!target.name().isFixed() && !targets.exist(resolved)) {
            throw new ClusterSelectionException("%s sends this query to %s, and no cluster is there".formatted(description, resolved));
        }
        return new ClusterSelection(
                description,
                ImmutableList.<ClusterTarget>builder().add(resolved).addAll(fallbacks).build(),
                clusterTags,
                choice,
                whenUnavailable,
                maxWait);
    }

    /**
     * Returns the targets that the rule names, as far as they do not depend on the query.
     */
    List<ClusterTarget> fixedTargets()
    {
        ImmutableList.Builder<ClusterTarget> fixed = ImmutableList.builder();
        if (target.name().isFixed()) {
            fixed.add(target.create().apply(target.name().text()));
        }
        return fixed.addAll(fallbacks).build();
    }
}
