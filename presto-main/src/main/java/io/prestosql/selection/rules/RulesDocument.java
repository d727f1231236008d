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

import com.fasterxml.jackson.annotation.JsonFormat;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.units.Duration;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.fasterxml.jackson.annotation.JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY;
import static java.util.Objects.requireNonNull;

/**
 * The file with rules, as it is written.
 *
 * @param defaultRoutingGroup the group of queries that no rule matches; without it, they may go to any cluster
 * @param rules the first one that matches a query counts
 */
public record RulesDocument(Optional<String> defaultRoutingGroup, List<RuleDefinition> rules)
{
    public RulesDocument
    {
        requireNonNull(defaultRoutingGroup, "defaultRoutingGroup is null");
        requireNonNull(rules, "\"rules\" is missing");
        rules = ImmutableList.copyOf(rules);
    }

    /**
     * A rule. Every condition that it has must be met; the others are left out. Regular expressions have to match the whole value.
     */
    public record RuleDefinition(
            Optional<String> name,
            Optional<String> user,
            Optional<String> userGroup,
            Optional<String> originalUser,
            Optional<String> authenticatedUser,
            Optional<String> source,
            Set<String> clientTags,
            Optional<String> clientInfo,
            Map<String, String> sessionProperties,
            Optional<String> resourceGroup,
            @JsonFormat(with = ACCEPT_SINGLE_VALUE_AS_ARRAY) Set<String> queryType,
            Optional<String> catalog,
            Optional<String> schema,
            Optional<String> table,
            Map<String, String> headers,
            Optional<String> routingGroup,
            Optional<String> cluster,
            List<String> fallbackRoutingGroups,
            Set<String> clusterTags,
            Optional<String> choice,
            Optional<String> whenUnavailable,
            Optional<Duration> maxWait)
    {
        public RuleDefinition
        {
            clientTags = clientTags == null ? ImmutableSet.of() : ImmutableSet.copyOf(clientTags);
            sessionProperties = sessionProperties == null ? ImmutableMap.of() : ImmutableMap.copyOf(sessionProperties);
            queryType = queryType == null ? ImmutableSet.of() : ImmutableSet.copyOf(queryType);
            headers = headers == null ? ImmutableMap.of() : ImmutableMap.copyOf(headers);
            fallbackRoutingGroups = fallbackRoutingGroups == null ? ImmutableList.of() : ImmutableList.copyOf(fallbackRoutingGroups);
            clusterTags = clusterTags == null ? ImmutableSet.of() : ImmutableSet.copyOf(clusterTags);
        }
    }
}
