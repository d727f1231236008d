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
package io.prestosql.tests.product;

import com.google.common.collect.ImmutableList;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Addresses that are closed to requests without the cluster's secret, on a node of each role.
 */
@Order(SharedCluster.EVERYDAY)
public class TestInternalSecret
{
    /** Requests with the secret succeed, so the refusals below have no other reason. */
    @Test
    public void testWithSecret()
    {
        LocalCluster cluster = EverydayCluster.get();
        assertOpenWithSecret(cluster, cluster.node("coordinator-1"), cluster.node("worker-1"));
    }

    @Test
    public void testWithoutSecret()
    {
        LocalCluster cluster = EverydayCluster.get();
        assertClosedWithoutSecret(cluster.node("coordinator-1"), cluster.node("worker-1"), cluster.node("dispatcher-1"));
    }

    static void assertOpenWithSecret(LocalCluster cluster, Node coordinator, Node worker)
    {
        String token = InternalToken.create(cluster.secret());
        assertThat(Http.get(coordinator.uri().resolve("/v1/view/query"), InternalToken.HEADER, token).statusCode()).isEqualTo(200);
        assertThat(Http.get(worker.uri().resolve("/v1/memory"), InternalToken.HEADER, token).statusCode()).isEqualTo(200);
    }

    static void assertClosedWithoutSecret(Node coordinator, Node worker, Node dispatcher)
    {
        String forged = InternalToken.create("not the secret");
        List<InternalRequest> requests = ImmutableList.of(
                new InternalRequest(coordinator, "GET", "/v1/view/query"),
                new InternalRequest(coordinator, "GET", "/v1/view/transaction"),
                new InternalRequest(coordinator, "POST", "/v1/dispatch/report"),
                new InternalRequest(coordinator, "PUT", "/v1/dispatch/query/20260101_000000_00000_aaaaa"),
                new InternalRequest(coordinator, "GET", "/v1/view/query/20260101_000000_00000_aaaaa/info"),
                new InternalRequest(coordinator, "PUT", "/v1/view/query/20260101_000000_00000_aaaaa/failure"),
                new InternalRequest(coordinator, "PUT", "/v1/dispatch/query/20260101_000000_00000_aaaaa/failure"),
                new InternalRequest(coordinator, "PUT", "/v1/announcement/intruder"),
                new InternalRequest(coordinator, "DELETE", "/v1/announcement/worker-1"),
                new InternalRequest(worker, "GET", "/v1/memory"),
                new InternalRequest(worker, "GET", "/v1/task"),
                new InternalRequest(worker, "POST", "/v1/task/20260101_000000_00000_aaaaa.0.0.0"),
                new InternalRequest(dispatcher, "GET", "/v1/memory"),
                new InternalRequest(dispatcher, "GET", "/v1/queue/query"));
        for (InternalRequest request : requests) {
            URI uri = request.node().uri().resolve(request.path());
            String body = request.method().equals("GET") || request.method().equals("DELETE") ? "" : "{}";
            for (String[] headers : ImmutableList.of(
                    new String[] {"Content-Type", "application/json"},
                    new String[] {"Content-Type", "application/json", "X-Trino-User", "alice"},
                    new String[] {"Content-Type", "application/json", InternalToken.HEADER, forged},
                    new String[] {"Content-Type", "application/json", InternalToken.HEADER, "nonsense"})) {
                HttpResponse<String> response = Http.request(request.method(), uri, body, headers);
                assertThat(response.statusCode()).describedAs("%s %s %s: %s", request.method(), uri, ImmutableList.copyOf(headers), response.body()).isIn(401, 403, 404);
                assertThat(response.body()).doesNotContain("\tat ");
            }
        }
    }

    private record InternalRequest(Node node, String method, String path) {}
}
