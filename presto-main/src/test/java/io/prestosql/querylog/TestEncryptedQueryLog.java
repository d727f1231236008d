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

import io.prestosql.querylog.ObservedQueryLog.ObservedElection;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static com.google.common.collect.Iterables.getLast;
import static io.prestosql.querylog.EncryptedQueryLog.MAX_PLAIN_CONTENT_BYTES;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.ELIGIBLE;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.FORGOTTEN;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.LASTING;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Checks that a log keeps its promises with encryption.
 */
public class TestEncryptedQueryLog
        extends AbstractTestQueryLog
{
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final QueryLogRecord RECORD = new QueryLogRecord("query", SUBMITTED, "SELECT secret".getBytes(UTF_8));

    @Override
    protected QueryLogFixture createFixture()
    {
        return new EncryptedQueryLogFixture(new ReferenceQueryLogStore(3, TIMEOUT, Set.of()), new QueryLogKeys("secret", List.of()));
    }

    @Override
    protected int maxContentBytes()
    {
        return MAX_PLAIN_CONTENT_BYTES;
    }

    @Test
    public void testTooBigToEncrypt()
    {
        ReferenceQueryLogStore store = new ReferenceQueryLogStore(1, TIMEOUT, Set.of());
        try (QueryLog log = new EncryptedQueryLog(store.open(store.members().getFirst()), new QueryLogKeys("secret", List.of()))) {
            assertThatThrownBy(() -> log.append(1, new QueryLogRecord("query", SUBMITTED, new byte[MAX_PLAIN_CONTENT_BYTES + 1])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("maximum");
        }
        store.close();
    }

    @Test
    public void testStoreHoldsNothingReadable()
            throws Exception
    {
        ReferenceQueryLogStore store = new ReferenceQueryLogStore(1, TIMEOUT, Set.of());
        lead(store, new QueryLogKeys("secret", List.of()), List.of(RECORD));
        QueryLogHistory history = new QueryLogHistory();
        ObservedElection election = elect(store, store.open(store.members().getFirst()), history);
        assertThat(election.liveRecords()).singleElement().satisfies(stored -> {
            assertThat(stored.key()).isEqualTo("query");
            assertThat(new String(stored.content(), UTF_8)).doesNotContain("SELECT");
        });
        store.close();
    }

    @Test
    public void testRotation()
            throws Exception
    {
        ReferenceQueryLogStore store = new ReferenceQueryLogStore(1, TIMEOUT, Set.of());
        QueryLogRecord second = new QueryLogRecord("query", ELIGIBLE, new byte[] {1});
        assertThat(lead(store, new QueryLogKeys("old", List.of()), List.of(RECORD)).liveRecords()).isEmpty();
        assertThat(lead(store, new QueryLogKeys("new", List.of("old")), List.of(second)).liveRecords()).containsExactly(RECORD);
        // reads records of both keys
        assertThat(lead(store, new QueryLogKeys("new", List.of("older", "old")), List.of()).liveRecords()).containsExactly(RECORD, second);
        store.close();
    }

    /**
     * Queries under a previous secret go with time; facts stay, so the next leader encrypts them anew.
     */
    @Test
    public void testRotationOfLastingRecords()
            throws Exception
    {
        ReferenceQueryLogStore store = new ReferenceQueryLogStore(1, TIMEOUT, Set.of());
        QueryLogRecord fact = new QueryLogRecord("fact", LASTING, new byte[] {1});
        QueryLogRecord other = new QueryLogRecord("other", LASTING, new byte[] {2});
        QueryLogRecord third = new QueryLogRecord("third", LASTING, new byte[] {3});
        lead(store, new QueryLogKeys("old", List.of()), List.of(fact, RECORD, other, third));

        QueryLogRecord changed = new QueryLogRecord("other", LASTING, new byte[] {4});
        try (EncryptedQueryLog log = new EncryptedQueryLog(store.open(store.members().getFirst()), new QueryLogKeys("new", List.of("old")))) {
            QueryLogHistory history = new QueryLogHistory();
            ObservedElection election = elect(store, log, history);
            assertThat(election.liveRecords()).containsExactly(fact, RECORD, other, third);
            // what is appended now comes after what was encrypted anew
            log.append(election.epoch(), changed).get(30, TimeUnit.SECONDS);
            log.append(election.epoch(), new QueryLogRecord("third", FORGOTTEN, new byte[0])).get(30, TimeUnit.SECONDS);
            await("only the query needs the previous secret").until(() -> log.getRecordsOfPreviousSecrets() == 1);
            log.append(election.epoch(), new QueryLogRecord("query", FORGOTTEN, new byte[0])).get(30, TimeUnit.SECONDS);
            await().until(() -> log.getRecordsOfPreviousSecrets() == 0);
        }
        // the previous secret is not needed any more
        assertThat(lead(store, new QueryLogKeys("new", List.of()), List.of()).liveRecords()).containsExactly(fact, changed);
        store.close();
    }

    @Test
    public void testLastingRecordThatCannotBeRenewed()
    {
        QueryLogRecord fact = new QueryLogRecord("fact", LASTING, new byte[] {1});
        QueryLogRecord encrypted = new QueryLogCipher(new QueryLogKeys("old", List.of())).encrypt(fact);
        CompletableFuture<List<QueryLogRecord>> elected = new CompletableFuture<>();
        EncryptedQueryLog log = new EncryptedQueryLog(new RefusingQueryLog(List.of(encrypted)), new QueryLogKeys("new", List.of("old")));
        log.start(new QueryLogMember("dispatcher-1", URI.create("http://127.0.0.1:8080")), new QueryLogListener()
        {
            @Override
            public void elected(long epoch, List<QueryLogRecord> liveRecords)
            {
                elected.complete(List.copyOf(liveRecords));
            }

            @Override
            public void deposed(long epoch) {}

            @Override
            public void leaderChanged(Optional<QueryLogLeader> leader) {}
        });
        assertThat(elected).isCompletedWithValue(List.of(fact));
        assertThat(log.getRecordsOfPreviousSecrets()).isEqualTo(1);
    }

    /**
     * Elects its member at once, and takes no records.
     */
    private record RefusingQueryLog(List<QueryLogRecord> liveRecords)
            implements QueryLog
    {
        @Override
        public void start(QueryLogMember self, QueryLogListener listener)
        {
            listener.elected(1, liveRecords);
        }

        @Override
        public CompletableFuture<Void> append(long epoch, QueryLogRecord record)
        {
            throw new IllegalArgumentException("on purpose");
        }

        @Override
        public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
        {
            throw new IllegalArgumentException("on purpose");
        }

        @Override
        public CompletableFuture<Void> confirm(long epoch)
        {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public boolean isDurable()
        {
            return false;
        }

        @Override
        public void close() {}
    }

    /**
     * A leader that has decoded a record no longer needs its bytes, and a queue of large statements has many of them.
     */
    @Test
    public void testDecryptedRecordsAreNotKept()
            throws Exception
    {
        ReferenceQueryLogStore store = new ReferenceQueryLogStore(1, TIMEOUT, Set.of());
        QueryLogKeys keys = new QueryLogKeys("secret", List.of());
        lead(store, keys, List.of(RECORD));
        CompletableFuture<List<QueryLogRecord>> elected = new CompletableFuture<>();
        try (QueryLog log = new EncryptedQueryLog(store.open(store.members().getFirst()), keys)) {
            log.start(store.members().getFirst(), new QueryLogListener()
            {
                @Override
                public void elected(long epoch, List<QueryLogRecord> liveRecords)
                {
                    elected.complete(liveRecords);
                }

                @Override
                public void deposed(long epoch) {}

                @Override
                public void leaderChanged(Optional<QueryLogLeader> leader) {}
            });
            List<QueryLogRecord> liveRecords = elected.get(30, TimeUnit.SECONDS);
            assertThat(liveRecords).containsExactly(RECORD);
            assertThat(liveRecords.getFirst().content()).isNotSameAs(liveRecords.getFirst().content());
        }
        store.close();
    }

    @Test
    public void testMissingKey()
            throws Exception
    {
        ReferenceQueryLogStore store = new ReferenceQueryLogStore(3, TIMEOUT, Set.of());
        QueryLogMember first = store.members().get(0);
        QueryLogMember second = store.members().get(1);
        lead(store, new QueryLogKeys("old", List.of()), List.of(RECORD));

        // lacks the key: it is elected, and leaves the election
        QueryLogHistory history = new QueryLogHistory();
        EncryptedQueryLog refusing = new EncryptedQueryLog(store.open(first), new QueryLogKeys("new", List.of()));
        ObservedQueryLog refusingListener = new ObservedQueryLog(history, first, refusing);
        refusingListener.start();

        // has the key: it is elected instead, with all records
        EncryptedQueryLog knowing = new EncryptedQueryLog(store.open(second), new QueryLogKeys("new", List.of("old")));
        ObservedQueryLog knowingListener = new ObservedQueryLog(history, second, knowing);
        knowingListener.start();
        history.await("a leader that has the key", TIMEOUT, () -> !history.elections().isEmpty());
        assertThat(history.elections()).singleElement().satisfies(election -> {
            assertThat(election.member()).isEqualTo(second);
            assertThat(election.liveRecords()).containsExactly(RECORD);
            assertThat(election.epoch()).isEqualTo(3);
        });
        assertThat(refusing.isRefusingToLead()).isTrue();
        assertThat(refusing.refusal()).hasValueSatisfying(reason -> assertThat(reason).contains("this dispatcher cannot decrypt a record of the query log, and has left the election"));
        assertThat(knowing.isRefusingToLead()).isFalse();
        assertThat(knowing.refusal()).isEmpty();
        assertThat(refusing.append(2, RECORD)).isCompletedExceptionally();
        assertThat(refusing.confirm(2)).isCompletedExceptionally();
        knowing.append(3, new QueryLogRecord("query", ELIGIBLE, new byte[] {1})).get(30, TimeUnit.SECONDS);
        store.close();
    }

    /**
     * Lets the first member lead, append, and close.
     */
    private static ObservedElection lead(ReferenceQueryLogStore store, QueryLogKeys keys, List<QueryLogRecord> records)
            throws Exception
    {
        QueryLogHistory history = new QueryLogHistory();
        try (QueryLog log = new EncryptedQueryLog(store.open(store.members().getFirst()), keys)) {
            ObservedElection election = elect(store, log, history);
            for (QueryLogRecord record : records) {
                CompletableFuture<Void> append = log.append(election.epoch(), record);
                append.get(30, TimeUnit.SECONDS);
            }
            return election;
        }
    }

    private static ObservedElection elect(ReferenceQueryLogStore store, QueryLog log, QueryLogHistory history)
    {
        new ObservedQueryLog(history, store.members().getFirst(), log).start();
        history.await("a leader", TIMEOUT, () -> !history.elections().isEmpty());
        return getLast(history.elections());
    }
}
