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

import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.google.common.collect.ImmutableMap;
import io.trino.execution.QueryState;
import io.trino.metadata.NodeState;
import io.trino.operator.BlockedReason;
import io.trino.operator.RetryPolicy;
import io.trino.spi.ErrorType;
import io.trino.spi.resourcegroups.QueryType;
import io.trino.spi.resourcegroups.ResourceGroupState;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Reads unknown values of enums, which nodes of a later release or of another engine version send: one such value must not make a whole
 * report unreadable. For an enum of the engine, a value that does no harm stands in; for one of ours, the value {@code UNKNOWN}. Other enums
 * have no value that could stand in.
 * <p>
 * A value that is all that was sent is an order, as at {@code PUT /v1/info/state}, and must not be taken for another one.
 */
public class UnknownEnumValues
        extends SimpleModule
{
    private static final String OURS = "io.prestosql.";
    private static final Map<Class<?>, Enum<?>> STAND_INS = ImmutableMap.<Class<?>, Enum<?>>builder()
            // such a node is not to get work
            .put(NodeState.class, NodeState.INACTIVE)
            // the query is not over, so its slot is not free; when it is over, its coordinator stops to report it
            .put(QueryState.class, QueryState.RUNNING)
            .put(ErrorType.class, ErrorType.INTERNAL_ERROR)
            .put(QueryType.class, QueryType.SELECT)
            .put(RetryPolicy.class, RetryPolicy.NONE)
            .put(BlockedReason.class, BlockedReason.WAITING_FOR_MEMORY)
            .put(ResourceGroupState.class, ResourceGroupState.CAN_QUEUE)
            .buildOrThrow();

    public UnknownEnumValues()
    {
        super(UnknownEnumValues.class.getSimpleName());
    }

    @Override
    public void setupModule(SetupContext context)
    {
        super.setupModule(context);
        context.addDeserializationProblemHandler(new StandInHandler());
    }

    /**
     * Returns the state of that name.
     */
    public static QueryState queryState(String name)
    {
        return Arrays.stream(QueryState.values())
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElse((QueryState) STAND_INS.get(QueryState.class));
    }

    private static Optional<Object> standIn(Class<?> type)
    {
        if (STAND_INS.containsKey(type)) {
            return Optional.of(STAND_INS.get(type));
        }
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> type.getName().startsWith(OURS) && ((Enum<?>) constant).name().equals("UNKNOWN"))
                .map(Object.class::cast)
                .findFirst();
    }

    private static class StandInHandler
            extends DeserializationProblemHandler
    {
        @Override
        public Object handleWeirdStringValue(DeserializationContext context, Class<?> type, String value, String message)
        {
            boolean all = context.getParser().getParsingContext().inRoot();
            return type.isEnum() && !all ? standIn(type).orElse(NOT_HANDLED) : NOT_HANDLED;
        }
    }
}
