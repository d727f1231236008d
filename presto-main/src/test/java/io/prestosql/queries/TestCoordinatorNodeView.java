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
package io.prestosql.queries;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.http.client.Response;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.client.testing.TestingResponse;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.ClusterName;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.metadata.NodeState;
import io.trino.server.ui.WorkerResource.JsonNodeInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.HttpStatus.OK;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.airlift.json.JsonCodec.listJsonCodec;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.SILENT;
import static io.prestosql.fleet.core.CoordinatorHealth.UNKNOWN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestCoordinatorNodeView
{
    private static final ClusterName ETL = new ClusterName("etl");
    private static final ClusterName SILENT_CLUSTER = new ClusterName("silent");
    private static final JsonCodec<List<NodeLoad>> LOADS = listJsonCodec(NodeLoad.class);

    private final ExecutorService executor = newCachedThreadPool(daemonThreadsNamed("test-http-%s"));
    private final ScheduledExecutorService scheduler = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-timer-%s"));
    private final CountDownLatch silentAsked = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private CoordinatorHealth silentHealth = UNKNOWN;

    @AfterEach
    public void tearDown()
    {
        end.countDown();
        executor.shutdownNow();
        scheduler.shutdownNow();
    }

    @Test
    public void testClusterThatIsNotAskedDelaysNothing()
            throws Exception
    {
        CoordinatorNodeView view = new CoordinatorNodeView(peers());
        assertThat(view.getLoads(cluster -> !cluster.equals(SILENT_CLUSTER)).get(30, SECONDS)).extracting(NodeLoad::nodeId).containsExactlyInAnyOrder("worker-1", "etl.worker-1");
        assertThat(silentAsked.getCount()).isEqualTo(1);

        ListenableFuture<List<NodeLoad>> all = view.getLoads(_ -> true);
        assertThat(silentAsked.await(30, SECONDS)).isTrue();
        assertThat(all.isDone()).isFalse();
    }

    @Test
    public void testClusterThatIsKnownToBeSilentDelaysNothing()
            throws Exception
    {
        silentHealth = SILENT;
        CoordinatorNodeView view = new CoordinatorNodeView(peers());
        assertThat(view.getNodes().get(30, SECONDS)).extracting(JsonNodeInfo::getNodeId).containsExactlyInAnyOrder("worker-1", "etl.worker-1");
        assertThat(view.getLoads(_ -> true).get(30, SECONDS)).extracting(NodeLoad::nodeId).containsExactlyInAnyOrder("worker-1", "etl.worker-1");
        assertThat(view.find("silent.worker-1", "status").exceptionNow()).isInstanceOf(TimeoutException.class);
        assertThat(silentAsked.getCount()).isEqualTo(1);

        // it is asked as soon as it answers
        silentHealth = ANSWERING;
        end.countDown();
        assertThat(view.getLoads(_ -> true).get(30, SECONDS)).extracting(NodeLoad::nodeId).contains("silent.worker-1");
    }

    private static Response json(String json)
    {
        return new TestingResponse(OK, ImmutableListMultimap.of("Content-Type", "application/json"), json.getBytes(UTF_8));
    }

    private ViewPeers peers()
    {
        ViewClient client = new ViewClient(
                new TestingHttpClient(
                        request -> {
                            if (request.getUri().getHost().equals("silent")) {
                                silentAsked.countDown();
                                end.await();
                            }
                            if (request.getUri().getPath().equals("/v1/view/node")) {
                                return json("[{\"nodeId\": \"worker-1\", \"nodeIp\": \"10.0.0.1\", \"nodeVersion\": \"476-1\", \"coordinator\": false, \"state\": \"active\"}]");
                            }
                            NodeLoad worker = new NodeLoad("worker-1", "host", "476-1", false, true, NodeState.ACTIVE, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
                            return json(LOADS.toJson(List.of(worker)));
                        },
                        executor),
                scheduler,
                new ViewConfig().setTimeout(new Duration(10, MINUTES)),
                listJsonCodec(ViewedQuery.class),
                jsonCodec(ViewedQuery.class),
                jsonCodec(JsonNode.class),
                listJsonCodec(ViewedTransaction.class),
                jsonCodec(ExecutionFailureInfo.class),
                listJsonCodec(JsonNodeInfo.class),
                LOADS);
        return new ViewPeers()
        {
            @Override
            public String nodeId()
            {
                return "dispatcher-1";
            }

            @Override
            public Optional<String> clusterOf(String coordinator)
            {
                return Optional.of(coordinators().get(coordinator).cluster().value());
            }

            @Override
            public Map<String, ViewPeer> coordinators()
            {
                return ImmutableMap.of(
                        "coordinator-1", new ViewPeer(ClusterName.DEFAULT, URI.create("http://own:8080"), client, ANSWERING),
                        "etl.coordinator-1", new ViewPeer(ETL, URI.create("http://etl:8080"), client, ANSWERING),
                        "silent.coordinator-1", new ViewPeer(SILENT_CLUSTER, URI.create("http://silent:8080"), client, silentHealth));
            }
        };
    }
}
