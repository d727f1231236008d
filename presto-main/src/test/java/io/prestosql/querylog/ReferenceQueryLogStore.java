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
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.ACKNOWLEDGES_TOO_EARLY;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.BREAKS_AFTER_OUTAGE;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.CLOSE_KEEPS_LEADERSHIP;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.CONFIRMS_ANYTHING;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.DROPS_EQUAL_RECORDS;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.EPOCH_STARTS_AGAIN;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.FORGETS_FENCING;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.FORGETS_KEYS_FOR_EVER;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.FORGETS_ONE_RECORD_ONLY;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.HANGS_IN_CLOSE;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.HANGS_WHEN_AWAY;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.IN_DOUBT_COMES_LATER;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.IN_DOUBT_SAYS_DEPOSED;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.KEEPS_DEAD_LEADER;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.KEEPS_EARLIER_FACTS;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.KEEPS_FORGOTTEN;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.KEEPS_PLACE_OF_FACTS;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.KEEPS_REPLACED;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.LOSES_A_RECORD;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.LOSES_ON_RESTART;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.NEVER_TELLS_DEPOSED;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.REORDERS_APPENDS;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.REORDERS_LIVE_RECORDS;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.REPLACES_AT_THE_END;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.SAME_EPOCH;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.STANDBYS_HEAR_NOTHING;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.STARTS_TWICE;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.TAKES_ANY_EPOCH;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.TAKES_ANY_MEMBER;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.TELLS_ALL_AT_ONCE;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.TELLS_DEPOSED_SUCCESS;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.TELLS_WRONG_ADDRESS;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.THROWS_OTHER;
import static io.prestosql.querylog.ReferenceQueryLogStore.Defect.TRUNCATES;
import static java.util.Objects.requireNonNull;

/**
 * The simplest store that keeps all promises: a list that its members share. To test the tests, it can also break promises.
 */
