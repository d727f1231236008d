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
package io.prestosql.rpc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import io.airlift.json.ObjectMapperProvider;
import io.trino.execution.QueryState;
import io.trino.metadata.NodeState;
import io.trino.operator.BlockedReason;
import io.trino.spi.ErrorCode;
import io.trino.spi.ErrorType;
import io.trino.spi.resourcegroups.QueryType;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestUnknownEnumValues
{
    private static final ObjectMapper MAPPER = new ObjectMapperProvider().get().registerModule(new UnknownEnumValues());

    @Test
    public void testEngine()
            throws JsonProcessingException
    {
        assertThat(MAPPER.readValue("[\"INVALID\"]", NodeState[].class)).containsExactly(NodeState.INACTIVE);
        assertThat(MAPPER.readValue("[\"DRAINED\"]", NodeState[].class)).containsExactly(NodeState.DRAINED);
        assertThat(MAPPER.readValue("{\"state\": \"EXECUTING\"}", new TypeReference<Map<String, Optional<QueryState>>>() {}).get("state")).contains(QueryState.RUNNING);
        assertThat(MAPPER.readValue("{\"type\": \"TRUNCATE\"}", new TypeReference<Map<String, Optional<QueryType>>>() {}).get("type")).contains(QueryType.SELECT);
        assertThat(MAPPER.readValue("[\"WAITING_FOR_GODOT\"]", new TypeReference<Set<BlockedReason>>() {})).containsExactly(BlockedReason.WAITING_FOR_MEMORY);
        assertThat(MAPPER.readValue("{\"code\": 7, \"name\": \"NEW\", \"type\": \"POLICY\"}", ErrorCode.class).getType()).isEqualTo(ErrorType.INTERNAL_ERROR);
    }

    @Test
    public void testOurs()
            throws JsonProcessingException
    {
        assertThat(MAPPER.readValue("[\"BLUE\"]", Color[].class)).containsExactly(Color.UNKNOWN);
        assertThat(MAPPER.readValue("[\"RED\"]", Color[].class)).containsExactly(Color.RED);
        // an order must not be taken for another one
        assertThatThrownBy(() -> MAPPER.readValue("[\"BLUE\"]", ColorToOrder[].class)).isInstanceOf(InvalidFormatException.class);
    }

    /**
     * As at {@code PUT /v1/info/state}.
     */
    @Test
    public void testOrderOfOneValueIsNotTakenForAnother()
            throws JsonProcessingException
    {
        assertThat(MAPPER.readValue("\"SHUTTING_DOWN\"", NodeState.class)).isEqualTo(NodeState.SHUTTING_DOWN);
        assertThatThrownBy(() -> MAPPER.readValue("\"SHUTING_DOWN\"", NodeState.class))
                .isInstanceOf(InvalidFormatException.class)
                .hasMessageContaining("SHUTING_DOWN");
        assertThatThrownBy(() -> MAPPER.readValue("\"BLUE\"", Color.class)).isInstanceOf(InvalidFormatException.class);
    }

    @Test
    public void testQueryState()
    {
        for (QueryState state : QueryState.values()) {
            assertThat(UnknownEnumValues.queryState(state.name())).isEqualTo(state);
        }
        assertThat(UnknownEnumValues.queryState("EXECUTING")).isEqualTo(QueryState.RUNNING);
    }

    public enum Color
    {
        UNKNOWN,
        RED,
    }

    public enum ColorToOrder
    {
        RED,
    }
}
