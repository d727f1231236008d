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

import com.google.inject.Binder;
import com.google.inject.Module;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.QueueRecordCodec.StoredDispatch;
import io.prestosql.queue.QueueRecordCodec.StoredEnd;
import io.prestosql.queue.QueueRecordCodec.StoredFailure;
import io.prestosql.queue.QueueRecordCodec.StoredReturn;

import static com.google.inject.Scopes.SINGLETON;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the driver of the queue's core, and the codec of its records.
 */
public class QueueModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        jsonCodecBinder(binder).bindJsonCodec(SubmittedQuery.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredDispatch.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredFailure.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredEnd.class);
        jsonCodecBinder(binder).bindJsonCodec(StoredReturn.class);
        binder.bind(QueueRecordCodec.class).in(SINGLETON);
        binder.bind(FailoverHistory.class).in(SINGLETON);
        newExporter(binder).export(FailoverHistory.class).as("io.prestosql.queue:name=FailoverHistory");
        binder.bind(QueueDriver.class).in(SINGLETON);
        binder.bind(TakeOverRehearsal.class).in(SINGLETON);
        newExporter(binder).export(QueueDriver.class).as("io.prestosql.queue:name=QueueLeadership");
    }
}
