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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.QuerySlug;
import io.prestosql.rpc.NotLeaderException;
import io.trino.spi.QueryId;
import jakarta.ws.rs.WebApplicationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
public class TestQueuedPollFilter
{
    private static final QueryId QUERY = new QueryId("20250101_000000_00000_abcde");
    private static final String EXECUTING_PATH = "/v1/statement/executing/20250101_000000_00000_abcde/other-slug/0";
    private static final long TOKEN = 7;

    private StatementServer server;
    private StatementCoordinator coordinator;
    private PollOnHold query;
    private String path;

    @BeforeEach
    public void setUp()
            throws Exception
    {
        server = new StatementServer(Optional.empty());
        coordinator = new StatementCoordinator("coordinator");
        server.add(coordinator.link());
        query = new PollOnHold();
        path = "/v1/statement/queued/%s/%s/%s".formatted(QUERY, query.slug().forToken(TOKEN), TOKEN);
        server.enqueue(QUERY, query);
    }

    @AfterEach
    public void tearDown()
            throws Exception
    {
        server.close();
        coordinator.close();
    }

    @Test
    public void testQueryThatIsDispatchedMeanwhile()
            throws Exception
    {
        CompletableFuture<String> answer = server.getLater(path);
        query.awaitPoll();
        assertThat(answer).isNotDone();
        query.start(coordinator.link());
        query.news.set(true);
        assertThat(answer.get()).isEqualTo("coordinator GET " + EXECUTING_PATH);
        assertThat(query.tokens).containsExactly(TOKEN);
    }

    @Test
    public void testQueryThatStillWaits()
            throws Exception
    {
        query.news.set(false);
        assertThat(server.get(path)).isEqualTo("here %s after a wait".formatted(path));
        assertThat(query.tokens).isEmpty();
    }

    @Test
    public void testRowsThatTheClientMayNotBeToldOf()
            throws Exception
    {
        query.start(coordinator.link());
        query.news.set(false);
        assertThat(server.get(path)).isEqualTo("here %s after a wait".formatted(path));
    }

    @Test
    public void testDeposed()
            throws Exception
    {
        query.start(coordinator.link());
        query.news.setException(new NotLeaderException());
        assertThat(server.get(path)).isEqualTo("here %s after a wait".formatted(path));
    }

    @Test
    public void testCoordinatorThatDiesMeanwhile()
            throws Exception
    {
        query.start(coordinator.link());
        server.awaitDeath(coordinator.link());
        query.news.set(true);
        assertThat(server.get(path)).isEqualTo("here %s after a wait".formatted(path));
    }

    @Test
    public void testCoordinatorThatTurnsOutToBeDead()
            throws Exception
    {
        query.start(coordinator.link());
        query.news.set(true);
        coordinator.close();
        server.kill(coordinator.link());
        assertThat(server.get(path)).isEqualTo("here /v1/statement/lost/%s after a wait".formatted(QUERY));
    }

    @Test
    public void testQueryOfThisProcessStaysHere()
            throws Exception
    {
        try (StatementServer both = new StatementServer(Optional.of("coordinator"))) {
            both.add(coordinator.link());
            both.enqueue(QUERY, query);
            query.start(coordinator.link());
            query.news.set(true);
            assertThat(both.get(path)).isEqualTo("here %s after a wait".formatted(path));
        }
    }

    @Test
    public void testTokenIsChecked()
            throws Exception
    {
        query.start(coordinator.link());
        query.news.set(true);
        query.refusal = Optional.of(new WebApplicationException("Invalid token", 410));
        assertThat(server.send("GET", path).statusCode()).isEqualTo(410);
        assertThat(server.proxy().getProxiedRequests()).isZero();
    }

    @Test
    public void testOtherRequestsAreNotPolls()
            throws Exception
    {
        String otherSlug = "/v1/statement/queued/%s/%s/%s".formatted(QUERY, QuerySlug.create().forToken(TOKEN), TOKEN);
        assertThat(server.get(otherSlug)).isEqualTo("here " + otherSlug);
        String otherToken = "/v1/statement/queued/%s/%s/%s".formatted(QUERY, query.slug().forToken(TOKEN), TOKEN + 1);
        assertThat(server.get(otherToken)).isEqualTo("here " + otherToken);
        assertThat(server.send("DELETE", path).body()).isEqualTo("here " + path);
        assertThat(query.isPolled()).isFalse();
    }

    private static class PollOnHold
            implements PolledQuery
    {
        private final QuerySlug slug = QuerySlug.create();
        private final SettableFuture<Boolean> news = SettableFuture.create();
        private final CountDownLatch polled = new CountDownLatch(1);
        private final List<Long> tokens = new CopyOnWriteArrayList<>();
        private volatile Optional<CoordinatorLink> coordinator = Optional.empty();
        private volatile Optional<WebApplicationException> refusal = Optional.empty();

        private void start(CoordinatorLink link)
        {
            coordinator = Optional.of(link);
        }

        private void awaitPoll()
                throws InterruptedException
        {
            assertThat(polled.await(30, SECONDS)).isTrue();
        }

        private boolean isPolled()
        {
            return polled.getCount() == 0;
        }

        @Override
        public QuerySlug slug()
        {
            return slug;
        }

        @Override
        public ListenableFuture<Boolean> poll()
        {
            polled.countDown();
            return news;
        }

        @Override
        public Optional<CoordinatorLink> coordinator()
        {
            return coordinator;
        }

        @Override
        public Optional<String> executingPath()
        {
            return coordinator.map(_ -> EXECUTING_PATH);
        }

        @Override
        public void checkToken(long token)
        {
            tokens.add(token);
            refusal.ifPresent(exception -> {
                throw exception;
            });
        }
    }
}