final class ReferenceQueryLogStore
        implements QueryLogFixture
{
    enum Defect
    {
        ACKNOWLEDGES_TOO_EARLY,
        BREAKS_AFTER_OUTAGE,
        CLOSE_KEEPS_LEADERSHIP,
        CONFIRMS_ANYTHING,
        DROPS_EQUAL_RECORDS,
        EPOCH_STARTS_AGAIN,
        FORGETS_FENCING,
        FORGETS_KEYS_FOR_EVER,
        FORGETS_ONE_RECORD_ONLY,
        HANGS_IN_CLOSE,
        HANGS_WHEN_AWAY,
        IN_DOUBT_COMES_LATER,
        IN_DOUBT_SAYS_DEPOSED,
        KEEPS_DEAD_LEADER,
        KEEPS_EARLIER_FACTS,
        KEEPS_FORGOTTEN,
        KEEPS_PLACE_OF_FACTS,
        KEEPS_REPLACED,
        LOSES_A_RECORD,
        LOSES_ON_RESTART,
        NEVER_TELLS_DEPOSED,
        REORDERS_APPENDS,
        REORDERS_LIVE_RECORDS,
        REPLACES_AT_THE_END,
        SAME_EPOCH,
        STANDBYS_HEAR_NOTHING,
        STARTS_TWICE,
        TAKES_ANY_EPOCH,
        TAKES_ANY_MEMBER,
        TELLS_ALL_AT_ONCE,
        TELLS_DEPOSED_SUCCESS,
        TELLS_WRONG_ADDRESS,
        THROWS_OTHER,
        TRUNCATES,
    }

    private final Set<Defect> defects;
    private final Duration timeout;
    private final List<QueryLogMember> members;

    // guarded by this
    private final Set<Member> candidates = new LinkedHashSet<>();
    private final List<Member> opened = new ArrayList<>();
    private final List<QueryLogRecord> records = new ArrayList<>();
    private final List<QueryLogRecord> late = new ArrayList<>();
    private final Set<String> forgottenKeys = new HashSet<>();
    private Member leader;
    private long epoch;
    private boolean available = true;

    ReferenceQueryLogStore(int members, Duration timeout, Set<Defect> defects)
    {
        this.members = IntStream.range(0, members)
                .mapToObj(i -> new QueryLogMember("member" + i, URI.create("http://127.0.0.1:" + (1000 + i))))
                .collect(toImmutableList());
        this.timeout = requireNonNull(timeout, "timeout is null");
        this.defects = Set.copyOf(defects);
    }

    @Override
    public List<QueryLogMember> members()
    {
        return members;
    }

    @Override
    public synchronized QueryLog open(QueryLogMember member)
    {
        Member log = new Member();
        opened.add(log);
        return log;
    }

    @Override
    public synchronized void kill(QueryLog log)
    {
        Member member = (Member) log;
        member.killed = true;
        member.buffered.clear();
        leave(member, !has(KEEPS_DEAD_LEADER));
        notifyAll();
    }

    @Override
    public boolean canPause()
    {
        return members.size() > 1;
    }

    @Override
    public synchronized void pause(QueryLog log)
    {
        Member member = (Member) log;
        member.paused = true;
        // its lease ends at once
        if (candidates.remove(member) && leader == member) {
            leader = null;
        }
        elect();
    }

    @Override
    public synchronized void resume(QueryLog log)
    {
        Member member = (Member) log;
        member.paused = false;
        candidates.add(member);
        elect();
        member.learn();
        notifyAll();
    }

    @Override
    public boolean canStopStore()
    {
        return true;
    }

    @Override
    public synchronized void stopStore()
    {
        available = false;
    }

    @Override
    public synchronized void startStore()
    {
        available = !has(BREAKS_AFTER_OUTAGE);
        records.addAll(late);
        late.clear();
        elect();
        notifyAll();
    }

    @Override
    public Duration electionTimeout()
    {
        return timeout;
    }

    @Override
    public Duration replacementTimeout()
    {
        return timeout;
    }

    @Override
    public Duration appendTimeout()
    {
        return timeout;
    }

    @Override
    public synchronized void close()
    {
        opened.forEach(member -> {
            member.killed = true;
            member.stop();
        });
        notifyAll();
    }

    private boolean has(Defect defect)
    {
        return defects.contains(defect);
    }

    private synchronized void leave(Member member, boolean giveUp)
    {
        candidates.remove(member);
        if (leader == member && giveUp) {
            leader = null;
            elect();
        }
    }

    private synchronized void elect()
    {
        if (leader != null || candidates.isEmpty() || !available) {
            return;
        }
        if (has(EPOCH_STARTS_AGAIN) && candidates.size() == 1) {
            epoch = 0;
        }
        if (!has(SAME_EPOCH) || epoch == 0) {
            epoch++;
        }
        if (has(LOSES_ON_RESTART) && candidates.size() == 1) {
            records.clear();
        }
        leader = candidates.iterator().next();
        List<QueryLogRecord> live = new ArrayList<>(records);
        if (has(LOSES_A_RECORD) && !live.isEmpty()) {
            live.removeLast();
        }
        if (has(REORDERS_LIVE_RECORDS) && live.size() > 1) {
            Collections.swap(live, live.size() - 1, live.size() - 2);
        }
        candidates.forEach(Member::learn);
        leader.lead(epoch, live);
    }

    private synchronized void add(QueryLogRecord record)
    {
        if (has(DROPS_EQUAL_RECORDS) && records.contains(record)) {
            return;
        }
        if (record.kind() == Kind.FORGOTTEN) {
            if (has(FORGETS_ONE_RECORD_ONLY)) {
                records.stream().filter(other -> other.key().equals(record.key())).findFirst().ifPresent(records::remove);
            }
            else if (!has(KEEPS_FORGOTTEN)) {
                records.removeIf(other -> other.key().equals(record.key()));
            }
            forgottenKeys.add(record.key());
            return;
        }
        if (record.kind() == Kind.LASTING && !has(KEEPS_EARLIER_FACTS)) {
            int place = records.stream().map(QueryLogRecord::key).toList().indexOf(record.key());
            records.removeIf(other -> other.key().equals(record.key()));
            if (place >= 0 && has(KEEPS_PLACE_OF_FACTS)) {
                records.add(place, record);
                return;
            }
        }
        if (has(FORGETS_KEYS_FOR_EVER) && forgottenKeys.contains(record.key())) {
            return;
        }
        if (has(TRUNCATES) && record.content().length > 1_000_000) {
            records.add(new QueryLogRecord(record.key(), record.kind(), new byte[1_000_000]));
            return;
        }
        if (has(REORDERS_APPENDS) && !records.isEmpty() && records.size() % 100 == 0) {
            records.add(records.size() - 1, record);
            return;
        }
        records.add(record);
    }

    private synchronized void replace(QueryLogRecord record)
    {
        if (has(REPLACES_AT_THE_END) && records.removeIf(old -> old.key().equals(record.key()) && old.kind() == record.kind())) {
            records.add(record);
        }
        if (!has(KEEPS_REPLACED)) {
            records.replaceAll(old -> old.key().equals(record.key()) && old.kind() == record.kind() ? record : old);
        }
    }

    private final class Member
            implements QueryLog
    {
        private final LinkedBlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();
        private final List<Thread> threads = new ArrayList<>();
        // acknowledged, but not stored
        private final List<QueryLogRecord> buffered = new ArrayList<>();
        private QueryLogMember self;
        private QueryLogListener listener;
        private long leading;
        private Optional<QueryLogLeader> known = Optional.empty();
        private boolean paused;
        private boolean closed;
        private boolean killed;

        @Override
        public void start(QueryLogMember self, QueryLogListener listener)
        {
            synchronized (ReferenceQueryLogStore.this) {
                checkState(this.listener == null || has(STARTS_TWICE), "already started");
                this.self = self;
                this.listener = listener;
                for (int i = 0; i < (has(TELLS_ALL_AT_ONCE) ? 4 : 1); i++) {
                    threads.add(Thread.ofPlatform().daemon().name("reference-query-log").start(this::run));
                }
                candidates.add(this);
                elect();
                learn();
            }
        }

        private void run()
        {
            try {
                while (true) {
                    calls.take().run();
                }
            }
            catch (InterruptedException e) {
                // closed
            }
        }

        private void stop()
        {
            threads.forEach(Thread::interrupt);
        }

        private void tell(Runnable call)
        {
            calls.add(call);
        }

        private void learn()
        {
            if (leading != 0 && (leader != this || epoch != leading)) {
                long ended = leading;
                leading = 0;
                if (!has(NEVER_TELLS_DEPOSED)) {
                    tell(() -> listener.deposed(ended));
                }
            }
            if (leader == null || has(STANDBYS_HEAR_NOTHING) && leader != this) {
                return;
            }
            Optional<QueryLogLeader> current = Optional.of(new QueryLogLeader(epoch, has(TELLS_WRONG_ADDRESS) ? self : leader.self));
            if (!known.equals(current)) {
                known = current;
                tell(() -> listener.leaderChanged(current));
            }
        }

        private void lead(long epoch, List<QueryLogRecord> live)
        {
            leading = epoch;
            tell(() -> listener.elected(epoch, live));
        }

        @Override
        public CompletableFuture<Void> append(long epoch, QueryLogRecord record)
        {
            return call(epoch, Optional.of(record), ReferenceQueryLogStore.this::add);
        }

        @Override
        public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
        {
            return call(epoch, Optional.of(record), ReferenceQueryLogStore.this::replace);
        }

        @Override
        public CompletableFuture<Void> confirm(long epoch)
        {
            return call(epoch, Optional.empty(), _ -> {});
        }

        private CompletableFuture<Void> call(long epoch, Optional<QueryLogRecord> record, Consumer<QueryLogRecord> store)
        {
            synchronized (ReferenceQueryLogStore.this) {
                if (has(THROWS_OTHER) && (closed || listener == null)) {
                    throw new IllegalStateException("closed");
                }
                CompletableFuture<Void> future = new CompletableFuture<>();
                if (paused) {
                    // the call completes when the member is resumed
                    Thread.ofPlatform().daemon().start(() -> {
                        synchronized (ReferenceQueryLogStore.this) {
                            while (paused && !killed) {
                                try {
                                    ReferenceQueryLogStore.this.wait();
                                }
                                catch (InterruptedException e) {
                                    return;
                                }
                            }
                            complete(epoch, record, store, future);
                        }
                    });
                    return future;
                }
                complete(epoch, record, store, future);
                return future;
            }
        }

        private void complete(long epoch, Optional<QueryLogRecord> record, Consumer<QueryLogRecord> store, CompletableFuture<Void> future)
        {
            if (killed) {
                return;
            }
            if (!available) {
                if (has(HANGS_WHEN_AWAY)) {
                    return;
                }
                if (has(IN_DOUBT_COMES_LATER)) {
                    record.ifPresent(late::add);
                }
                if (has(IN_DOUBT_SAYS_DEPOSED)) {
                    record.ifPresent(store);
                    future.completeExceptionally(new DeposedException(epoch));
                    return;
                }
                future.completeExceptionally(new QueryLogUnavailableException("away"));
                return;
            }
            boolean mayAppend = !closed && leader == this && epoch == ReferenceQueryLogStore.this.epoch ||
                    has(FORGETS_FENCING) && epoch > 0 && epoch < ReferenceQueryLogStore.this.epoch ||
                    has(TAKES_ANY_EPOCH) && leader == this ||
                    has(TAKES_ANY_MEMBER) && leader != null && epoch == ReferenceQueryLogStore.this.epoch ||
                    has(CONFIRMS_ANYTHING) && record.isEmpty();
            if (mayAppend) {
                if (has(ACKNOWLEDGES_TOO_EARLY)) {
                    record.ifPresent(buffered::add);
                    if (buffered.size() > 3) {
                        buffered.forEach(ReferenceQueryLogStore.this::add);
                        buffered.clear();
                    }
                }
                else {
                    record.ifPresent(store);
                }
                future.complete(null);
                return;
            }
            if (has(TELLS_DEPOSED_SUCCESS) && epoch > 0 && epoch < ReferenceQueryLogStore.this.epoch) {
                future.complete(null);
                return;
            }
            future.completeExceptionally(new DeposedException(epoch));
        }

        @Override
        public boolean isDurable()
        {
            return true;
        }

        @Override
        public void close()
        {
            synchronized (ReferenceQueryLogStore.this) {
                if (closed) {
                    return;
                }
                while (has(HANGS_IN_CLOSE) && !available) {
                    try {
                        ReferenceQueryLogStore.this.wait(2 * timeout.toMillis());
                        break;
                    }
                    catch (InterruptedException e) {
                        return;
                    }
                }
                closed = true;
                if (listener == null) {
                    return;
                }
                buffered.forEach(ReferenceQueryLogStore.this::add);
                buffered.clear();
                leave(this, !has(CLOSE_KEEPS_LEADERSHIP));
                learn();
                tell(this::stop);
            }
        }
    }
}
