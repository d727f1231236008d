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
package io.prestosql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.Resources;
import com.google.common.reflect.TypeToken;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.leader.QueueAnswer;
import io.prestosql.login.TokenOutcome;
import io.prestosql.memory.Victim;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorLink;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.TaskId;
import io.trino.execution.TaskInfo;
import io.trino.server.BasicQueryInfo;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;
import io.trino.spi.ErrorCode;
import io.trino.spi.ErrorType;
import io.trino.spi.QueryId;
import io.trino.spi.connector.CatalogHandle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Makes up values of the types that nodes send each other: a full one, which has everything that may be absent, and a minimal one, which has
 * nothing of it.
 */
final class CallSamples
{
    private static final String QUERY = "20261201_101112_00003_abcde";
    private static final URI ADDRESS = URI.create("http://10.0.0.1:8080");
    private static final Instant TIME = Instant.parse("2026-12-01T10:11:12Z");
    private static final Map<Class<?>, Object> PRIMITIVES = ImmutableMap.<Class<?>, Object>builder()
            .put(int.class, 2)
            .put(Integer.class, 2)
            .put(long.class, 4L)
            .put(Long.class, 4L)
            .put(double.class, 0.5)
            .put(Double.class, 0.5)
            .buildOrThrow();

    private final ObjectMapper mapper;
    private final boolean full;

    CallSamples(ObjectMapper mapper, boolean full)
    {
        this.mapper = requireNonNull(mapper, "mapper is null");
        this.full = full;
    }

    Object create(Type type)
    {
        return create(type, "value");
    }

    /**
     * @param name the name of the field
     */
    private Object create(Type type, String name)
    {
        if (type instanceof ParameterizedType parameterized) {
            return createContainer(parameterized, name);
        }
        Class<?> raw = (Class<?>) type;
        Optional<Object> special = createSpecial(raw, name);
        if (special.isPresent()) {
            return special.get();
        }
        if (raw.isEnum()) {
            return raw.getEnumConstants()[0];
        }
        checkArgument(raw.isRecord(), "%s, the type of %s, is no record: add it to CallSamples", raw, name);
        RecordComponent[] components = raw.getRecordComponents();
        try {
            Constructor<?> constructor = raw.getDeclaredConstructor(Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(Arrays.stream(components)
                    .map(component -> create(TypeToken.of(component.getGenericType()).getType(), component.getName()))
                    .toArray());
        }
        catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("There can be no sample of %s: add it to CallSamples".formatted(raw), e);
        }
    }

    private Object createContainer(ParameterizedType type, String name)
    {
        Type content = type.getActualTypeArguments()[type.getActualTypeArguments().length - 1];
        Class<?> raw = (Class<?>) type.getRawType();
        if (raw == Optional.class) {
            return full ? Optional.of(create(content, name)) : Optional.empty();
        }
        if (content == TaskInfo.class) {
            // the engine's, whose form is the same only on nodes of one version
            return ImmutableList.of();
        }
        if (raw == List.class) {
            return full ? ImmutableList.of(create(content, name)) : ImmutableList.of();
        }
        if (raw == Set.class) {
            return full ? ImmutableSet.of(create(content, name)) : ImmutableSet.of();
        }
        checkArgument(raw == Map.class, "%s, the type of %s, is not known: add it to CallSamples", raw, name);
        return full ? ImmutableMap.of(create(type.getActualTypeArguments()[0], name), create(content, name)) : ImmutableMap.of();
    }

    /**
     * Returns a value of a type that has none from its fields alone.
     */
    private Optional<Object> createSpecial(Class<?> type, String name)
    {
        if (name.equals("formatVersion")) {
            return Optional.of(1);
        }
        if (PRIMITIVES.containsKey(type)) {
            return Optional.of(PRIMITIVES.get(type));
        }
        if (type == boolean.class || type == Boolean.class) {
            return Optional.of(full);
        }
        if (type == String.class) {
            return Optional.of(name);
        }
        if (type == byte[].class) {
            return Optional.of(new byte[] {1, 2, 3});
        }
        if (type == URI.class) {
            return Optional.of(ADDRESS);
        }
        if (type == Instant.class) {
            return Optional.of(TIME);
        }
        if (type == UUID.class) {
            return Optional.of(new UUID(1, 2));
        }
        if (type == QueryId.class) {
            return Optional.of(QueryId.valueOf(QUERY));
        }
        if (type == TaskId.class) {
            return Optional.of(TaskId.valueOf(QUERY + ".1.2.0"));
        }
        if (type == ClusterName.class) {
            return Optional.of(full ? new ClusterName("etl") : ClusterName.DEFAULT);
        }
        if (type == CatalogHandle.class) {
            return Optional.of(CatalogHandle.fromId("tpch:normal:1"));
        }
        if (type == JsonNodeInfo.class) {
            return Optional.of(new JsonNodeInfo("nodeId", "10.0.0.1", "476", full, "active"));
        }
        if (type == JsonNode.class) {
            return Optional.of(mapper.createObjectNode().put("queryId", QUERY).put("state", "RUNNING"));
        }
        if (type == ExecutionFailureInfo.class) {
            return Optional.of(readRecorded("ExecutionFailureInfo", ExecutionFailureInfo.class, ""));
        }
        if (type == BasicQueryInfo.class) {
            return Optional.of(readRecorded("ViewedQuery", BasicQueryInfo.class, "/info"));
        }
        if (type == ErrorCode.class) {
            return Optional.of(new ErrorCode(7, "ERROR_NAME", ErrorType.EXTERNAL));
        }
        if (type == TokenOutcome.class) {
            return Optional.of(full ? TokenOutcome.token("token") : TokenOutcome.error("error"));
        }
        if (type == Victim.class) {
            return Optional.of(full ? Victim.query(QueryId.valueOf(QUERY)) : Victim.tasks(ImmutableSet.of(TaskId.valueOf(QUERY + ".1.2.0"))));
        }
        if (type == QueueAnswer.class) {
            return Optional.of(new QueueAnswer(
                    QueryId.valueOf(QUERY),
                    full ? Optional.of("nextPath") : Optional.empty(),
                    full ? Optional.of((CoordinatorLink) create(CoordinatorLink.class, "coordinator")) : Optional.empty(),
                    full ? Optional.empty() : Optional.of((ExecutionFailureInfo) create(ExecutionFailureInfo.class, "failure")),
                    4,
                    3));
        }
        if (type == QueryOutcome.class) {
            return Optional.of(new QueryOutcome(
                    full,
                    full ? Optional.of((ExecutionFailureInfo) create(ExecutionFailureInfo.class, "failure")) : Optional.empty(),
                    Optional.of((CoordinatorLink) create(CoordinatorLink.class, "coordinator")),
                    4,
                    3));
        }
        return Optional.empty();
    }

    /**
     * Reads a value of the engine from what release 476-1 has sent.
     */
    private <T> T readRecorded(String recorded, Class<T> type, String path)
    {
        try {
            JsonNode json = mapper.readTree(Resources.getResource("fixtures/476-1/calls/%s.%s.json".formatted(recorded, full ? "full" : "minimal")));
            return mapper.treeToValue(json.at(path), type);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
