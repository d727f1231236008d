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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.querylog.embedded.EmbeddedQueryLog;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingPrestoCluster;
import io.trino.execution.QueryInfo;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

import static io.airlift.testing.Closeables.closeAllRuntimeException;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static io.prestosql.protocol.SubmittedQuery.CONDENSED_LENGTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Generated statements of hundreds of kilobytes: a dispatcher remembers the queries, but only the beginnings of most texts.
 */
@TestInstance(PER_CLASS)
public class TestQueryHistory
{
    private static final int LENGTH = 200_000;
    private static final int QUERIES = 20;
    private static final int HISTORY_BYTES = 2_000_000;

    private TestingPrestoCluster cluster;
    private TestingClient client;
    private RawClient rawClient;

    @BeforeAll
    public void setUp(@TempDir Path directory)
    {
        cluster = TestingPrestoCluster.builder()
                .addDispatcherAndOneOther()
                .addProperty(DISPATCHER, "query.max-history-text-size", HISTORY_BYTES + "B")
                .keepQueue(directory)
                .build();
        client = new TestingClient(cluster.getDispatcherUrl());
        rawClient = new RawClient();
    }

    @AfterAll
    public void tearDown()
    {
        closeAllRuntimeException(rawClient, client, cluster);
    }

    @Test
    public void testTextsOfEndedQueries()
    {
        List<String> finished = run(number -> "SELECT %s /* %s */".formatted(number, "x".repeat(LENGTH)));
        List<String> failed = run(number -> "SELECT FROM %s /* %s */".formatted(number, "x".repeat(LENGTH)));
        List<String> prepared = new ArrayList<>();
        for (int i = 0; i < QUERIES; i++) {
            String statement = "SELECT %s /* %s */".formatted(i, "x".repeat(LENGTH));
            prepared.add(client.execute(session -> session.preparedStatements(ImmutableMap.of("p", statement)), "EXECUTE p").queryId());
        }

        // the log has only beginnings, and so have the dispatcher's records, except for the newest
        await().untilAsserted(() -> assertThat(liveBytes()).isLessThan(3 * QUERIES * (2 * CONDENSED_LENGTH + 4_000)));
        assertThat(queue().getHistoryTextBytes()).isLessThanOrEqualTo(HISTORY_BYTES).isGreaterThan(HISTORY_BYTES / 2);
        assertThat(shown(finished.getFirst()).get("query").asText()).startsWith("SELECT 0 /* xxx").hasSizeLessThanOrEqualTo(CONDENSED_LENGTH);
        assertThat(shown(finished.getFirst()).get("state").asText()).isEqualTo("FINISHED");
        assertThat(shown(failed.getFirst()).get("query").asText()).startsWith("SELECT FROM 0").hasSizeLessThanOrEqualTo(CONDENSED_LENGTH);
        assertThat(shown(failed.getFirst()).get("errorCode").get("name").asText()).isEqualTo("SYNTAX_ERROR");
        assertThat(shown(failed.getFirst()).get("failureInfo").get("message").asText()).startsWith("line 1:8: mismatched input");
        for (List<String> queries : List.of(finished, prepared)) {
            assertThat(dispatchQuery(queries.getFirst())).hasSizeLessThan(3 * CONDENSED_LENGTH);
        }
        // the newest one is whole
        assertThat(dispatchQuery(prepared.getLast())).hasSizeGreaterThan(LENGTH);

        // no query is lost
        RawClient.Response list = rawClient.get(cluster.getDispatcherUrl().resolve("/v1/query"), ImmutableMap.of("X-Trino-User", "user"));
        assertThat(list.status()).isEqualTo(200);
        List<String> ids = new ArrayList<>();
        list.json().forEach(query -> ids.add(query.get("queryId").asText()));
        assertThat(ids).containsAll(finished).containsAll(failed).containsAll(prepared);
        for (String queryId : List.of(finished.getFirst(), finished.getLast(), failed.getFirst(), prepared.getFirst())) {
            assertThat(queue().get(new QueryId(queryId)).orElseThrow().end()).as(queryId).isPresent();
        }

        cluster.stop("dispatcher-1");
        cluster.start("dispatcher-1");
        cluster.awaitReady();
        await().until(() -> queue().isLeading());
        assertThat(liveBytes()).isLessThan(3 * QUERIES * (2 * CONDENSED_LENGTH + 4_000));
        for (String queryId : List.of(finished.getFirst(), failed.getLast(), prepared.getFirst())) {
            await().untilAsserted(() -> assertThat(queue().get(new QueryId(queryId)).orElseThrow().end()).as(queryId).isPresent());
        }
        assertThat(client.execute("SELECT 7").onlyValue()).isEqualTo(7);
    }

    private List<String> run(IntFunction<String> statement)
    {
        List<String> queries = new ArrayList<>();
        for (int i = 0; i < QUERIES; i++) {
            queries.add(client.execute(statement.apply(i)).queryId());
        }
        return queries;
    }

    private QueueAdmission queue()
    {
        return cluster.getDispatcher().getInstance(QueueAdmission.class);
    }

    private long liveBytes()
    {
        return cluster.getDispatcher().getInstance(EmbeddedQueryLog.class).getLiveBytes();
    }

    /**
     * Returns the texts in the dispatcher's own record of the query.
     */
    private String dispatchQuery(String queryId)
    {
        QueryInfo info = queue().dispatchManager().orElseThrow().getQuery(new QueryId(queryId)).getFullQueryInfo();
        return info.getQuery() + info.getPreparedQuery().orElse("") + info.getSession().getPreparedStatements();
    }

    private JsonNode shown(String queryId)
    {
        return cluster.getDispatcher().getInstance(ObjectMapper.class)
                .valueToTree(queue().dispatchManager().orElseThrow().getQuery(new QueryId(queryId)).getFullQueryInfo());
    }
}
