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
package io.prestosql.tests;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.RestResources;
import io.prestosql.testing.RestResources.Operation;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.memory.MemoryResource;
import io.trino.server.TaskResource;
import io.trino.server.security.ResourceSecurity;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.WORKER;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Nodes need the cluster's secret for all requests to each other. Each REST resource is for nodes only, unless it is listed here as one for
 * clients or operators.
 */
@TestInstance(PER_CLASS)
public class TestInternalEndpoints
{
    private static final Set<String> FOR_CLIENTS_AND_OPERATORS = ImmutableSet.of(
            "BackendResource",
            "ClientRefusalResource",
            "ClusterChangesResource",
            "ClusterUiQueryResource",
            "ClusterUiStatsResource",
            "ClustersResource",
            "DispatcherStatusResource",
            "EngineOnlyResource",
            "GatewayProbeResource",
            "LostQueryResource",
            "OperationsChangesResource",
            "OperationsOrderResource",
            "OperationsResource",
            "QueryHistoryResource",
            "PublicBackendResource",
            "QueryInfoResource",
            "QueryStatesResource",
            "SelectionDryRunResource",
            "StatementResource",
            "TokenExchangeResource",
            "UiQueryHistoryResource",
            "UiWorkerResource",
            "UnknownQueryResource");
    /** Only a dispatcher with OAuth2 has this resource. */
    private static final Set<String> NOT_SERVED_HERE = ImmutableSet.of("LoginPeerResource");

    private static final List<Map<String, String>> WITHOUT_SECRET = ImmutableList.of(
            ImmutableMap.of(),
            ImmutableMap.of("X-Trino-User", "user"),
            ImmutableMap.of("X-Trino-Internal-Bearer", "forged"),
            // without a signature
            ImmutableMap.of("X-Trino-Internal-Bearer", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJkaXNwYXRjaGVyLTEiLCJleHAiOjQxMDI0NDQ4MDB9."),
            // signed with another secret
            ImmutableMap.of("X-Trino-Internal-Bearer", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkaXNwYXRjaGVyLTEiLCJleHAiOjQxMDI0NDQ4MDB9.mDjMsRIQwXsbJRWS8LVYCPZxnZZDJHyjGhZx1qg6Cb8"));

    private TestingPrestoCluster cluster;
    private RawClient client;

    @BeforeAll
    public void setUp()
    {
        cluster = TestingPrestoCluster.builder()
                .addOneOfEachRole()
                .addProperty(COORDINATOR, "catalog.management", "dynamic")
                .addProperty(WORKER, "catalog.management", "dynamic")
                .build();
        client = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(client, cluster);
    }

    @Test
    public void testResourcesForNodesAreDeclaredSo()
    {
        for (Class<?> resource : resourcesForNodes()) {
            assertThat(resource.getAnnotation(ResourceSecurity.class)).as(resource.getName()).isNotNull();
            assertThat(resource.getAnnotation(ResourceSecurity.class).value()).as(resource.getName()).isEqualTo(INTERNAL_ONLY);
            // an annotation of a method would count instead
            assertThat(resource.getMethods()).noneMatch(method -> method.isAnnotationPresent(ResourceSecurity.class));
        }
    }

    @Test
    public void testRefusalWithoutSecret()
    {
        Set<String> open = new TreeSet<>();
        Set<String> served = new HashSet<>();
        List<Class<?>> resources = new ArrayList<>(resourcesForNodes());
        resources.addAll(List.of(MemoryResource.class, TaskResource.class));
        for (TestingPrestoServer server : cluster.getServers()) {
            for (Class<?> resource : resources) {
                boolean serves = server.has(resource);
                if (serves) {
                    served.add(resource.getSimpleName());
                }
                for (Operation operation : RestResources.operations(resource)) {
                    for (Map<String, String> headers : WITHOUT_SECRET) {
                        Response response = send(server, operation.withParameters(TestInternalEndpoints::sample), headers);
                        if (!(serves ? List.of(401, 403) : List.of(401, 403, 404)).contains(response.status())) {
                            open.add("%s %s at %s: %s".formatted(operation.method(), operation.path(), server.getNodeId(), response));
                        }
                        assertThat(response.body()).doesNotContain("Exception", "\tat ");
                    }
                }
            }
        }
        assertThat(open).isEmpty();
        Set<String> expected = resources.stream().map(Class::getSimpleName).collect(toCollection(HashSet::new));
        expected.removeAll(NOT_SERVED_HERE);
        assertThat(served).isEqualTo(expected);
    }

    private Response send(TestingPrestoServer server, Operation operation, Map<String, String> headers)
    {
        boolean hasBody = operation.method().equals("POST") || operation.method().equals("PUT");
        ImmutableMap.Builder<String, String> allHeaders = ImmutableMap.<String, String>builder().putAll(headers);
        if (hasBody) {
            allHeaders.put("Content-Type", "application/json");
        }
        return client.send(operation.method(), server.getBaseUrl().resolve(operation.path()), hasBody ? "{}" : "", allHeaders.buildOrThrow());
    }

    private static String sample(String parameter)
    {
        return switch (parameter) {
            case "queryId" -> "20250101_000000_00000_aaaaa";
            case "taskId" -> "20250101_000000_00000_aaaaa.0.0.0";
            default -> "1";
        };
    }

    private static List<Class<?>> resourcesForNodes()
    {
        return RestResources.of("io.prestosql.").stream()
                .filter(resource -> !FOR_CLIENTS_AND_OPERATORS.contains(resource.getSimpleName()))
                .collect(toImmutableList());
    }
}
