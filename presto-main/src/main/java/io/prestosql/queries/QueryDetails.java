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
package io.prestosql.queries;

import com.fasterxml.jackson.databind.JsonNode;
import io.prestosql.rpc.UnknownEnumValues;
import io.trino.execution.QueryState;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The details of a query, as the queue or a coordinator shows them.
 *
 * @param info the JSON of the engine's {@code QueryInfo}; clients must not see the address in it
 * @param coordinator the node id of the coordinator that has the query, or is about to get it; empty when no coordinator has it
 */
public record QueryDetails(JsonNode info, Optional<String> coordinator)
{
    public QueryDetails
    {
        requireNonNull(info, "info is null");
        requireNonNull(coordinator, "coordinator is null");
    }

    QueryState state()
    {
        return UnknownEnumValues.queryState(info.get("state").asText());
    }
}
