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

import com.google.common.util.concurrent.SettableFuture;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
public class TestExecutingQueryFilter
{
    private static final QueryId QUERY = new QueryId("20250101_000000_00000_abcde");
    private static final String PATH = "/v1/statement/executing/20250101_000000_00000_abcde/slug/7";
    private static final String LOST_PATH = "/v1/statement/lost/20250101_000000_00000_abcde";
    private static final String SEGMENT_PATH = "/v1/spooled/download/abc=";

    private StatementServer server;
    private StatementCoordinator coordinator;

    @BeforeEach
    public void setUp()
            throws Exception
    {
        server = new StatementServer(Optional.empty());
        coordinator = new StatementCoordinator("coordinator");
    }

    @AfterEach
    public void tearDown()
            throws Exception
    {
        server.close();
        coordinator.close();
    }

    @Test
    public void testQueryIsAskedForAtItsCoordinator()
            throws Exception
    {
        locate();
        assertThat(server.get(PATH)).isEqualTo("coordinator GET " + PATH);
        assertThat(server.send("DELETE", PATH).body()).isEqualTo("coordinator DELETE " + PATH);
        // the engine looks at neither
        assertThat(server.get(PATH + ";a=b?c=d")).isEqualTo("coordinator GET " + PATH);
        assertThat(server.isNoneAwaited()).isTrue();
    }

    @Test
    public void testQueryOfThisProcessStaysHere()
            throws Exception
    {
        try (StatementServer both = new StatementServer(Optional.of("coordinator"))) {
            both.add(coordinator.link());
            both.found(QUERY, coordinator.link());
            assertThat(both.get(PATH)).isEqualTo("here " + PATH);
        }
    }

    @Test
    public void testQueryOfDeadCoordinatorIsLost()
            throws Exception
    {
        locate();
        server.awaitDeath(coordinator.link());
        assertThat(server.get(PATH)).isEqualTo("here " + LOST_PATH);
        assertThat(server.proxy().getProxiedRequests()).isZero();
    }

    @Test
    public void testQueryThatNoCoordinatorHasYet()
            throws Exception
    {
        // the leader would know where the query is, so there is no news to wait for
        server.enqueue(QUERY);
        assertThat(server.get(PATH)).isEqualTo("here " + LOST_PATH);
        assertThat(server.isNoneAwaited()).isTrue();
    }

    @Test
    public void testClientComesBeforeTheNews()
            throws Exception
    {
        server.add(coordinator.link());
        CompletableFuture<String> answer = server.getLater(PATH);
        SettableFuture<Void> news = server.nextAwaited();
        assertThat(answer).isNotDone();
        server.found(QUERY, coordinator.link());
        news.set(null);
        assertThat(answer.get()).isEqualTo("coordinator GET " + PATH);
    }

    @Test
    public void testNewsDoesNotCome()
            throws Exception
    {
        CompletableFuture<String> answer = server.getLater(PATH);
        server.nextAwaited().set(null);
        assertThat(answer.get()).isEqualTo("here " + LOST_PATH);
        // the request has not waited a second time
        assertThat(server.isNoneAwaited()).isTrue();
    }

    @Test
    public void testOtherRequestsStayHere()
            throws Exception
    {
        locate();
        assertThat(server.get("/v1/info")).isEqualTo("here /v1/info");
        assertThat(server.get("/v1/statement/executing/")).isEqualTo("here /v1/statement/executing/");
        assertThat(server.send("POST", PATH).body()).isEqualTo("here " + PATH);
        assertThat(server.send("DELETE", SEGMENT_PATH).body()).isEqualTo("here " + SEGMENT_PATH);
    }

    @Test
    public void testSegmentComesFromAnyCoordinator()
            throws Exception
    {
        server.add(coordinator.link());
        assertThat(server.get(SEGMENT_PATH)).isEqualTo("coordinator GET " + SEGMENT_PATH);
    }

    @Test
    public void testSegmentWithoutCoordinator()
            throws Exception
    {
        HttpResponse<String> response = server.send("GET", SEGMENT_PATH);
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("1");
    }

    @Test
    public void testSegmentAtACoordinatorStaysHere()
            throws Exception
    {
        try (StatementServer both = new StatementServer(Optional.of("other"))) {
            both.add(coordinator.link());
            assertThat(both.get(SEGMENT_PATH)).isEqualTo("here " + SEGMENT_PATH);
        }
    }

    private void locate()
    {
        server.add(coordinator.link());
        server.found(QUERY, coordinator.link());
    }
}
