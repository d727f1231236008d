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
package io.prestosql.querylog.embedded;

import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static io.prestosql.spi.querylog.QueryLogRecord.Kind.ELIGIBLE;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.FORGOTTEN;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.LASTING;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLiveRecords
{
    @Test
    public void testForgotten()
    {
        LiveRecords records = new LiveRecords();
        QueryLogRecord first = new QueryLogRecord("a", SUBMITTED, new byte[] {1});
        QueryLogRecord second = new QueryLogRecord("b", SUBMITTED, new byte[] {2});
        QueryLogRecord third = new QueryLogRecord("a", ELIGIBLE, new byte[] {3});
        List.of(first, second, third).forEach(records::append);
        assertThat(records.toList()).containsExactly(first, second, third);
        records.append(new QueryLogRecord("a", FORGOTTEN, new byte[0]));
        records.append(new QueryLogRecord("c", FORGOTTEN, new byte[0]));
        assertThat(records.toList()).containsExactly(second);
        records.append(first);
        assertThat(records.toList()).containsExactly(second, first);
        records.append(new QueryLogRecord("a", FORGOTTEN, new byte[0]));
        records.append(new QueryLogRecord("b", FORGOTTEN, new byte[0]));
        assertThat(records.toList()).isEmpty();
        assertThat(records.size()).isZero();
        assertThat(records.bytes()).isZero();
    }

    @Test
    public void testLasting()
    {
        LiveRecords records = new LiveRecords();
        QueryLogRecord query = new QueryLogRecord("a", SUBMITTED, new byte[] {1});
        QueryLogRecord second = new QueryLogRecord("fact", LASTING, new byte[] {2, 3});
        List.of(new QueryLogRecord("fact", LASTING, new byte[1_000]), query, second).forEach(records::append);
        assertThat(records.toList()).containsExactly(query, second);
        assertThat(records.bytes()).isEqualTo(LiveRecords.size(query) + LiveRecords.size(second));
        records.append(new QueryLogRecord("fact", FORGOTTEN, new byte[0]));
        assertThat(records.toList()).containsExactly(query);
        assertThat(records.bytes()).isEqualTo(LiveRecords.size(query));
    }

    @Test
    public void testReplaced()
    {
        LiveRecords records = new LiveRecords();
        QueryLogRecord other = new QueryLogRecord("b", SUBMITTED, new byte[] {2});
        QueryLogRecord eligible = new QueryLogRecord("a", ELIGIBLE, new byte[] {3});
        QueryLogRecord smaller = new QueryLogRecord("a", SUBMITTED, new byte[] {4});
        List.of(new QueryLogRecord("a", SUBMITTED, new byte[1_000_000]), other, eligible).forEach(records::append);
        assertThat(records.bytes()).isGreaterThan(1_000_000);
        records.replace(smaller);
        records.replace(new QueryLogRecord("c", SUBMITTED, new byte[1]));
        assertThat(records.toList()).containsExactly(smaller, other, eligible);
        assertThat(records.bytes()).isEqualTo(records.toList().stream().mapToLong(LiveRecords::size).sum());
        records.append(new QueryLogRecord("a", FORGOTTEN, new byte[0]));
        records.replace(smaller);
        assertThat(records.toList()).containsExactly(other);
    }

    @Test
    public void testRandomRecordsComparedWithPlainList()
    {
        Random random = new Random(1);
        LiveRecords records = new LiveRecords();
        List<QueryLogRecord> expected = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            String key = "query" + random.nextInt(50);
            QueryLogRecord record = new QueryLogRecord(key, random.nextInt(8) == 0 ? FORGOTTEN : Kind.values()[random.nextInt(5)], new byte[random.nextInt(10)]);
            records.append(record);
            if (record.kind() == FORGOTTEN) {
                expected.removeIf(other -> other.key().equals(key));
            }
            else {
                expected.add(record);
            }
            if (i % 1000 == 0) {
                assertThat(records.toList()).isEqualTo(expected);
                assertThat(records.size()).isEqualTo(expected.size());
                assertThat(records.bytes()).isEqualTo(expected.stream().mapToLong(LiveRecords::size).sum());
            }
        }
    }
}
