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

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import com.tngtech.archunit.core.domain.JavaClass;
import io.airlift.json.JsonCodec;
import io.airlift.json.ObjectMapperProvider;
import io.airlift.tracing.SpanSerialization.SpanDeserializer;
import io.airlift.tracing.SpanSerialization.SpanSerializer;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.prestosql.rpc.ProtocolVersions;
import io.prestosql.rpc.UnknownEnumValues;
import io.prestosql.testing.GeneratedText;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

/**
 * Records what nodes of this version say to each other, so that later versions are tested against it. What is recorded may only become more:
 * a call or a field that is removed or renamed needs a new version of the protocol, and then a file of its own.
 * <p>
 * The types are those of the JSON codecs that production classes are given. With {@code -Dgenerate}, the test records what is new.
 */
public class TestRecordedCalls
{
    private static final String FILE = "presto-main/src/test/resources/fixtures/protocol/%s.json".formatted(ProtocolVersions.SUPPORTED.current());
    /** Ours, but for what an external service gets, and what we send of the engine's. */
    private static final Pattern SENT = Pattern.compile("io\\.prestosql\\.(?!selection\\.)|JsonNodeInfo|ExecutionFailureInfo|QueryId");
    private static final String LATER = "ofALaterRelease";

    /**
     * Enums of which no value can stand in for an unknown one. An order or a filter must not be taken for another one, and a store is the same for
     * all dispatchers.
     */
    private static final Set<String> ENUMS_WITHOUT_STAND_IN = ImmutableSet.of("ClusterState", "Outcome", "PastState", "Store");

    private static final ObjectMapper MAPPER = new ObjectMapperProvider()
            .withJsonSerializers(Map.of(Span.class, new SpanSerializer(OpenTelemetry.noop())))
            .withJsonDeserializers(Map.of(Span.class, new SpanDeserializer(OpenTelemetry.noop())))
            .get()
            .registerModule(new UnknownEnumValues());

    private record RecordedValue(String type, String sample, JsonNode json) {}

    private record Recording(List<String> calls, List<RecordedValue> values)
    {
        private Recording
        {
            calls = ImmutableList.copyOf(calls);
            values = ImmutableList.copyOf(values);
        }
    }

    private final List<Class<?>> classes = productionClasses();
    private final Map<String, Type> types = types(classes);

    @Test
    public void testRecordedIsStillSaid()
            throws IOException
    {
        Recording current = record();
        if (Files.exists(java.nio.file.Path.of("..", FILE))) {
            List<String> lost = lost(recorded(), current);
            assertThat(lost)
                    .as("%s: what nodes of protocol version %s say is missing or has changed. Keep it, or raise ProtocolVersions.SUPPORTED and say in compatibility.md which versions work together", FILE, ProtocolVersions.SUPPORTED.current())
                    .isEmpty();
        }
        GeneratedText.assertFile(FILE, write(current));
    }

    @Test
    public void testRecordedIsRead()
            throws IOException
    {
        for (RecordedValue recorded : recorded().values()) {
            assertThat(rewritten(recorded, recorded.json())).as(name(recorded)).isEqualTo(recorded.json());
        }
    }

    @Test
    public void testUnknownFieldsAreIgnored()
            throws IOException
    {
        int tried = 0;
        for (RecordedValue recorded : recorded().values()) {
            List<String> beans = new ArrayList<>();
            walk(recorded.json(), javaType(recorded), "", (path, type) -> {
                if (isBean(type)) {
                    beans.add(path);
                }
            });
            for (String bean : beans) {
                JsonNode changed = recorded.json().deepCopy();
                if (changed.at(bean) instanceof ObjectNode object) {
                    object.putObject(LATER).putArray("values").add(1).addObject();
                    assertThat(rewritten(recorded, changed)).as("%s with an unknown field at %s", name(recorded), bean).isEqualTo(recorded.json());
                    tried++;
                }
            }
        }
        assertThat(tried).isGreaterThan(types.size());
    }

    @Test
    public void testUnknownEnumValuesAreRead()
            throws IOException
    {
        Set<String> withoutStandIn = new TreeSet<>();
        int tried = 0;
        for (RecordedValue recorded : recorded().values()) {
            List<String> enums = new ArrayList<>();
            walk(recorded.json(), javaType(recorded), "", (path, type) -> {
                if (type.isEnumType()) {
                    enums.add(path + " " + type.getRawClass().getSimpleName());
                }
            });
            for (String found : enums) {
                String path = found.substring(0, found.indexOf(' '));
                String type = found.substring(found.indexOf(' ') + 1);
                JsonNode changed = replace(recorded.json(), path, "OF_A_LATER_RELEASE");
                try {
                    rewritten(recorded, changed);
                    tried++;
                }
                catch (JsonProcessingException _) {
                    withoutStandIn.add(type);
                }
            }
        }
        assertThat(withoutStandIn).isEqualTo(new TreeSet<>(ENUMS_WITHOUT_STAND_IN));
        assertThat(tried).isGreaterThan(10);
    }

