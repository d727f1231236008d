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

import io.airlift.units.Duration;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.querylog.QueryLogFixture;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.testing.TestingTier;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Members of the log in PostgreSQL, each with its own proxy in front of the database. To kill a member, the fixture cuts its connections,
 * which is all that the database notices of a death; to pause it, the fixture holds them up. To take the store away, the fixture kills the
 * database in the long tier. In the short tier, other tests use the database at the same time, so the fixture only cuts the members off.
 */
final class PostgresqlQueryLogFixture
        implements QueryLogFixture
{
    private static final Duration STATEMENT_TIMEOUT = new Duration(2, SECONDS);
    private static final Duration SLOW_STATEMENT_TIMEOUT = new Duration(300, SECONDS);

    private static final AtomicInteger NEXT_SCHEMA = new AtomicInteger();

    private final TestingPostgresql postgresql;
    private final String schema = "query_log_" + NEXT_SCHEMA.incrementAndGet();
    private final List<QueryLogMember> members = IntStream.range(0, 3)
            .mapToObj(i -> new QueryLogMember("dispatcher" + i, URI.create("https://dispatcher%s.example:8443".formatted(i))))
            .collect(toImmutableList());
    private final Map<QueryLog, TcpProxy> proxies = new IdentityHashMap<>();
    private final List<CompletableFuture<Void>> closing = new ArrayList<>();
    private boolean stopped;
    private Duration statementTimeout = STATEMENT_TIMEOUT;

    PostgresqlQueryLogFixture(TestingPostgresql postgresql)
    {
        this.postgresql = requireNonNull(postgresql, "postgresql is null");
    }

    static PostgresqlQueryLogConfig config(String url, String schema)
    {
        return new PostgresqlQueryLogConfig()
                .setUrl(url)
                .setUser("postgres")
                .setSchema(schema)
                .setConnectTimeout(new Duration(1, SECONDS))
                .setStatementTimeout(STATEMENT_TIMEOUT)
                .setLeaseDuration(new Duration(4, SECONDS))
                .setPollInterval(new Duration(50, MILLISECONDS));
    }

    @Override
    public List<QueryLogMember> members()
    {
        return members;
    }

    @Override
    public QueryLog open(QueryLogMember member)
    {
        try {
            TcpProxy proxy = new TcpProxy(postgresql.port());
            if (stopped) {
                proxy.cut();
            }
            QueryLog log = new PostgresqlQueryLog(config(postgresql.url(proxy.port()), schema).setStatementTimeout(statementTimeout));
            proxies.put(log, proxy);
            return log;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void allowForBusyMachine()
    {
        statementTimeout = SLOW_STATEMENT_TIMEOUT;
    }

    @Override
    public void kill(QueryLog log)
    {
        try {
            proxies.get(log).close();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        closing.add(CompletableFuture.runAsync(log::close, task -> Thread.ofPlatform().daemon().start(task)));
    }

    @Override
    public boolean canPause()
    {
        return true;
    }

    @Override
    public void pause(QueryLog log)
    {
        proxies.get(log).hold();
    }

    @Override
    public void resume(QueryLog log)
    {
        proxies.get(log).release();
    }

    @Override
    public boolean canStopStore()
    {
        return true;
    }

    @Override
    public void stopStore()
    {
        if (TestingTier.isLong()) {
            postgresql.kill();
        }
        proxies.values().forEach(TcpProxy::cut);
        stopped = true;
    }

    @Override
    public void startStore()
    {
        if (TestingTier.isLong()) {
            postgresql.start();
        }
        proxies.values().forEach(TcpProxy::mend);
        stopped = false;
    }

    @Override
    public java.time.Duration electionTimeout()
    {
        return statementTimeout.toJavaTime().plusSeconds(58);
    }

    @Override
    public java.time.Duration replacementTimeout()
    {
        return java.time.Duration.ofSeconds(3);
    }

    @Override
    public java.time.Duration appendTimeout()
    {
        // leaves room for a new connection
        return statementTimeout.toJavaTime().plusSeconds(18);
    }

    @Override
    public void close()
            throws IOException
    {
        for (Map.Entry<QueryLog, TcpProxy> entry : proxies.entrySet()) {
            entry.getValue().close();
        }
        proxies.keySet().forEach(QueryLog::close);
        closing.forEach(CompletableFuture::join);
        if (stopped) {
            startStore();
        }
        postgresql.execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    }
}
