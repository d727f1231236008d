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
package io.prestosql.querylog.postgresql;

import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;

import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import static io.prestosql.spi.querylog.QueryLogRecord.Kind.DISPATCHED;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.ELIGIBLE;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.ENDED;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.FORGOTTEN;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;

/**
 * Sends queries through the log and prints the size of the tables meanwhile: {@code PostgresqlQueryLogBenchmark [QUERIES]}.
 */
public final class PostgresqlQueryLogBenchmark
{
    // queries that are live at the same time
    private static final int LIVE = 5_000;
    private static final int REPORTS = 20;

    private PostgresqlQueryLogBenchmark() {}

    public static void main(String[] arguments)
            throws Exception
    {
        int queries = arguments.length == 0 ? 1_000_000 : Integer.parseInt(arguments[0]);
        try (TestingPostgresql postgresql = new TestingPostgresql(Map.of("autovacuum_naptime", "10s"));
                PostgresqlQueryLog log = new PostgresqlQueryLog(new PostgresqlQueryLogConfig().setUrl(postgresql.url(postgresql.port())).setUser("postgres"))) {
            run(postgresql, log, queries);
        }
    }

    private static void run(TestingPostgresql postgresql, PostgresqlQueryLog log, int queries)
            throws InterruptedException, ExecutionException, IOException, SQLException
    {
        CompletableFuture<Long> elected = new CompletableFuture<>();
        log.start(new QueryLogMember("benchmark", URI.create("http://127.0.0.1:8080")), new QueryLogListener()
        {
            @Override
            public void elected(long epoch, List<QueryLogRecord> liveRecords)
            {
                elected.complete(epoch);
            }

            @Override
            public void deposed(long epoch) {}

            @Override
            public void leaderChanged(Optional<QueryLogLeader> leader) {}
        });
        long epoch = elected.get();
        Random random = new Random(1);
        ArrayDeque<CompletableFuture<Void>> open = new ArrayDeque<>();
        System.out.printf("%10s %8s %8s %9s %9s %9s %9s %9s%n", "queries", "seconds", "live", "heap kB", "index kB", "toast kB", "leader kB", "dead rows");
        long start = System.nanoTime();
        for (int i = 0; i < queries + LIVE; i++) {
            if (i < queries) {
                // a header and a statement; one in a hundred is long
                byte[] submitted = new byte[random.nextInt(100) == 0 ? 20_000 : 400 + random.nextInt(400)];
                random.nextBytes(submitted);
                open.add(append(log, epoch, i, SUBMITTED, submitted));
                open.add(append(log, epoch, i, ELIGIBLE, new byte[40]));
                open.add(append(log, epoch, i, DISPATCHED, new byte[120]));
            }
            if (i >= LIVE / 2 && i - LIVE / 2 < queries) {
                open.add(append(log, epoch, i - LIVE / 2, ENDED, new byte[80]));
            }
            if (i >= LIVE) {
                open.add(append(log, epoch, i - LIVE, FORGOTTEN, new byte[0]));
            }
            while (open.size() > 4_000) {
                open.removeFirst().get();
            }
            if (i % (queries / REPORTS) == 0) {
                report(postgresql, log, i, start);
            }
        }
        while (!open.isEmpty()) {
            open.removeFirst().get();
        }
        report(postgresql, log, queries, start);
        System.out.printf("records a transaction: %s%n", log.getBatchSize().snapshot());
        System.out.printf("time of a transaction: %s%n", log.getCommitTime().snapshot());
    }

    private static CompletableFuture<Void> append(PostgresqlQueryLog log, long epoch, int query, Kind kind, byte[] content)
    {
        return log.append(epoch, new QueryLogRecord("20261122_%06d_%05d_abcde".formatted(query / 100_000, query % 100_000), kind, content));
    }

    private static void report(TestingPostgresql postgresql, PostgresqlQueryLog log, int queries, long start)
            throws SQLException
    {
        try (Connection connection = postgresql.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("""
                        SELECT
                            pg_relation_size(record.oid) / 1024,
                            pg_indexes_size(record.oid) / 1024,
                            pg_total_relation_size(record.reltoastrelid) / 1024,
                            pg_total_relation_size('presto_query_log.leader') / 1024,
                            pg_stat_get_dead_tuples(record.oid)
                        FROM pg_class record
                        WHERE oid = 'presto_query_log.record'::regclass
                        """)) {
            result.next();
            System.out.printf(
                    "%10d %8.1f %8d %9d %9d %9d %9d %9d%n",
                    queries,
                    (System.nanoTime() - start) / 1e9,
                    log.getLiveRecords(),
                    result.getLong(1),
                    result.getLong(2),
                    result.getLong(3),
                    result.getLong(4),
                    result.getLong(5));
        }
    }
}
