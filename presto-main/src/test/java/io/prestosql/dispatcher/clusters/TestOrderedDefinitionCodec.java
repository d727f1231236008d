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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableMap;
import io.prestosql.dispatcher.clusters.OrderedDefinitionCodec.StoredDefinition;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestOrderedDefinitionCodec
{
    private static final OrderedDefinition DEFINITION = new OrderedDefinition(
            ImmutableMap.of("discovery.uri", "http://one:8080", "internal-communication.shared-secret", "secret of one", "cluster.required-workers", "3"),
            "alice",
            Optional.of("10.0.0.1"),
            Instant.parse("2026-12-01T07:00:00Z"));

    private final OrderedDefinitionCodec codec = new OrderedDefinitionCodec(jsonCodec(StoredDefinition.class));

    @Test
    public void testRoundTrip()
    {
        assertThat(codec.decode(codec.encode(DEFINITION))).isEqualTo(DEFINITION);
    }

    /**
     * The form in which logs have it.
     */
    @Test
    public void testForm()
    {
        byte[] content = """
                {"formatVersion": 1, "properties": {"discovery.uri": "http://one:8080"}, "user": "alice", "time": "2026-12-01T07:00:00Z", "later": true}
                """.getBytes(UTF_8);
        assertThat(codec.decode(content)).isEqualTo(new OrderedDefinition(ImmutableMap.of("discovery.uri", "http://one:8080"), "alice", Optional.empty(), Instant.parse("2026-12-01T07:00:00Z")));
        byte[] newer = """
                {"formatVersion": 2, "properties": {}, "user": "alice", "time": "2026-12-01T07:00:00Z"}
                """.getBytes(UTF_8);
        assertThatThrownBy(() -> codec.decode(newer)).hasStackTraceContaining("it may come from a newer release");
    }

    @Test
    public void testSecretsStayOutOfLogs()
    {
        assertThat(DEFINITION.describe()).isEqualTo("[cluster.required-workers=3, discovery.uri=http://one:8080, internal-communication.shared-secret=…]");
        assertThat(DEFINITION.toString()).doesNotContain("secret of one");
        assertThat(new DefinitionOrder(Optional.of(DEFINITION.properties()), "alice", Optional.empty()).toString()).contains("discovery.uri").doesNotContain("secret of one");
    }
}