    @Test
    public void testLossIsFound()
            throws IOException
    {
        Recording recording = record();
        assertThat(lost(recording, recording)).isEmpty();
        RecordedValue value = recording.values().stream()
                .filter(candidate -> candidate.type().endsWith("CoordinatorReport") && candidate.sample().equals("full"))
                .findFirst()
                .orElseThrow();

        ObjectNode added = value.json().deepCopy();
        added.put(LATER, 1);
        assertThat(lost(recording, with(recording, value, added))).isEmpty();

        ObjectNode removed = value.json().deepCopy();
        removed.remove("ready");
        assertThat(lost(recording, with(recording, value, removed))).singleElement().asString().contains("CoordinatorReport").contains("/ready");

        ObjectNode changed = value.json().deepCopy();
        ((ObjectNode) changed.get("queries").get(0)).put("state", 3);
        assertThat(lost(recording, with(recording, value, changed))).singleElement().asString().contains("/queries/0/state");

        assertThat(lost(recording, new Recording(recording.calls().subList(1, recording.calls().size()), recording.values())))
                .containsExactly(recording.calls().getFirst());
        assertThatThrownBy(() -> new CallSamples(MAPPER, true).create(Thread.class)).hasMessageContaining("is no record");
    }

    private static Recording with(Recording recording, RecordedValue value, JsonNode json)
    {
        return new Recording(recording.calls(), recording.values().stream()
                .map(candidate -> candidate == value ? new RecordedValue(value.type(), value.sample(), json) : candidate)
                .collect(toImmutableList()));
    }

    /**
     * Returns what is recorded and not said any more.
     */
    private static List<String> lost(Recording recorded, Recording current)
    {
        List<String> lost = new ArrayList<>(recorded.calls());
        lost.removeAll(current.calls());
        Map<String, JsonNode> said = new TreeMap<>();
        current.values().forEach(value -> said.put(name(value), value.json()));
        for (RecordedValue value : recorded.values()) {
            JsonNode now = said.get(name(value));
            if (now == null) {
                lost.add(name(value));
            }
            else {
                addLost(value.json(), now, name(value) + " ", lost);
            }
        }
        return lost;
    }

    private static void addLost(JsonNode recorded, JsonNode current, String path, List<String> lost)
    {
        if (recorded.isObject() && current.isObject()) {
            recorded.properties().forEach(field -> addLost(field.getValue(), current.path(field.getKey()), path + "/" + field.getKey(), lost));
        }
        else if (recorded.isArray() && current.isArray() && recorded.size() == current.size()) {
            for (int index = 0; index < recorded.size(); index++) {
                addLost(recorded.get(index), current.get(index), path + "/" + index, lost);
            }
        }
        else if (!recorded.equals(current)) {
            lost.add("%s: %s, now %s".formatted(path, recorded, current));
        }
    }

    private Recording record()
            throws IOException
    {
        List<RecordedValue> values = new ArrayList<>();
        for (Map.Entry<String, Type> type : types.entrySet()) {
            for (boolean full : new boolean[] {true, false}) {
                Object sample = new CallSamples(MAPPER, full).create(type.getValue());
                JavaType javaType = MAPPER.constructType(type.getValue());
                values.add(new RecordedValue(type.getKey(), full ? "full" : "minimal", MAPPER.readTree(MAPPER.writerFor(javaType).writeValueAsBytes(sample))));
            }
        }
        return new Recording(calls(), values);
    }

    /**
     * Returns the internal calls, each with the type of its body.
     */
    private List<String> calls()
    {
        TreeSet<String> calls = new TreeSet<>();
        for (Class<?> resource : classes) {
            Path path = resource.getAnnotation(Path.class);
            if (path == null) {
                continue;
            }
            for (Method method : resource.getDeclaredMethods()) {
                Optional<String> httpMethod = Arrays.stream(method.getAnnotations())
                        .flatMap(annotation -> Stream.ofNullable(annotation.annotationType().getAnnotation(HttpMethod.class)))
                        .map(HttpMethod::value)
                        .findFirst();
                if (httpMethod.isPresent() && isInternal(method, resource)) {
                    String subPath = Optional.ofNullable(method.getAnnotation(Path.class)).map(sub -> "/" + sub.value().replaceFirst("^/", "")).orElse("");
                    calls.add("%s %s%s %s".formatted(httpMethod.get(), path.value(), subPath, body(method)).strip());
                }
            }
        }
        return ImmutableList.copyOf(calls);
    }

    private static boolean isInternal(AnnotatedElement method, Class<?> resource)
    {
        return Stream.of(method, resource)
                .flatMap(element -> Stream.ofNullable(element.getAnnotation(ResourceSecurity.class)))
                .findFirst()
                .filter(security -> security.value() == INTERNAL_ONLY)
                .isPresent();
    }

    private static String body(Method method)
    {
        Annotation[][] annotations = method.getParameterAnnotations();
        for (int index = 0; index < annotations.length; index++) {
            if (annotations[index].length == 0) {
                return simpleName(method.getGenericParameterTypes()[index]);
            }
        }
        return "";
    }

