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
package io.prestosql.dispatcher.statement;

import com.google.common.collect.ImmutableList;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Shows the proxy through the filter that uses it.
 */
@Timeout(60)
public class TestExecutingQueryProxy
{
    private static final QueryId QUERY = new QueryId("20250101_000000_00000_abcde");
    private static final String PATH = "/v1/statement/executing/20250101_000000_00000_abcde/slug/7";

    private StatementServer server;
    private StatementCoordinator coordinator;

    @BeforeEach
    public void setUp()
            throws Exception
    {
        server = new StatementServer(Optional.empty());
        coordinator = new StatementCoordinator("coordinator");
        server.add(coordinator.link());
        server.found(QUERY, coordinator.link());
    }

    @AfterEach
    public void tearDown()
            throws Exception
    {
        server.close();
        coordinator.close();
    }

    @Test
    public void testAnswerOfCoordinator()
            throws Exception
    {
        coordinator.answer(exchange -> {
            exchange.getResponseHeaders().add("X-Trino-Set-Catalog", "tpch");
            StatementCoordinator.send(exchange, 200, "rows");
        });
        HttpResponse<String> response = server.send("GET", PATH);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("X-Trino-Set-Catalog")).contains("tpch");
        assertThat(response.body()).isEqualTo("rows");
        assertThat(server.proxy().getProxiedRequests()).isEqualTo(1);
        assertThat(server.proxy().getFailedRequests()).isZero();
    }

    @Test
    public void testCoordinatorLearnsWhatItNeedsOfTheClient()
            throws Exception
    {
        server.send("GET", PATH, "X-Trino-User", "alice", "Authorization", "Basic YWxpY2U6", "X-Trino-Internal-Bearer", "forged", "Accept", "application/json");
        assertThat(coordinator.lastHeaders())
                .containsEntry("x-trino-user", "alice")
                .containsEntry("accept", "application/json")
                .containsEntry("x-forwarded-for", "127.0.0.1")
                .containsEntry("x-forwarded-proto", "http")
                .containsEntry("x-forwarded-host", "127.0.0.1")
                .hasEntrySatisfying("x-forwarded-port", port -> assertThat(port).isNotEqualTo(String.valueOf(coordinator.link().uri().getPort())))
                .doesNotContainKeys("authorization", "x-trino-internal-bearer");
    }

    @Test
    public void testErrorIsPassedOn()
            throws Exception
    {
        coordinator.answer(StatementCoordinator.sending(410, ImmutableList.of("Invalid token")));
        HttpResponse<String> response = server.send("GET", PATH);
        assertThat(response.statusCode()).isEqualTo(410);
        assertThat(response.body()).isEqualTo("Invalid token");
    }

    @Test
    public void testErrorDoesNotNameTheCoordinator()
            throws Exception
    {
        coordinator.answer(StatementCoordinator.sending(500, ImmutableList.of("Error 500", "Powered by " + coordinator.link().uri().getAuthority())));
        HttpResponse<String> response = server.send("GET", PATH);
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).isEqualTo("The query's coordinator has answered with status 500");
    }

    @Test
    public void testDeathIsFoundOut()
            throws Exception
    {
        // this dispatcher does not know it yet
        coordinator.close();
        server.kill(coordinator.link());
        assertThat(server.get(PATH)).isEqualTo("here /v1/statement/lost/" + QUERY);
        assertThat(server.proxy().getFailedRequests()).isEqualTo(1);
    }

    @Test
    public void testClientAsksAgainWhileTheCoordinatorMayBeAlive()
            throws Exception
    {
        coordinator.close();
        HttpResponse<String> response = server.send("GET", PATH);
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("1");
        assertThat(server.proxy().getFailedRequests()).isEqualTo(1);
    }

    @Test
    public void testAnswerThatIsCutOffDoesNotLookComplete()
    {
        coordinator.answer(exchange -> {
            exchange.sendResponseHeaders(200, 100_000);
            exchange.getResponseBody().write(new byte[50_000]);
            exchange.getResponseBody().flush();
            throw new IOException("on purpose");
        });
        assertThatThrownBy(() -> server.send("GET", PATH)).isInstanceOf(IOException.class);
        assertThat(server.proxy().getFailedRequests()).isEqualTo(1);
        assertThat(server.proxy().getHangUps()).isZero();
    }
}
