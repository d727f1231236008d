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

import com.zaxxer.hikari.HikariDataSource;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static java.util.Collections.synchronizedList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
public class TestGroupCommit
{
    /**
     * The driver may also throw errors, for example when the database goes away within a batch of statements. Even then, every append has an
     * outcome, and the next one is tried, with new connections.
     */
    @Test
    public void testErrorOfTheDriver()
            throws Exception
    {
        List<BrokenPool> pools = synchronizedList(new ArrayList<>());
        GroupCommit writer = new GroupCommit(
                () -> {
                    pools.add(new BrokenPool());
                    return pools.getLast();
                },
                Runnable::run,
                _ -> {});
        writer.start();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Void> append = writer.append(1, Optional.of(new QueryLogRecord("query", SUBMITTED, new byte[0])));
            assertThatThrownBy(append::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(QueryLogUnavailableException.class)
                    .hasRootCauseInstanceOf(AssertionError.class);
        }
        assertThat(pools).hasSize(3);
        assertThat(pools).allMatch(pool -> pool.used.get() == 1);
        writer.close();
        assertThat(writer.awaitStopped(30_000)).isTrue();
        assertThat(pools.getLast().isClosed()).isTrue();
        assertThat(pools).hasSize(3);
    }

    private static class BrokenPool
            extends HikariDataSource
    {
        private final AtomicInteger used = new AtomicInteger();

        @Override
        public Connection getConnection()
                throws SQLException
        {
            used.incrementAndGet();
            throw new AssertionError("The connection has ended at a bad moment");
        }
    }
}
