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
import com.google.common.collect.ImmutableMap;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The rules of one file: the first one that matches a query counts.
 *
 * @param defaultRoutingGroup the group of queries that no rule matches; empty if they may go to any cluster
 */
record SelectionRules(List<SelectionRule> rules, Optional<String> defaultRoutingGroup)
{
    SelectionRules
    {
        rules = ImmutableList.copyOf(rules);
        requireNonNull(defaultRoutingGroup, "defaultRoutingGroup is null");
    }

    Map<String, String> inspect(SelectionRequest request)
    {
        Map<String, String> facts = new HashMap<>();
        for (SelectionRule rule : rules) {
            for (HeaderCondition condition : rule.headerConditions()) {
                condition.inspect(request, facts);
            }
        }
        return ImmutableMap.copyOf(facts);
    }

    /**
     * @throws io.prestosql.spi.selection.ClusterSelectionException when the rule that matches names a target that is not there
     */
    ClusterSelection select(SelectionQuery query, Targets targets)
    {
        Map<String, String> captured = new HashMap<>();
        for (SelectionRule rule : rules) {
            if (rule.matches(query, captured)) {
                return rule.select(captured, targets);
            }
        }
        return ClusterSelection.waitFor("no rule matches", defaultTarget());
    }

    private ClusterTarget defaultTarget()
    {
        return defaultRoutingGroup.<ClusterTarget>map(ClusterTarget.RoutingGroup::new).orElseGet(ClusterTarget.AnyCluster::new);
    }

    /**
     * Describes the targets that rules name and that are not there, for people.
     */
    List<String> missingTargets(Targets targets)
    {
        ImmutableList.Builder<String> missing = ImmutableList.builder();
        for (SelectionRule rule : rules) {
            missing.addAll(rule.fixedTargets().stream()
                    .filter(target -> !targets.exist(target))
                    .map(target -> "%s names %s, and there is no such one. Correct the rule, or the clusters (cluster.routing-groups in their files)".formatted(rule.description(), target))
                    .collect(toImmutableList()));
        }
        defaultRoutingGroup.map(ClusterTarget.RoutingGroup::new)
                .filter(target -> !targets.exist(target))
                .ifPresent(target -> missing.add("\"defaultRoutingGroup\" names %s, and there is no such one. Correct it, or the clusters (cluster.routing-groups in their files)".formatted(target)));
        return missing.build();
    }
}
