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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.json.JsonCodec;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.catalog.TestCatalogPruning.handle;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that messages between coordinators and workers survive encoding and decoding.
 */
public class TestCatalogMessages
{
    @Test
    public void testRoundTrips()
    {
        PruneMark mark = new PruneMark(UUID.randomUUID(), Long.MAX_VALUE);
        assertRoundTrip(jsonCodec(PruneMark.class), mark);
        assertRoundTrip(jsonCodec(PruneRequest.class), new PruneRequest(mark, Set.of(handle("a"), handle("b:c"))));
        assertRoundTrip(jsonCodec(PruneRequest.class), new PruneRequest(mark, Set.of()));
        assertRoundTrip(jsonCodec(CatalogReport.class), new CatalogReport("node", Optional.empty(), Set.of(), List.of()));
        assertRoundTrip(jsonCodec(CatalogReport.class), new CatalogReport(
                "node",
                Optional.of("store"),
                ImmutableSet.of(handle("a")),
                List.of(new CatalogFingerprint("a", "tpch", ImmutableMap.of("x", "1")))));
    }

    private static <T> void assertRoundTrip(JsonCodec<T> codec, T message)
    {
        assertThat(codec.fromJson(codec.toJson(message))).isEqualTo(message);
    }
}
