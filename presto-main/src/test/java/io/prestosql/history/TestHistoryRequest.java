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
package io.prestosql.history;

import com.google.common.collect.ImmutableMap;
import io.prestosql.history.HistoryRequest.ChartRequest;
import io.prestosql.history.HistoryRequest.ListRequest;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.MultivaluedMap;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestHistoryRequest
{
    private static final Instant NOW = Instant.parse("2026-12-01T07:02:30Z");

    @Test
    public void testDefaults()
    {
        ListRequest list = HistoryRequest.parseList(parameters(ImmutableMap.of("user", "")), false);
        assertThat(list.limit()).isEqualTo(100);
        assertThat(list.after()).isEmpty();
        assertThat(list.filter()).isEqualTo(new PastQueryFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()));

        ChartRequest chart = HistoryRequest.parseChart(parameters(ImmutableMap.of()), false, NOW);
        assertThat(chart.minutes()).isEqualTo(5);
        assertThat(chart.from()).isEqualTo("2026-12-01T01:00:00Z");
        assertThat(chart.columns()).isEqualTo(73);
        assertThat(chart.filter().from()).contains(Instant.parse("2026-12-01T01:02:30Z"));
        assertThat(chart.filter().to()).contains(NOW);
    }

    @Test
    public void testAllParameters()
    {
        PastQueryPosition position = new PastQueryPosition(NOW, "q1");
        ListRequest list = HistoryRequest.parseList(
                parameters(ImmutableMap.<String, String>builder()
                        .put("id", "q2")
                        .put("user", "alice")
                        .put("source", "cli")
                        .put("cluster", "etl")
                        .put("state", "FAILED")
                        .put("from", "2026-12-01T07:00:00Z")
                        .put("to", "2026-12-01T08:00:00.5Z")
                        .put("text", "orders")
                        .put("limit", "1000")
                        .put("cursor", position.toCursor())
                        .buildOrThrow()),
                true);
        assertThat(list).isEqualTo(new ListRequest(
                new PastQueryFilter(
                        Optional.of("q2"),
                        Optional.of("alice"),
                        Optional.of("cli"),
                        Optional.of("etl"),
                        Optional.of(PastState.FAILED),
                        Optional.of(Instant.parse("2026-12-01T07:00:00Z")),
                        Optional.of(Instant.parse("2026-12-01T08:00:00.5Z")),
                        Optional.of("orders")),
                Optional.of(position),
                1000));
    }

    @Test
    public void testColumns()
    {
        ChartRequest chart = HistoryRequest.parseChart(parameters(ImmutableMap.of("from", "2026-12-01T07:00:00Z", "to", "2026-12-01T08:00:00Z", "minutes", "10")), false, NOW);
        assertThat(chart.from()).isEqualTo("2026-12-01T07:00:00Z");
        assertThat(chart.columns()).isEqualTo(6);
        assertThat(HistoryRequest.parseChart(parameters(ImmutableMap.of("from", "2026-12-01T07:00:00Z", "to", "2026-12-01T08:00:00.001Z", "minutes", "10")), false, NOW).columns()).isEqualTo(7);
        assertThat(HistoryRequest.parseChart(parameters(ImmutableMap.of("from", "2026-12-01T07:09:59Z", "to", "2026-12-01T07:10:01Z", "minutes", "10")), false, NOW).columns()).isEqualTo(2);
    }

    @Test
    public void testWrongValues()
    {
        assertRefused("usr", "alice", "There is no parameter 'usr': there are id, user, source, cluster, state, from, to, text, limit, cursor");
        assertRefused("state", "failed", "state has to be FINISHED or FAILED");
        assertRefused("cluster", "No Name", "cluster has to be the name of a cluster, and 'No Name' is none");
        assertRefused("from", "yesterday", "from has to be a time such as 2026-12-01T07:00:00Z");
        assertRefused("to", "2026-12-01", "to has to be a time such as 2026-12-01T07:00:00Z");
        assertRefused("from", "+1000000000-01-01T00:00:00Z", "from has to be between 1970-01-01T00:00:00Z and 9999-01-01T00:00:00Z");
        for (String number : new String[] {"0", "-1", "1001", "ten", "1.5", "99999999999"}) {
            assertRefused("limit", number, "limit has to be a number from 1 to 1000");
        }
        assertRefused("cursor", "nonsense", "cursor has to be 'next' of an earlier answer");
        assertRefused("cursor", new PastQueryPosition(Instant.MAX, "q").toCursor(), "cursor has to be 'next' of an earlier answer");
        assertRefused("text", "x".repeat(5000), "text is too long: it may have 4096 characters");
        assertThatThrownBy(() -> HistoryRequest.parseList(parameters(ImmutableMap.of("text", "orders")), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("text finds nothing, as this history keeps no statements: leave it out, or set query-history.sql=true on the dispatchers");
        assertThatThrownBy(() -> HistoryRequest.parseList(parameters(ImmutableMap.of("from", "2026-12-01T07:00:00Z", "to", "2026-12-01T07:00:00Z")), true))
                .hasMessage("to has to be later than from");
        MultivaluedMap<String, String> twice = parameters(ImmutableMap.of("user", "alice"));
        twice.add("user", "bob");
        assertThatThrownBy(() -> HistoryRequest.parseList(twice, true)).hasMessage("user is given more than once");
        assertThatThrownBy(() -> HistoryRequest.parseChart(parameters(ImmutableMap.of("from", "2026-11-01T00:00:00Z", "minutes", "1")), true, NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("from, to and minutes make 43623 columns, and a chart has at most 1500: choose a shorter time, or more minutes");
        assertThatThrownBy(() -> HistoryRequest.parseChart(parameters(ImmutableMap.of("minutes", "1441")), true, NOW)).hasMessage("minutes has to be a number from 1 to 1440");
        assertThatThrownBy(() -> HistoryRequest.parseChart(parameters(ImmutableMap.of("from", "2026-12-02T00:00:00Z")), true, NOW)).hasMessage("to has to be later than from");
        assertThatThrownBy(() -> HistoryRequest.parseChart(parameters(ImmutableMap.of("limit", "1")), true, NOW)).hasMessageStartingWith("There is no parameter 'limit'");
    }

    private static void assertRefused(String name, String value, String reason)
    {
        assertThatThrownBy(() -> HistoryRequest.parseList(parameters(ImmutableMap.of(name, value)), true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(reason);
    }

    private static MultivaluedMap<String, String> parameters(Map<String, String> values)
    {
        return new MultivaluedHashMap<>(values);
    }
}
