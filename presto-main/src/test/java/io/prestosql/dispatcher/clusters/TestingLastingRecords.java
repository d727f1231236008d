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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.clusters.LastingRecordReaders.OtherDispatchers;
import io.prestosql.queue.LastingRecordListener;
import io.prestosql.queue.LastingRecords;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Remembers what is written, and lets the test say what becomes of it.
 */
class TestingLastingRecords
        implements LastingRecords
{
    /** Clusters that are redefined go on with an order in a thread of their own. */
    private final List<Write> writes = new CopyOnWriteArrayList<>();
    private final List<LastingRecordListener> listeners = new ArrayList<>();
    private OptionalLong epoch = OptionalLong.empty();

    /**
     * @param content empty for the end of a record
     * @param done to be completed by the test
     */
    record Write(String key, byte[] content, CompletableFuture<Void> done) {}

    /**
     * Returns readers of which each can read lasting records.
     */
    static LastingRecordReaders readers()
    {
        return new LastingRecordReaders(
                "self",
                new TestingLastingRecords(),
                () -> new OtherDispatchers(ImmutableSet.of(), ImmutableSet.of()),
                newSingleThreadScheduledExecutor(daemonThreadsNamed("readers")),
                new Duration(0, MILLISECONDS),
                new Duration(2, SECONDS),
                System::nanoTime);
    }

    void elect(long epoch, QueryLogRecord... lasting)
    {
        listeners.forEach(listener -> listener.elected(epoch, ImmutableList.copyOf(lasting)));
        this.epoch = OptionalLong.of(epoch);
    }

    List<Write> writes()
    {
        return writes;
    }

    /**
     * Returns what a log has that took all writes.
     */
    QueryLogRecord[] written()
    {
        Map<String, QueryLogRecord> records = new LinkedHashMap<>();
        for (Write write : writes) {
            records.remove(write.key());
            if (write.content().length > 0) {
                records.put(write.key(), new QueryLogRecord(write.key(), Kind.LASTING, write.content()));
            }
        }
        return records.values().toArray(QueryLogRecord[]::new);
    }

    void completeLast()
    {
        writes.getLast().done().complete(null);
    }

    void completeAll()
    {
        writes.forEach(write -> write.done().complete(null));
    }

    @Override
    public void addLastingRecordListener(LastingRecordListener listener)
    {
        listeners.add(listener);
    }

    @Override
    public boolean mayHaveLasting()
    {
        return written().length > 0;
    }

    @Override
    public OptionalLong getEpoch()
    {
        return epoch;
    }

    @Override
    public CompletableFuture<Void> writeLasting(long epoch, String key, byte[] content)
    {
        writes.add(new Write(key, content, new CompletableFuture<>()));
        return writes.getLast().done();
    }

    @Override
    public CompletableFuture<Void> endLasting(long epoch, String key)
    {
        return writeLasting(epoch, key, new byte[0]);
    }
}
