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
package io.prestosql.querylog;

import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestMemoryQueryLog
{
    private static final QueryLogMember SELF = new QueryLogMember("dispatcher", URI.create("http://127.0.0.1:8080"));
    private static final QueryLogRecord RECORD = new QueryLogRecord("query", SUBMITTED, new byte[] {1});

    @Test
    public void testSingleDispatcherLeadsAtOnce()
    {
        RecordingListener listener = new RecordingListener();
        try (MemoryQueryLog log = new MemoryQueryLog()) {
            log.start(SELF, listener);
            assertThat(listener.events).containsExactly("leader dispatcher 1", "elected 1 []");
            assertThat(log.isDurable()).isFalse();
            assertThat(log.append(1, RECORD)).isCompleted();
        }
        assertThat(listener.events).containsExactly("leader dispatcher 1", "elected 1 []", "no leader", "deposed 1");
    }

    @Test
    public void testOtherEpoch()
    {
        try (MemoryQueryLog log = new MemoryQueryLog()) {
            log.start(SELF, new RecordingListener());
            assertThat(log.append(0, RECORD)).failsWithin(Duration.ZERO)
                    .withThrowableThat()
                    .withCauseInstanceOf(DeposedException.class);
            assertThat(log.append(2, RECORD)).isCompletedExceptionally();
            assertThat(log.append(1, RECORD)).isCompleted();
        }
    }

    @Test
    public void testClosed()
    {
        RecordingListener listener = new RecordingListener();
        MemoryQueryLog log = new MemoryQueryLog();
        log.start(SELF, listener);
        log.close();
        log.close();
        assertThat(listener.events).containsExactly("leader dispatcher 1", "elected 1 []", "no leader", "deposed 1");
        assertThat(log.append(1, RECORD)).isCompletedExceptionally();

        // never started
        new MemoryQueryLog().close();
    }

    @Test
    public void testStartedTwice()
    {
        try (MemoryQueryLog log = new MemoryQueryLog()) {
            log.start(SELF, new RecordingListener());
            assertThatThrownBy(() -> log.start(SELF, new RecordingListener()))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    private static class RecordingListener
            implements QueryLogListener
    {
        private final List<String> events = new ArrayList<>();

        @Override
        public void elected(long epoch, List<QueryLogRecord> liveRecords)
        {
            events.add("elected %s %s".formatted(epoch, liveRecords));
        }

        @Override
        public void deposed(long epoch)
        {
            events.add("deposed " + epoch);
        }

        @Override
        public void leaderChanged(Optional<QueryLogLeader> leader)
        {
            events.add(leader.map(known -> "leader %s %s".formatted(known.member().nodeId(), known.epoch())).orElse("no leader"));
        }
    }
}
