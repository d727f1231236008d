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

import com.google.common.base.Splitter;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.querylog.QueryLogFixture;
import io.prestosql.querylog.QueryLogProcess;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogMember;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * Members in their own processes, which the fixture kills with {@code SIGKILL} and pauses with {@code SIGSTOP}.
 */
final class ProcessPostgresqlQueryLogFixture
        implements QueryLogFixture
{
    private static final AtomicInteger NEXT_SCHEMA = new AtomicInteger();

    private final TestingPostgresql postgresql;
    private final String schema = "query_log_process_" + NEXT_SCHEMA.incrementAndGet();
    private final List<QueryLogMember> members = IntStream.range(0, 3)
            .mapToObj(i -> new QueryLogMember("dispatcher" + i, URI.create("https://dispatcher%s.example:8443".formatted(i))))
            .collect(toImmutableList());
    private final List<QueryLogProcess> processes = new ArrayList<>();
    private boolean stopped;

    ProcessPostgresqlQueryLogFixture(TestingPostgresql postgresql)
    {
        this.postgresql = requireNonNull(postgresql, "postgresql is null");
    }

    /**
     * Makes the log in the member's process.
     */
    public static class Factory
            implements Function<String, QueryLog>
    {
        @Override
        public QueryLog apply(String argument)
        {
            List<String> urlAndSchema = Splitter.on(' ').splitToList(argument);
            return new PostgresqlQueryLog(PostgresqlQueryLogFixture.config(urlAndSchema.get(0), urlAndSchema.get(1)));
        }
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
            QueryLogProcess log = new QueryLogProcess(Factory.class, postgresql.url(postgresql.port()) + " " + schema);
            processes.add(log);
            return log;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void kill(QueryLog log)
    {
        ((QueryLogProcess) log).kill();
    }

    @Override
    public boolean canPause()
    {
        return true;
    }

    @Override
    public void pause(QueryLog log)
    {
        ((QueryLogProcess) log).signal("STOP");
    }

    @Override
    public void resume(QueryLog log)
    {
        ((QueryLogProcess) log).signal("CONT");
    }

    @Override
    public boolean canStopStore()
    {
        return true;
    }

    @Override
    public void stopStore()
    {
        postgresql.kill();
        stopped = true;
    }

    @Override
    public void startStore()
    {
        postgresql.start();
        stopped = false;
    }

    @Override
    public Duration electionTimeout()
    {
        return Duration.ofSeconds(60);
    }

    @Override
    public Duration replacementTimeout()
    {
        return Duration.ofSeconds(3);
    }

    @Override
    public Duration appendTimeout()
    {
        return Duration.ofSeconds(20);
    }

    @Override
    public void close()
    {
        processes.forEach(QueryLogProcess::kill);
        if (stopped) {
            startStore();
        }
        postgresql.execute("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    }
}
