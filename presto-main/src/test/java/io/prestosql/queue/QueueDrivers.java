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
package io.prestosql.queue;

import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.QueueRecordCodec.StoredDispatch;
import io.prestosql.queue.QueueRecordCodec.StoredEnd;
import io.prestosql.queue.QueueRecordCodec.StoredFailure;
import io.prestosql.queue.QueueRecordCodec.StoredReturn;
import io.prestosql.queue.core.QueueTimes;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogMember;

import java.net.URI;

import static io.airlift.json.JsonCodec.jsonCodec;
import static java.time.Duration.ofSeconds;

/**
 * Creates drivers of the queue for tests.
 */
public final class QueueDrivers
{
    static final QueueRecordCodec CODEC = new QueueRecordCodec(
            jsonCodec(SubmittedQuery.class), jsonCodec(StoredDispatch.class), jsonCodec(StoredFailure.class), jsonCodec(StoredEnd.class), jsonCodec(StoredReturn.class));

    private QueueDrivers() {}

    public static QueueDriver createDriver(QueryLog log)
    {
        return new QueueDriver(
                log,
                new QueueTimes(ofSeconds(300).toNanos(), ofSeconds(1).toNanos() / 10),
                new QueryLogMember("dispatcher", URI.create("http://127.0.0.1:8080")),
                CODEC,
                new FailoverHistory());
    }
}
