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
import org.junit.jupiter.api.Test;

import static io.airlift.json.JsonCodec.jsonCodec;
import static org.assertj.core.api.Assertions.assertThat;

public class TestTakeOverRehearsal
{
    @Test
    public void testQueriesAreTakenOver()
    {
        QueueRecordCodec codec = new QueueRecordCodec(
                jsonCodec(SubmittedQuery.class), jsonCodec(StoredDispatch.class), jsonCodec(StoredFailure.class), jsonCodec(StoredEnd.class), jsonCodec(StoredReturn.class));
        TakeOverRehearsal rehearsal = new TakeOverRehearsal(codec, new QueueTimes(1_000, 10));
        assertThat(rehearsal.run()).isEqualTo(3);
        assertThat(rehearsal.run()).isEqualTo(3);
    }
}
