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
package io.prestosql.protocol;

import com.google.common.collect.ImmutableList;
import io.airlift.json.JsonCodec;
import io.prestosql.node.CoordinatorAddress;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestReportRequest
{
    private static final JsonCodec<ReportRequest> CODEC = jsonCodec(ReportRequest.class);

    @Test
    public void testRoundTrip()
    {
        ReportRequest request = new ReportRequest(
                Optional.of(new LeaderClaim(7, Optional.of(new Stamp("process", -42)), Optional.of(new DeciderAppointment("a", 1, ImmutableList.of(new CoordinatorAddress("b", URI.create("http://127.0.0.1:1"))))), Optional.of("embedded:1"))),
                Optional.of(new SeenReport("process", 3)),
                1000,
                ImmutableList.of(new QueryId("query")),
                ImmutableList.of("transaction"));
        assertThat(CODEC.fromJson(CODEC.toJson(request))).isEqualTo(request);
    }

    @Test
    public void testAllFieldsAreOptional()
    {
        assertThat(CODEC.fromJson("{}")).isEqualTo(new ReportRequest(Optional.empty(), Optional.empty(), 0, ImmutableList.of(), ImmutableList.of()));
        assertThat(CODEC.fromJson("{\"leader\":{\"epoch\":1}}").leader()).contains(new LeaderClaim(1, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    @Test
    public void testNonsense()
    {
        for (String json : List.of("{\"leader\":{\"epoch\":0}}", "{\"leader\":{}}", "{\"seen\":{\"version\":1}}", "{\"recorded\":[\"query\"]}", "{\"queuedTransactions\":[\"transaction\"]}", "{\"leader\":{\"epoch\":1,\"renewal\":{}}}")) {
            assertThatThrownBy(() -> CODEC.fromJson(json)).as(json).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
