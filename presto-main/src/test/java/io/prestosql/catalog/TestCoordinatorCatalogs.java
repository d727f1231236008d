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
import io.airlift.http.client.HttpStatus;
import io.airlift.http.client.Request;
import io.airlift.http.client.Response;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.discovery.CoordinatorDirectory;
import io.prestosql.discovery.DiscoveryServers;
import io.prestosql.discovery.DiscoveryServersConfig;
import io.prestosql.node.HostAddresses;
import io.trino.client.NodeVersion;
import io.trino.metadata.InMemoryNodeManager;
import io.trino.metadata.InternalNode;
import io.trino.server.InternalCommunicationConfig;
import io.trino.server.StartupStatus;
import io.trino.spi.connector.CatalogHandle;
import io.trino.transaction.NoOpTransactionManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import static com.google.common.net.MediaType.JSON_UTF_8;
import static io.airlift.http.client.testing.TestingResponse.mockResponse;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.catalog.AbstractTestSharedCatalogs.catalog;
import static io.prestosql.catalog.TestCatalogPruning.handle;
import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs rounds with coordinators whose answers are scripted.
 */
public class TestCoordinatorCatalogs
{
    private static final JsonCodec<CatalogReport> CODEC = jsonCodec(CatalogReport.class);
    private static final URI CONFIGURED = URI.create("http://127.0.0.1:8081");
    private static final URI ANNOUNCED = URI.create("http://127.0.0.1:8082");
    private static final URI ANNOUNCED_WORKER = URI.create("http://127.0.0.1:8083");
    private static final CatalogHandle A = handle("a");
    private static final CatalogHandle B = handle("b");

    private final Map<URI, CoordinatorAnswer> answers = new ConcurrentHashMap<>();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final KnownCatalogs knownCatalogs = new KnownCatalogs();
    private final CoordinatorCatalogs catalogs = createCatalogs();

    private interface CoordinatorAnswer
    {
        Response answer()
                throws Exception;
    }

    @AfterEach
    public void tearDown()
    {
        catalogs.stop();
    }

    @Test
    public void testUnion()
            throws Exception
    {
        answers.put(CONFIGURED, reports("coordinator-1", A));
        answers.put(ANNOUNCED, reports("coordinator-2", B));
        catalogs.round();
        assertThat(events).containsExactlyInAnyOrder("begin", "ask " + CONFIGURED, "ask " + ANNOUNCED, "prune [a, b]");
        assertThat(events).startsWith("begin").endsWith("prune [a, b]");
        assertThat(catalogs.getCompleteRounds()).isEqualTo(1);
        assertThat(catalogs.getIncompleteRounds()).isZero();
    }

    @Test
    public void testDeadCoordinator()
            throws Exception
    {
        answers.put(CONFIGURED, reports("coordinator-1", A));
        answers.put(ANNOUNCED, () -> {
            throw new ConnectException("Connection refused");
        });
        catalogs.round();
        assertThat(events).startsWith("begin").endsWith("prune [a]");
        assertThat(catalogs.getSilentCoordinators()).isZero();
    }

    @Test
    public void testSilentCoordinator()
            throws Exception
    {
        List<CoordinatorAnswer> silences = List.of(
                () -> {
                    throw new SocketTimeoutException("timed out");
                },
                // the coordinator is starting
                () -> mockResponse(HttpStatus.SERVICE_UNAVAILABLE, JSON_UTF_8, ""),
                // another kind of server answers
                () -> mockResponse(HttpStatus.NOT_FOUND, JSON_UTF_8, ""),
                () -> mockResponse(HttpStatus.OK, JSON_UTF_8, "{}"));
        answers.put(CONFIGURED, reports("coordinator-1", A));
        for (CoordinatorAnswer silence : silences) {
            answers.put(ANNOUNCED, silence);
            catalogs.round();
            assertThat(catalogs.getSilentCoordinators()).isEqualTo(1);
        }
        assertThat(events).noneMatch(event -> event.startsWith("prune"));
        assertThat(catalogs.getIncompleteRounds()).isEqualTo(silences.size());
        assertThat(catalogs.getCompleteRounds()).isZero();

        answers.put(ANNOUNCED, reports("coordinator-2"));
        catalogs.round();
        assertThat(events.getLast()).isEqualTo("prune [a]");
        assertThat(catalogs.getSilentCoordinators()).isZero();
    }

    @Test
    public void testDifferences()
            throws Exception
    {
        knownCatalogs.created(catalog("sales", ImmutableMap.of()));
        answers.put(CONFIGURED, reports("coordinator-1"));
        answers.put(ANNOUNCED, () -> mockResponse(HttpStatus.INTERNAL_SERVER_ERROR, JSON_UTF_8, ""));
        catalogs.round();
        assertThat(catalogs.getDifferences()).isEqualTo(1);
    }

    private static CoordinatorAnswer reports(String nodeId, CatalogHandle... inUse)
    {
        CatalogReport report = new CatalogReport(nodeId, Optional.empty(), Set.of(inUse), List.of());
        return () -> mockResponse(HttpStatus.OK, JSON_UTF_8, CODEC.toJson(report));
    }

    private CoordinatorCatalogs createCatalogs()
    {
        NodeInfo nodeInfo = new NodeInfo("testing");
        TestingHttpClient.Processor processor = this::answer;
        return new CoordinatorCatalogs(
                new CatalogReporter(nodeInfo, knownCatalogs, Optional.empty(), new NoOpTransactionManager(), new InternalCommunicationConfig(), new RecentCatalogs(new Duration(1, HOURS))),
                new CatalogPruner()
                {
                    @Override
                    public void begin()
                    {
                        events.add("begin");
                    }

                    @Override
                    public void prune(Set<CatalogHandle> keep)
                    {
                        events.add("prune " + keep.stream().map(CatalogHandle::toString).sorted().toList());
                    }
                },
                new CoordinatorDirectory(
                        new InMemoryNodeManager(
                                new InternalNode("coordinator-2", ANNOUNCED, NodeVersion.UNKNOWN, true),
                                new InternalNode("worker-1", ANNOUNCED_WORKER, NodeVersion.UNKNOWN, false)),
                        new DiscoveryServers(new DiscoveryServersConfig().setUris(CONFIGURED.toString()), HostAddresses.SYSTEM)),
                new TestingHttpClient(processor),
                CODEC,
                new StartupStatus(),
                new Duration(1, HOURS),
                1);
    }

    private Response answer(Request request)
            throws Exception
    {
        assertThat(request.getUri().getPath()).isEqualTo("/v1/catalog/report");
        URI base = URI.create("http://" + request.getUri().getAuthority());
        events.add("ask " + base);
        return answers.get(base).answer();
    }
}
