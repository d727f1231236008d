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

import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.clusters.OrderedStateCodec.StoredState;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestOrderedStateCodec
{
    private final OrderedStateCodec codec = new OrderedStateCodec(jsonCodec(StoredState.class));

    @Test
    public void testRoundTrip()
    {
        for (Optional<String> address : List.of(Optional.of("10.0.0.1"), Optional.<String>empty())) {
            OrderedState ordered = new OrderedState(ClusterState.DRAINING, "alice", address, Instant.parse("2026-12-01T07:00:00.123Z"));
            assertThat(codec.decode(codec.encode(ordered))).isEqualTo(ordered);
        }
    }

    /**
     * The form in which logs have it.
     */
    @Test
    public void testForm()
    {
        byte[] content = """
                {"formatVersion": 1, "state": "INACTIVE", "user": "alice", "time": "2026-12-01T07:00:00Z", "later": true}
                """.getBytes(UTF_8);
        assertThat(codec.decode(content)).isEqualTo(new OrderedState(ClusterState.INACTIVE, "alice", Optional.empty(), Instant.parse("2026-12-01T07:00:00Z")));
    }

    @Test
    public void testFormOfNewerRelease()
    {
        byte[] content = """
                {"formatVersion": 2, "state": "INACTIVE", "user": "alice", "time": "2026-12-01T07:00:00Z"}
                """.getBytes(UTF_8);
        assertThatThrownBy(() -> codec.decode(content)).hasStackTraceContaining("it may come from a newer release");
    }
}
