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

import io.airlift.log.Logger;
import io.prestosql.postgresql.PostgresqlDatabase;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import static java.lang.Math.max;
import static java.lang.Math.toIntExact;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A dispatcher's session with the database for the election. The leader's session holds an advisory lock, which shows that the leader is
 * alive and ends with the session.
 */
final class ElectionSession
{
    private static final Logger log = Logger.get(ElectionSession.class);

    // a new leader reads all live records
    private static final long MIN_ELECTION_TIMEOUT_MILLIS = 60_000;

    private record StoredRecord(long id, QueryLogRecord record) {}

    private final Connection connection;
    private final Handle handle;
    private final int lockSpace;
    private final long leaseMillis;
    private final long statementMillis;
    private long lockToHold;

    ElectionSession(PostgresqlDatabase database, long leaseMillis)
            throws SQLException
    {
        connection = database.connect();
        handle = Jdbi.create(connection).open();
        lockSpace = ("presto query log " + database.schema()).hashCode();
        statementMillis = database.statementTimeout().toMillis();
        this.leaseMillis = leaseMillis;
    }

    /**
     * Returns the name of the log, which is stored with its tables. So the name follows the tables, to a replica that takes over or to a
     * database that is moved, and does not depend on what the user may read of the database.
     */
    String identity()
    {
        return readIdentity().orElseGet(() -> {
            // the first name counts
            handle.execute("INSERT INTO identity (id, name) VALUES (1, ?) ON CONFLICT DO NOTHING", firstIdentity());
            return readIdentity().orElseThrow();
        });
    }

    private Optional<String> readIdentity()
    {
        return handle.select("SELECT name FROM identity WHERE id = 1").mapTo(String.class).findOne();
    }

    /**
     * Creates the name of the log. A log that was in use before its name was stored keeps its former name, if it had one; otherwise its
     * coordinators would take it for another log.
     */
    private String firstIdentity()
    {
        Optional<String> former = leaderRow().epoch() > 0 ? formerIdentity() : Optional.empty();
        return "postgresql:" + former.orElseGet(() -> UUID.randomUUID().toString());
    }

    private Optional<String> formerIdentity()
    {
        try {
            return Optional.of(handle.select("""
                    SELECT system_identifier || ':' || (SELECT oid FROM pg_database WHERE datname = current_database()) || ':' || 'leader'::regclass::oid
                    FROM pg_control_system()
                    """)
                    .mapTo(String.class)
                    .one());
        }
        catch (JdbiException e) {
            log.debug(e, "The database does not tell its system identifier");
            return Optional.empty();
        }
    }

    /**
     * Gets the lock for a dispatcher that leads in the epoch and has lost its last session. That session, or another dispatcher that is
     * just testing the lock, may still hold it. The attempts are then repeated until the lock is free.
     */
    void holdLock(long epoch)
    {
        lockToHold = tryLock(epoch) ? 0 : epoch;
    }

    LeaderRow leaderRow()
    {
        return readLeaderRow("");
    }

    private LeaderRow readLeaderRow(String lock)
    {
        return handle.select("""
                SELECT epoch, node_id, address, lease_end <= clock_timestamp() AS lease_over, renewed >= pg_postmaster_start_time() AS renewed_since_restart
                FROM leader
                WHERE id = 1
                """ + lock)
                .map((row, _) -> {
                    String nodeId = row.getString("node_id");
                    String address = row.getString("address");
                    return new LeaderRow(
                            row.getLong("epoch"),
                            nodeId == null ? Optional.empty() : Optional.of(new QueryLogMember(nodeId, URI.create(address))),
                            row.getBoolean("lease_over"),
                            row.getBoolean("renewed_since_restart"));
                })
                .one();
    }

    /**
     * @return whether this dispatcher still leads in the epoch
     */
    boolean renew(long epoch)
    {
        if (lockToHold == epoch) {
            holdLock(epoch);
        }
        return handle.execute(
                "UPDATE leader SET lease_end = clock_timestamp() + ? * interval '1 millisecond', renewed = clock_timestamp() WHERE id = 1 AND epoch = ?",
                leaseMillis,
                epoch) == 1;
    }

    void giveUp(long epoch)
    {
        handle.execute("UPDATE leader SET node_id = NULL, address = NULL, lease_end = clock_timestamp() WHERE id = 1 AND epoch = ?", epoch);
    }

    /**
     * Becomes the leader, if no leader is alive.
     */
    Optional<Election> elect(LeaderRow seen, QueryLogMember self)
            throws SQLException
    {
        if (seen.member().isEmpty() || seen.leaseOver()) {
            return takeOver(seen, self, false);
        }
        // after a restart of the database no dispatcher has a session; the leader comes back
        if (!seen.renewedSinceRestart() || !tryLock(seen.epoch())) {
            return Optional.empty();
        }
        log.info("The leader of epoch %s, %s, has no connection to the database any more", seen.epoch(), seen.member().orElseThrow().nodeId());
        Optional<Election> election = takeOver(seen, self, true);
        unlock(seen.epoch());
        return election;
    }

    private Optional<Election> takeOver(LeaderRow seen, QueryLogMember self, boolean dead)
            throws SQLException
    {
        int timeout = toIntExact(max(MIN_ELECTION_TIMEOUT_MILLIS, statementMillis));
        connection.setNetworkTimeout(Runnable::run, timeout);
        Optional<Election> election = handle.inTransaction(transaction -> {
            LeaderRow row = readLeaderRow("FOR UPDATE");
            if (row.epoch() != seen.epoch() || !(dead || row.member().isEmpty() || row.leaseOver())) {
                return Optional.empty();
            }
            long epoch = row.epoch() + 1;
            if (!tryLock(epoch)) {
                // held by a lost session of a dispatcher that has not become the leader
                return Optional.empty();
            }
            transaction.execute("SET LOCAL statement_timeout = " + timeout);
            List<StoredRecord> records = transaction.select("SELECT id, key, kind, content FROM record ORDER BY id")
                    .map((stored, _) -> new StoredRecord(
                            stored.getLong("id"),
                            new QueryLogRecord(new String(stored.getBytes("key"), UTF_8), Kind.fromNumber(stored.getInt("kind")), stored.getBytes("content"))))
                    .list();
            transaction.execute("""
                    UPDATE leader
                    SET epoch = ?, node_id = ?, address = ?, lease_end = clock_timestamp() + ? * interval '1 millisecond', renewed = clock_timestamp()
                    WHERE id = 1
                    """,
                    epoch,
                    self.nodeId(),
                    self.address().toString(),
                    leaseMillis);
            return Optional.of(new Election(
                    epoch,
                    records.stream().map(StoredRecord::record).toList(),
                    records.isEmpty() ? 0 : records.getLast().id()));
        });
        connection.setNetworkTimeout(Runnable::run, toIntExact(statementMillis + 1_000));
        return election;
    }

    private boolean tryLock(long epoch)
    {
        return handle.select("SELECT pg_try_advisory_lock(?, ?)", lockSpace, (int) epoch).mapTo(boolean.class).one();
    }

    private void unlock(long epoch)
    {
        handle.select("SELECT pg_advisory_unlock(?, ?)", lockSpace, (int) epoch).mapTo(boolean.class).one();
    }

    void close()
    {
        try {
            connection.close();
        }
        catch (SQLException e) {
            log.debug(e, "Closing the session failed");
        }
    }

    /**
     * Ends the session even while it waits for the database.
     */
    void abort()
    {
        try {
            connection.abort(Runnable::run);
        }
        catch (SQLException e) {
            log.debug(e, "Closing the session failed");
        }
    }
}
