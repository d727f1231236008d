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
package io.prestosql.dispatcher.gateway;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.json.JsonCodec;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.clusters.ClustersReport;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.json.JsonCodec.mapJsonCodec;
import static io.prestosql.dispatcher.gateway.ClusterReports.report;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestBackend
{
    private static final JsonCodec<Backend> CODEC = jsonCodec(Backend.class);

    @Test
    public void testBodyOfScripts()
    {
        assertThat(parse("{\"name\": \"trino-3\", \"proxyTo\": \"http://localhost:8083/\", \"active\": false, \"routingGroup\": \"etl\", \"externalUrl\": \"http://trino-3.example.net/\"}"))
                .isEqualTo(new Backend("trino-3", "http://localhost:8083", false, "etl", "http://trino-3.example.net"));
        assertThat(parse("{\"name\": \"trino-3\", \"proxyTo\": \"http://a:8080/, http://b:8080\", \"unknown\": 1}"))
                .isEqualTo(new Backend("trino-3", "http://a:8080,http://b:8080", true, "adhoc", "http://a:8080,http://b:8080"));
    }

    @Test
    public void testWrongBody()
    {
        for (String wrong : ImmutableList.of("", "null", "[]", "trino-3", "{}", "{\"name\": \"trino-3\"}", "{\"proxyTo\": \"http://a\"}", "{\"name\": \"a\", \"proxyTo\": \"http://a\", \"active\": \"perhaps\"}")) {
            assertThatThrownBy(() -> parse(wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("The body has to be a JSON object with the strings name and proxyTo, ");
        }
    }

    @Test
    public void testJsonOfTrinoGateway()
    {
        assertThat(mapJsonCodec(String.class, Object.class).fromJson(CODEC.toJson(new Backend("trino-1", "http://localhost:8081", true, "adhoc", "http://localhost:8081"))))
                .isEqualTo(ImmutableMap.of(
                        "name", "trino-1",
                        "proxyTo", "http://localhost:8081",
                        "active", true,
                        "routingGroup", "adhoc",
                        "externalUrl", "http://localhost:8081"));
    }

    @Test
    public void testDefinition()
    {
        Backend backend = Backend.of("trino-3", "http://localhost:8083", false, "etl,adhoc", "http://trino-3.example.net");
        assertThat(backend.define(ImmutableMap.of("internal-communication.shared-secret", "secret", "cluster.state", "ACTIVE"))).isEqualTo(ImmutableMap.of(
                "internal-communication.shared-secret", "secret",
                "discovery.uri", "http://localhost:8083",
                "cluster.state", "DRAINING",
                "cluster.routing-groups", "etl,adhoc",
                "cluster.external-url", "http://trino-3.example.net"));
        assertThat(Backend.PROPERTIES).containsExactlyInAnyOrder("discovery.uri", "cluster.state", "cluster.routing-groups", "cluster.external-url");
    }

    @Test
    public void testClusters()
    {
        ClustersReport report = new ClustersReport(
                Optional.of("dispatcher-1"),
                ImmutableList.of(
                        report("a").build(),
                        report("b").state(ClusterState.DRAINING).servers("http://b-1:8080", "http://b-2:8080").routingGroups(ImmutableSet.of("etl", "adhoc")).externalUrl("https://b.example.net").build(),
                        report("gone").removed().build()),
                ImmutableList.of());
        assertThat(Backend.allOf(report)).containsExactly(
                new Backend("a", "http://a:8080", true, "", "http://a:8080"),
                new Backend("b", "http://b-1:8080,http://b-2:8080", false, "etl,adhoc", "https://b.example.net"));
    }

    private static Backend parse(String body)
    {
        return Backend.parse(body.getBytes(UTF_8));
    }
}
