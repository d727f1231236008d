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
package io.prestosql.querylog.postgresql;

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.stats.CounterStat;
import io.airlift.stats.DistributionStat;
import io.airlift.stats.TimeStat;
import io.prestosql.postgresql.PostgresqlDatabase;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.querylog.QueryLogConfig.Store;
import io.prestosql.querylog.QueryLogStatus;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;
import org.weakref.jmx.Nested;

import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.base.Throwables.getRootCause;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The query log in a PostgreSQL database that all dispatchers share.
 * <p>
 * One row names the leader, its epoch, and the end of its lease by the database's clock. Every transaction that writes or elects locks the
 * row, which makes the election safe. An advisory lock makes the replacement of a dead leader fast: every leader holds the lock of its
 * epoch in a session of its own. When the leader's process has died, its connections are closed and the database drops that session.
 * Another dispatcher can then get the lock, and knows that the leader is dead. A leader that is paused keeps its session; it is replaced
 * when its lease is over.
 */
public class PostgresqlQueryLog
        implements QueryLog, QueryLogCondition
{
    private static final Logger log = Logger.get(PostgresqlQueryLog.class);

    private final PostgresqlDatabase database;
    private final long leaseMillis;
    private final long pollMillis;
    private final GroupCommit writer;
    // keep the order of what listeners and callers are told
    private final ExecutorService calls = Executors.newSingleThreadExecutor(daemonThreadsNamed("query-log-calls-%s"));
    private final ExecutorService completions = Executors.newSingleThreadExecutor(daemonThreadsNamed("query-log-completions-%s"));
    private final Thread electionThread;
    private final CountDownLatch closing = new CountDownLatch(1);

    // guarded by this
    private QueryLogMember self;
    private QueryLogListener listener;
    private long leading;
    private Optional<QueryLogLeader> leader = Optional.empty();
    private boolean closed;

    private volatile boolean reachable;
    private volatile Optional<String> problem = Optional.of("the query log's database was not reached yet");
    private volatile Optional<String> identity = Optional.empty();
    private volatile ElectionSession session;

    @Inject
    public PostgresqlQueryLog(PostgresqlQueryLogConfig config)
    {
        database = createDatabase(config);
        leaseMillis = config.getLeaseDuration().toMillis();
        pollMillis = config.getPollInterval().toMillis();
        writer = new GroupCommit(() -> database.createPool(config.getMaxPoolSize()), this::complete, this::depose);
        electionThread = Thread.ofPlatform().daemon().name("query-log-election").unstarted(this::run);
    }

    static PostgresqlDatabase createDatabase(PostgresqlQueryLogConfig config)
    {
        return new PostgresqlDatabase("query log", config.toAddress(), "io/prestosql/querylog/postgresql/migration");
    }

    @Override
    public synchronized void start(QueryLogMember self, QueryLogListener listener)
    {
        checkState(this.listener == null && !closed, "already started");
        this.self = requireNonNull(self, "self is null");
        this.listener = requireNonNull(listener, "listener is null");
        writer.start();
        electionThread.start();
    }

    @Override
    public CompletableFuture<Void> append(long epoch, QueryLogRecord record)
    {
        return write(() -> writer.append(epoch, Optional.of(record)), epoch);
    }

    @Override
    public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        requireNonNull(record, "record is null");
        return write(() -> writer.replace(epoch, record), epoch);
    }

    @Override
    public CompletableFuture<Void> confirm(long epoch)
    {
        return write(() -> writer.append(epoch, Optional.empty()), epoch);
    }

    private synchronized CompletableFuture<Void> write(Supplier<CompletableFuture<Void>> call, long epoch)
    {
        if (leading == 0 || epoch != leading || closed) {
            return CompletableFuture.failedFuture(new DeposedException(epoch));
        }
        return call.get();
    }

    @Override
    public Optional<String> identity()
    {
        return identity;
    }

    @Override
    public boolean isDurable()
    {
        return true;
    }

    @PreDestroy
    @Override
    public void close()
    {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        closing.countDown();
        try {
            if (electionThread.isAlive()) {
                long millis = database.statementTimeout().toMillis();
                writer.stop();
                writer.awaitStopped(millis);
                electionThread.join(millis);
                ElectionSession open = session;
                if (open != null) {
                    open.abort();
                }
                writer.close();
                writer.awaitStopped(millis);
            }
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        finally {
            writer.close();
            calls.shutdown();
            completions.shutdown();
        }
    }

    private void run()
    {
        String lastFailure = "";
        long renewed = 0;
        while (!isClosed()) {
            try {
                if (session == null) {
                    database.prepare();
                    session = new ElectionSession(database, leaseMillis);
                    identity = Optional.of(session.identity());
                    if (leading() != 0) {
                        session.holdLock(leading());
                    }
                }
                boolean renew = System.nanoTime() - renewed >= leaseMillis * 1_000_000 / 4;
                if (step(renew)) {
                    renewed = System.nanoTime();
                }
                if (!lastFailure.isEmpty()) {
                    log.info("The query log's database answers again");
                    lastFailure = "";
                }
                reachable = true;
                problem = Optional.empty();
            }
            // JDBI, Flyway and the driver throw many kinds, and also errors when a connection ends at a bad moment
            catch (Throwable e) {
                reachable = false;
                // the exceptions around it repeat statements in full
                Throwable cause = getRootCause(e);
                String failure = String.valueOf(cause.getMessage());
                // its message is only the name of the host
                String told = cause instanceof UnknownHostException ? "the name of its host is not known" : failure;
                problem = Optional.of("the query log's database does not answer: " + told);
                if (!failure.equals(lastFailure) && !isClosed()) {
                    log.warn("The query log's database does not answer: %s", failure);
                    lastFailure = failure;
                }
                closeSession();
            }
            pause();
        }
        giveUp();
        closeSession();
    }

    /**
     * @return whether the lease begins anew
     */
    private boolean step(boolean renew)
            throws SQLException
    {
        LeaderRow row = session.leaderRow();
        long epoch = leading();
        if (epoch != 0) {
            if (row.epoch() == epoch && (!renew || session.renew(epoch))) {
                learn(Optional.of(new QueryLogLeader(epoch, self)));
                return renew;
            }
            depose(epoch);
            row = session.leaderRow();
        }
        Optional<Election> election = session.elect(row, self);
        if (election.isPresent()) {
            if (!lead(election.get())) {
                session.giveUp(election.get().epoch());
            }
            return true;
        }
        learn(row.leader());
        return false;
    }

    private synchronized boolean lead(Election election)
    {
        if (closed) {
            return false;
        }
        writer.continueAfter(election.lastId(), election.liveRecords().size());
        leading = election.epoch();
        log.info("This dispatcher leads the queue in epoch %s, with %s live records", election.epoch(), election.liveRecords().size());
        learn(Optional.of(new QueryLogLeader(election.epoch(), self)));
        tell(() -> listener.elected(election.epoch(), election.liveRecords()));
        return true;
    }

    private synchronized void depose(long epoch)
    {
        if (leading == epoch) {
            leading = 0;
            if (!closed) {
                log.info("This dispatcher does not lead the queue any more: another one has been elected after epoch %s", epoch);
            }
            tell(() -> listener.deposed(epoch));
        }
    }

    private synchronized void learn(Optional<QueryLogLeader> current)
    {
        if (!leader.equals(current)) {
            leader = current;
            tell(() -> listener.leaderChanged(current));
        }
    }

    private void tell(Runnable call)
    {
        try {
            calls.execute(() -> {
                try {
                    call.run();
                }
                catch (RuntimeException e) {
                    log.error(e, "Listener of the query log failed");
                }
            });
        }
        catch (RejectedExecutionException e) {
            // closed: the listener need not hear it any more
            log.debug(e, "Not told");
        }
    }

    private void complete(Runnable completion)
    {
        try {
            completions.execute(completion);
        }
        catch (RejectedExecutionException e) {
            // closed in the meantime; every future still has to complete
            completion.run();
        }
    }

    private void pause()
    {
        try {
            closing.await(pollMillis, MILLISECONDS);
        }
        catch (InterruptedException e) {
            synchronized (this) {
                closed = true;
            }
        }
    }

    /**
     * Gives up the leadership, so that another dispatcher is elected at once. When the database does not answer, the end of the session or
     * of the lease has to do.
     */
    private void giveUp()
    {
        long epoch = leading();
        if (epoch == 0) {
            return;
        }
        try {
            // appends that are under way are finished first
            writer.awaitStopped(database.statementTimeout().toMillis());
            if (session == null) {
                // the database may be back since it was last asked
                session = new ElectionSession(database, leaseMillis);
            }
            session.giveUp(epoch);
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        catch (Exception e) {
            log.warn("The leader of epoch %s could not give up its leadership: %s", epoch, e.getMessage());
        }
        learn(Optional.empty());
        depose(epoch);
    }

    private void closeSession()
    {
        ElectionSession open = session;
        session = null;
        if (open != null) {
            open.close();
        }
    }

    private synchronized boolean isClosed()
    {
        return closed;
    }

    private synchronized long leading()
    {
        return leading;
    }

    @Managed(description = "Whether this dispatcher leads the queue")
    public boolean isLeader()
    {
        return leading() != 0;
    }

    @Managed(description = "Epoch in which this dispatcher leads, or 0")
    public long getEpoch()
    {
        return leading();
    }

    @Override
    public QueryLogStatus getStatus()
    {
        return QueryLogStatus.elsewhere(Store.POSTGRESQL, reachable);
    }

    @Override
    public Optional<String> getProblem()
    {
        return problem;
    }

    @Managed(description = "Whether the database has answered the last time it was asked")
    public boolean isDatabaseReachable()
    {
        return reachable;
    }

    @Managed(description = "Records that a next leader would get; 0 when this dispatcher does not lead")
    public long getLiveRecords()
    {
        return isLeader() ? writer.liveRecords() : 0;
    }

    @Nested
    @Managed(description = "Records that were appended")
    public CounterStat getAppends()
    {
        return writer.appends();
    }

    @Nested
    @Managed(description = "Records that were not appended, or may not have been")
    public CounterStat getFailedAppends()
    {
        return writer.failedAppends();
    }

    @Nested
    @Managed(description = "Records and confirmations that share a transaction")
    public DistributionStat getBatchSize()
    {
        return writer.batchSize();
    }

    @Nested
    @Managed(description = "Time that a transaction takes")
    public TimeStat getCommitTime()
    {
        return writer.commitTime();
    }
}
