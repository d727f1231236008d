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

import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.testing.TestingPorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
public class TestUnreachableDatabase
{
    @Test
    public void testProblem()
    {
        assertProblem("127.0.0.1:" + TestingPorts.nextPort(), "the query log's database does not answer: Connection refused");
        // clients see this message, which must not contain the name of an internal host
        assertProblem("no-such-host.invalid:5432", "the query log's database does not answer: the name of its host is not known");
    }

    private static void assertProblem(String address, String problem)
    {
        try (PostgresqlQueryLog log = new PostgresqlQueryLog(new PostgresqlQueryLogConfig().setUrl("jdbc:postgresql://%s/presto".formatted(address)))) {
            log.start(new QueryLogMember("dispatcher", URI.create("http://127.0.0.1:8080")), new NoListener());
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(log.getProblem()).contains(problem));
        }
    }

    private static class NoListener
            implements QueryLogListener
    {
        @Override
        public void elected(long epoch, List<QueryLogRecord> liveRecords) {}

        @Override
        public void deposed(long epoch) {}

        @Override
        public void leaderChanged(Optional<QueryLogLeader> leader) {}
    }
}
