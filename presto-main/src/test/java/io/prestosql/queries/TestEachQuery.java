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
package io.prestosql.queries;

import io.airlift.log.Logger;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;

import static org.assertj.core.api.Assertions.assertThat;

public class TestEachQuery
{
    private static final List<QueryId> QUERIES = List.of(new QueryId("one"), new QueryId("bad"), new QueryId("three"));

    @Test
    public void testFailingQueryDoesNotStopOtherQueries()
    {
        List<QueryId> done = new ArrayList<>();
        EachQuery each = new EachQuery(Logger.get(TestEachQuery.class), "trying");
        List<String> logged = loggedBy(() -> {
            for (int round = 0; round < 3; round++) {
                each.run(QUERIES, query -> query, query -> done.add(checked(query)));
            }
        });
        assertThat(done).extracting(QueryId::toString).containsExactly("one", "three", "one", "three", "one", "three");
        assertThat(logged).containsExactly("Error trying query bad, which is not told again; other queries are not affected");
    }

    @Test
    public void testFailingQueryIsMissingFromList()
    {
        EachQuery each = new EachQuery(Logger.get(TestEachQuery.class), "showing");
        List<String> logged = loggedBy(() -> {
            for (int round = 0; round < 3; round++) {
                assertThat(each.map(QUERIES, query -> query, query -> Optional.of(checked(query).toString()))).containsExactly("one", "three");
                assertThat(each.map(QUERIES, query -> query, query -> Optional.of(checked(query).toString()).filter("one"::equals))).containsExactly("one");
            }
        });
        assertThat(logged).hasSize(1);
    }

    private static QueryId checked(QueryId query)
    {
        if (query.toString().equals("bad")) {
            // unexpected data may cause an error that is not an exception
            throw new StackOverflowError();
        }
        return query;
    }

    private static List<String> loggedBy(Runnable task)
    {
        List<String> messages = new ArrayList<>();
        Handler handler = new Handler()
        {
            @Override
            public void publish(LogRecord record)
            {
                messages.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        java.util.logging.Logger logger = java.util.logging.Logger.getLogger(TestEachQuery.class.getName());
        logger.addHandler(handler);
        try {
            task.run();
        }
        finally {
            logger.removeHandler(handler);
        }
        return messages;
    }
}
