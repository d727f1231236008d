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

import io.prestosql.dispatcher.clusters.ClusterChangeCodec.StoredChange;
import io.prestosql.node.ClusterName;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.dispatcher.clusters.ChangedProperty.DEFINITION;
import static io.prestosql.dispatcher.clusters.ChangedProperty.STATE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterChangeCodec
{
    private static final Instant TIME = Instant.parse("2026-12-01T07:00:00.123456Z");
    private static final ClusterName ETL = new ClusterName("etl");

    private final ClusterChangeCodec codec = new ClusterChangeCodec(jsonCodec(StoredChange.class));

    @Test
    public void testRoundTrip()
    {
        for (Optional<String> address : List.of(Optional.of("10.0.0.1"), Optional.<String>empty())) {
            ClusterChange change = new ClusterChange(TIME, "alice", address, ETL, DEFINITION, "none", "[discovery.uri=http://etl:8080]");
            assertThat(codec.decode(codec.encode(change))).isEqualTo(change);
        }
    }

    /**
     * The form in which logs have it.
     */
    @Test
    public void testForm()
    {
        byte[] content = """
                {"formatVersion": 1, "time": "2026-12-01T07:00:00.123456Z", "user": "alice", "cluster": "etl", "property": "state", "oldValue": "none", "newValue": "DRAINING", "later": true}
                """.getBytes(UTF_8);
        assertThat(codec.decode(content)).isEqualTo(new ClusterChange(TIME, "alice", Optional.empty(), ETL, STATE, "none", "DRAINING"));
    }

    /**
     * The form in which operators' tools get it.
     */
    @Test
    public void testFormForOperators()
    {
        assertThat(jsonCodec(ClusterChange.class).toJson(new ClusterChange(TIME, "alice", Optional.of("10.0.0.1"), ETL, STATE, "none", "DRAINING")))
                .isEqualToIgnoringWhitespace("""
                        {"time": "2026-12-01T07:00:00.123456Z", "user": "alice", "address": "10.0.0.1", "cluster": "etl", "property": "state", "oldValue": "none", "newValue": "DRAINING"}
                        """);
    }

    @Test
    public void testFormOfNewerRelease()
    {
        byte[] newer = codec.encode(new ClusterChange(TIME, "alice", Optional.empty(), ETL, STATE, "none", "DRAINING"));
        assertThatThrownBy(() -> codec.decode(new String(newer, UTF_8).replaceFirst("\"formatVersion\" *: *1", "\"formatVersion\": 2").getBytes(UTF_8)))
                .hasStackTraceContaining("it may come from a newer release");
        assertThat(codec.decode(new String(newer, UTF_8).replace("\"state\"", "\"weight\"").getBytes(UTF_8)).property())
                .isEqualTo(ChangedProperty.UNKNOWN);
    }

    @Test
    public void testLongTextsAreCut()
    {
        ClusterChange change = new ClusterChange(TIME, "u".repeat(10_000), Optional.of("a".repeat(10_000)), ETL, DEFINITION, "😀".repeat(10_000), "x" + "😀".repeat(10_000));
        assertThat(change.user()).hasSize(256).endsWith("u…");
        assertThat(change.address().orElseThrow()).hasSize(256);
        // no half of a character, which no JSON can hold
        assertThat(change.oldValue().length()).isBetween(1999, 2000);
        assertThat(change.newValue().length()).isBetween(1999, 2000);
        assertThat(codec.decode(codec.encode(change))).isEqualTo(change);
        assertThat(codec.encode(change).length).isLessThan(32_000);
    }
}
