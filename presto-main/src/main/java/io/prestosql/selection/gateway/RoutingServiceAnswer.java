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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * What a routing service answers, in the JSON of Trino Gateway.
 *
 * @param routingGroup empty for the default group
 * @param errors what is wrong with the query
 * @param externalHeaders headers that Trino Gateway would send on to the cluster
 */
public record RoutingServiceAnswer(Optional<String> routingGroup, List<String> errors, Map<String, String> externalHeaders)
{
    public RoutingServiceAnswer
    {
        routingGroup = routingGroup == null ? Optional.empty() : routingGroup;
        errors = errors == null ? ImmutableList.of() : errors.stream().filter(Objects::nonNull).collect(toImmutableList());
        if (externalHeaders == null) {
            externalHeaders = ImmutableMap.of();
        }
    }
}
