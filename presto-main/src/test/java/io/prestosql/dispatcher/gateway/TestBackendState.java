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

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.gateway.BackendState.TrinoStatus;
import org.junit.jupiter.api.Test;

import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.json.JsonCodec.mapJsonCodec;
import static io.prestosql.dispatcher.gateway.BackendState.TrinoStatus.HEALTHY;
import static io.prestosql.dispatcher.gateway.BackendState.TrinoStatus.PENDING;
import static io.prestosql.dispatcher.gateway.BackendState.TrinoStatus.UNHEALTHY;
import static io.prestosql.dispatcher.gateway.ClusterReports.coordinator;
import static io.prestosql.dispatcher.gateway.ClusterReports.report;
import static org.assertj.core.api.Assertions.assertThat;

public class TestBackendState
{
    @Test
    public void testJsonOfTrinoGateway()
    {
        BackendState state = BackendState.of(report("a").runningQueries(4).routingGroups(ImmutableSet.of("etl")).build());
        assertThat(mapJsonCodec(String.class, Object.class).fromJson(jsonCodec(BackendState.class).toJson(state))).isEqualTo(ImmutableMap.builder()
                .put("clusterId", "a")
                .put("runningQueryCount", 4)
                .put("queuedQueryCount", 0)
                .put("numWorkerNodes", 2)
                .put("trinoStatus", "HEALTHY")
                .put("proxyTo", "http://a:8080")
                .put("externalUrl", "http://a:8080")
                .put("routingGroup", "etl")
                .buildOrThrow());
    }

    @Test
    public void testRunningQueries()
    {
        // the queue may not have heard yet of what coordinators have, or coordinators of what the queue sends them
        assertThat(BackendState.of(report("a").coordinators(coordinator(true, 2), coordinator(true, 1)).build()).runningQueryCount()).isEqualTo(3);
        assertThat(BackendState.of(report("a").runningQueries(4).coordinators(coordinator(true, 2)).build()).runningQueryCount()).isEqualTo(4);
    }

    @Test
    public void testStatus()
    {
        assertThat(status(report("a"))).isEqualTo(HEALTHY);
        assertThat(status(report("a").state(ClusterState.DRAINING))).isEqualTo(HEALTHY);
        assertThat(status(report("a").neverAnswered())).isEqualTo(PENDING);
        assertThat(status(report("a").coordinators(coordinator(false, 0)))).isEqualTo(UNHEALTHY);
        assertThat(status(report("a").coordinators(coordinator(false, 0), coordinator(true, 0)))).isEqualTo(HEALTHY);
        assertThat(status(report("a").requiredWorkers(3))).isEqualTo(UNHEALTHY);
    }

    private static TrinoStatus status(ClusterReports report)
    {
        return BackendState.of(report.build()).trinoStatus();
    }
}