    private static List<Class<?>> productionClasses()
    {
        return ProductionClasses.ofRooms().stream()
                .map(JavaClass::getName)
                .sorted()
                .map(TestRecordedCalls::load)
                .collect(toImmutableList());
    }

    private static Class<?> load(String name)
    {
        try {
            return Class.forName(name, false, TestRecordedCalls.class.getClassLoader());
        }
        catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Returns the types that production classes read or write as JSON, by their names.
     */
    private static Map<String, Type> types(List<Class<?>> classes)
    {
        Map<String, Type> types = new TreeMap<>();
        classes.stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredConstructors()))
                .filter(constructor -> constructor.isAnnotationPresent(Inject.class))
                .flatMap(constructor -> Arrays.stream(constructor.getGenericParameterTypes()))
                .filter(type -> type instanceof ParameterizedType parameterized && parameterized.getRawType() == JsonCodec.class)
                .map(type -> ((ParameterizedType) type).getActualTypeArguments()[0])
                .filter(type -> SENT.matcher(type.getTypeName()).find())
                .forEach(type -> types.put(simpleName(type), type));
        return types;
    }

    /**
     * Returns the name without packages: a class may move to another room.
     */
    private static String simpleName(Type type)
    {
        return type.getTypeName().replaceAll("(?:\\w+[.$])+", "");
    }

    /**
     * Tells of each value of the JSON which type it has.
     */
    private static void walk(JsonNode json, JavaType type, String path, BiConsumer<String, JavaType> found)
    {
        if (json.isNull() || json.isMissingNode() || JsonNode.class.isAssignableFrom(type.getRawClass())) {
            return;
        }
        if (type.isReferenceType()) {
            walk(json, type.getContentType(), path, found);
            return;
        }
        found.accept(path, type);
        if (type.isMapLikeType() && json.isObject()) {
            json.properties().forEach(entry -> walk(entry.getValue(), type.getContentType(), child(path, entry.getKey()), found));
        }
        else if ((type.isCollectionLikeType() || type.isArrayType()) && json.isArray()) {
            for (int index = 0; index < json.size(); index++) {
                walk(json.get(index), type.getContentType(), child(path, String.valueOf(index)), found);
            }
        }
        else if (json.isObject()) {
            for (BeanPropertyDefinition property : MAPPER.getDeserializationConfig().introspect(type).findProperties()) {
                if (property.getPrimaryType() != null) {
                    walk(json.path(property.getName()), property.getPrimaryType(), child(path, property.getName()), found);
                }
            }
        }
    }

    private static boolean isBean(JavaType type)
    {
        // that of a span is the trace context, and no object of fields
        return !type.isContainerType() && !type.isReferenceType() && type.getRawClass() != Span.class;
    }

    private static String child(String path, String name)
    {
        return path + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    private static JsonNode replace(JsonNode json, String path, String value)
    {
        if (path.isEmpty()) {
            return MAPPER.getNodeFactory().textNode(value);
        }
        JsonNode copy = json.deepCopy();
        JsonNode parent = copy.at(path.substring(0, path.lastIndexOf('/')));
        String name = path.substring(path.lastIndexOf('/') + 1).replace("~1", "/").replace("~0", "~");
        switch (parent) {
            case ObjectNode object -> object.put(name, value);
            case ArrayNode array -> array.set(Integer.parseInt(name), MAPPER.getNodeFactory().textNode(value));
            default -> fail("No parent of " + path);
        }
        return copy;
    }

    private JavaType javaType(RecordedValue recorded)
    {
        assertThat(types).containsKey(recorded.type());
        return MAPPER.constructType(types.get(recorded.type()));
    }

    private JsonNode rewritten(RecordedValue recorded, JsonNode json)
            throws IOException
    {
        JavaType type = javaType(recorded);
        Object value = MAPPER.readValue(MAPPER.writeValueAsBytes(json), type);
        return MAPPER.readTree(MAPPER.writerFor(type).writeValueAsBytes(value));
    }

    private static String name(RecordedValue value)
    {
        return value.type() + " " + value.sample();
    }

    private static Recording recorded()
            throws IOException
    {
        JsonNode file = MAPPER.readTree(GeneratedText.read(FILE));
        List<RecordedValue> values = new ArrayList<>();
        file.get("values").forEach(value -> values.add(new RecordedValue(value.get("type").asText(), value.get("sample").asText(), value.get("json"))));
        return new Recording(MAPPER.convertValue(file.get("calls"), new TypeReference<List<String>>() {}), values);
    }

    private static String write(Recording recording)
            throws IOException
    {
        ObjectNode file = MAPPER.createObjectNode();
        ArrayNode calls = file.putArray("calls");
        recording.calls().forEach(calls::add);
        ArrayNode values = file.putArray("values");
        recording.values().forEach(value -> values.addObject()
                .put("type", value.type())
                .put("sample", value.sample())
                .set("json", value.json()));
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(file) + "\n";
    }
}
