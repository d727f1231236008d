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

import com.google.common.collect.ImmutableList;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which entries count. A leader that was deposed and elected again, while an entry of its earlier epoch was on its way, is hard to arrange with
 * members that run; here the entry is put behind the second election directly.
 */
public class TestQueryLogStateMachine
{
    private static final QueryLogMember MEMBER = new QueryLogMember("node", URI.create("http://127.0.0.1:8080"));
    private static final QueryLogRecord RECORD = new QueryLogRecord("query", Kind.SUBMITTED, new byte[] {1});
    private static final QueryLogRecord OTHER_CONTENT = new QueryLogRecord("query", Kind.SUBMITTED, new byte[] {2});

    private final Outcomes outcomes = new Outcomes();
    private final QueryLogStateMachine stateMachine = new QueryLogStateMachine(outcomes, directExecutor(), Long.MAX_VALUE);
    private long index;

    @Test
    public void testEntriesOfTheEpochCount()
    {
        apply(3, new LogEntry.Leading(3, MEMBER, Optional.of("identity")));
        apply(3, new LogEntry.Appended(3, 1, RECORD));
        apply(3, new LogEntry.Confirmed(3, 2));
        apply(3, new LogEntry.Replaced(3, 3, OTHER_CONTENT));
        apply(3, new LogEntry.PeersChanged(3, 5));

        assertThat(outcomes.applied).containsExactly("3/1", "3/2", "3/3");
        assertThat(outcomes.refused).isEmpty();
        assertThat(stateMachine.leader()).contains(new QueryLogLeader(3, MEMBER));
        assertThat(stateMachine.identity()).contains("identity");
        assertThat(stateMachine.peersVersion()).isEqualTo(5);
        assertThat(liveRecords()).containsExactly(OTHER_CONTENT);
    }

    @Test
    public void testEntryOfAnEarlierEpochOfTheSameLeaderDoesNotCount()
    {
        apply(3, new LogEntry.Leading(3, MEMBER, Optional.of("identity")));
        apply(3, new LogEntry.Appended(3, 1, RECORD));
        apply(4, new LogEntry.Leading(4, MEMBER, Optional.of("identity")));

        apply(4, new LogEntry.Appended(3, 2, new QueryLogRecord("late", Kind.SUBMITTED, new byte[] {1})));
        apply(4, new LogEntry.Replaced(3, 3, OTHER_CONTENT));
        apply(4, new LogEntry.Confirmed(3, 4));
        apply(4, new LogEntry.PeersChanged(3, 5));
        apply(4, new LogEntry.Leading(3, MEMBER, Optional.of("other")));

        assertThat(outcomes.applied).containsExactly("3/1");
        assertThat(outcomes.refused).containsExactly("3/2", "3/3", "3/4");
        assertThat(outcomes.epochs).containsExactly(3L, 4L);
        assertThat(stateMachine.leader()).contains(new QueryLogLeader(4, MEMBER));
        assertThat(stateMachine.identity()).contains("identity");
        assertThat(stateMachine.peersVersion()).isEqualTo(1);
        assertThat(liveRecords()).containsExactly(RECORD);
    }

    /**
     * @param term the term in which the log has the entry
     */
    private void apply(long term, LogEntry entry)
    {
        index++;
        stateMachine.applyTransaction(TransactionContext.newBuilder()
                .setStateMachine(stateMachine)
                .setServerRole(RaftPeerRole.FOLLOWER)
                .setLogEntry(LogEntryProto.newBuilder()
                        .setTerm(term)
                        .setIndex(index)
                        .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder().setLogData(UnsafeByteOperations.unsafeWrap(entry.encode())))
                        .build())
                .build());
    }

    private List<QueryLogRecord> liveRecords()
    {
        stateMachine.notifyLeaderReady();
        return outcomes.liveRecords;
    }

    private static class Outcomes
            implements QueryLogStateMachine.Observer
    {
        private final List<String> applied = new ArrayList<>();
        private final List<String> refused = new ArrayList<>();
        private final List<Long> epochs = new ArrayList<>();
        private List<QueryLogRecord> liveRecords = ImmutableList.of();

        @Override
        public void epochBegan(QueryLogLeader leader, QueryLogStateMachine.LiveRecordsView liveRecords)
        {
            epochs.add(leader.epoch());
        }

        @Override
        public void applied(long epoch, long sequence)
        {
            applied.add(epoch + "/" + sequence);
        }

        @Override
        public void refused(long epoch, long sequence)
        {
            refused.add(epoch + "/" + sequence);
        }

        @Override
        public void leaderReady(QueryLogStateMachine.LiveRecordsView liveRecords)
        {
            this.liveRecords = liveRecords.toList();
        }

        @Override
        public void replaced() {}

        @Override
        public void written(long epoch, long sequence) {}

        @Override
        public void notLeader() {}

        @Override
        public void leaderSeen() {}

        @Override
        public void failed(Throwable failure) {}

        @Override
        public void snapshotWritten() {}
    }
}
