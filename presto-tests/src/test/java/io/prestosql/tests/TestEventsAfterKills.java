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

import io.prestosql.queue.QueueDriver;
import io.prestosql.testing.QueryEventsPlugin;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import static io.prestosql.node.NodeRole.DISPATCHER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * A process that dies before it has told event listeners of an end leaves that to another process.
 */
@Execution(CONCURRENT)
public class TestEventsAfterKills
{
    @Test
    public void testLeaderThatDiesBeforeItTells(@TempDir Path directory)
    {
        QueryEventsPlugin events = new QueryEventsPlugin();
        try (events; TestingPrestoCluster cluster = start(events, directory)) {
            TestingPrestoServer leader = leader(cluster);
            String sql = "SELEC 1";
            events.hold(sql);
            String queryId = execute(cluster, sql).queryId();
            await().until(() -> events.getHeldEvents() == 1);
            events.holdNoMore();
            assertThat(events.getCompleted(queryId)).isEmpty();

            cluster.kill(leader.getNodeId());
            QueryCompletedEvent event = awaitCompleted(events, queryId);
            assertThat(event.getFailureInfo().orElseThrow().getErrorCode().getName()).isEqualTo("SYNTAX_ERROR");
            assertThat(event.getMetadata().getQuery()).isEqualTo(sql);
            assertThat(event.getContext().getUser()).isEqualTo("user");
        }
    }

    @Test
    public void testCoordinatorThatDiesBeforeItTells(@TempDir Path directory)
    {
        QueryEventsPlugin events = new QueryEventsPlugin();
        try (events; TestingPrestoCluster cluster = start(events, directory)) {
            String sql = "SELECT 2";
            String queryId = finishUntold(cluster, events, sql);
            cluster.kill(cluster.getCoordinatorOf(queryId).getNodeId());
            checkFinished(awaitCompleted(events, queryId), sql);
            assertThat(events.getCreated(queryId)).hasSize(1);
        }
    }

    /**
     * Neither of the processes that have known the query is left.
     */
    @Test
    public void testLeaderAndCoordinatorThatDieBeforeTheyTell(@TempDir Path directory)
    {
        QueryEventsPlugin events = new QueryEventsPlugin();
        try (events; TestingPrestoCluster cluster = start(events, directory)) {
            String sql = "SELECT 3";
            String queryId = finishUntold(cluster, events, sql);
            String coordinator = cluster.getCoordinatorOf(queryId).getNodeId();
            cluster.kill(leader(cluster).getNodeId());
            cluster.kill(coordinator);
            checkFinished(awaitCompleted(events, queryId), sql);
            assertThat(events.getCreated(queryId)).hasSize(1);
        }
    }

    private static String finishUntold(TestingPrestoCluster cluster, QueryEventsPlugin events, String sql)
    {
        events.hold(sql);
        TestingClient.Result result = execute(cluster, sql);
        assertThat(result.onlyValue()).isNotNull();
        await().until(() -> events.getHeldEvents() == 1);
        events.holdNoMore();
        assertThat(events.getCompleted(result.queryId())).isEmpty();
        return result.queryId();
    }

    private static void checkFinished(QueryCompletedEvent event, String sql)
    {
        assertThat(event.getFailureInfo()).isEqualTo(Optional.empty());
        assertThat(event.getMetadata().getQueryState()).isEqualTo("FINISHED");
        assertThat(event.getMetadata().getQuery()).isEqualTo(sql);
        assertThat(event.getContext().getUser()).isEqualTo("user");
    }

    private static QueryCompletedEvent awaitCompleted(QueryEventsPlugin events, String queryId)
    {
        await().atMost(Duration.ofSeconds(60)).until(() -> !events.getCompleted(queryId).isEmpty());
        return events.getCompleted(queryId).getFirst();
    }

    private static TestingClient.Result execute(TestingPrestoCluster cluster, String sql)
    {
        try (TestingClient client = new TestingClient(cluster.getDispatcherUrl())) {
            return client.execute(sql);
        }
    }

    private static TestingPrestoServer leader(TestingPrestoCluster cluster)
    {
        return cluster.getServers(DISPATCHER).stream()
                .filter(dispatcher -> dispatcher.getInstance(QueueDriver.class).getCurrentEpoch() > 0)
                .findFirst()
                .orElseThrow();
    }

    private static TestingPrestoCluster start(QueryEventsPlugin events, Path directory)
    {
        return TestingPrestoCluster.builder()
                .addDispatchers(3)
                .addCoordinators(2)
                .addWorkers(1)
                .shareQueue()
                .addPlugin(events)
                .addProperty("event-listener.config-files", QueryEventsPlugin.configuration(directory))
                .build();
    }
}
