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

import com.zaxxer.hikari.HikariDataSource;
import io.airlift.units.Duration;
import io.prestosql.postgresql.PostgresqlDatabase;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import io.prestosql.testing.TestingTier;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ResourceLock;

import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;

import static io.prestosql.spi.querylog.QueryLogRecord.Kind.ELIGIBLE;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.FORGOTTEN;
import static io.prestosql.spi.querylog.QueryLogRecord.Kind.SUBMITTED;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;
import static org.junit.jupiter.api.parallel.ResourceAccessMode.READ;

/**
 * Tests the specifics of this store, on a database whose administrator has turned off synchronous commits.
 */
@TestInstance(PER_CLASS)
@Execution(CONCURRENT)
@Timeout(300)
public class TestPostgresqlDatabase
{
    private static final QueryLogMember FIRST = new QueryLogMember("first", URI.create("http://first.example:8080"));
    private static final QueryLogMember SECOND = new QueryLogMember("second", URI.create("http://second.example:8080"));

    /** A lock, so that the test that kills the database does not run together with tests that use it. */
    private static final String DATABASE = "database";

    private TestingPostgresql postgresql;

    private record Elected(long epoch, List<QueryLogRecord> liveRecords) {}

    private static final class Listener
            implements QueryLogListener
    {
        private final BlockingQueue<Elected> elections = new LinkedBlockingQueue<>();
        private final BlockingQueue<Long> depositions = new LinkedBlockingQueue<>();

        @Override
        public void elected(long epoch, List<QueryLogRecord> liveRecords)
        {
            elections.add(new Elected(epoch, liveRecords));
        }

        @Override
        public void deposed(long epoch)
        {
            depositions.add(epoch);
        }

        @Override
        public void leaderChanged(Optional<QueryLogLeader> leader) {}

        Elected awaitElected()
                throws InterruptedException
        {
            Elected elected = elections.poll(60, SECONDS);
            assertThat(elected).as("election").isNotNull();
            return elected;
        }
    }

    @BeforeAll
    public void startDatabase()
    {
        postgresql = TestingPostgresql.shared();
        postgresql.execute("ALTER DATABASE postgres SET synchronous_commit = off");
    }

    @AfterAll
    public void leaveDatabase()
    {
        postgresql.execute("ALTER DATABASE postgres RESET synchronous_commit");
    }

    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testCommitsAreDurable()
            throws SQLException
    {
        PostgresqlDatabase database = PostgresqlQueryLog.createDatabase(config("durable"));
        database.prepare();
        try (Connection connection = postgresql.connect()) {
            assertThat(query(connection, "SHOW synchronous_commit")).isEqualTo("off");
        }
        try (Connection connection = database.connect(); HikariDataSource pool = database.createPool(2); Connection pooled = pool.getConnection()) {
            for (Connection ours : List.of(connection, pooled)) {
                assertThat(query(ours, "SHOW synchronous_commit")).isEqualTo("on");
                assertThat(query(ours, "SHOW statement_timeout")).isEqualTo("2s");
                assertThat(query(ours, "SHOW lock_timeout")).isEqualTo("2s");
                assertThat(query(ours, "SHOW idle_in_transaction_session_timeout")).isEqualTo("2s");
                assertThat(query(ours, "SHOW search_path")).isEqualTo("durable");
            }
        }
    }

    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testStricterCommitsAreLeftAlone()
            throws SQLException
    {
        postgresql.execute("CREATE ROLE strict LOGIN SUPERUSER; ALTER ROLE strict SET synchronous_commit = 'remote_apply'");
        PostgresqlDatabase database = PostgresqlQueryLog.createDatabase(config("strict").setUser("strict"));
        try (Connection connection = database.connect()) {
            assertThat(query(connection, "SHOW synchronous_commit")).isEqualTo("remote_apply");
        }
    }

    /**
     * This release keeps a queue that the first release has written.
     */
    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testMigrationFromFirstVersion()
            throws Exception
    {
        Flyway.configure()
                .dataSource(postgresql.url(postgresql.port()), "postgres", "")
                .locations("classpath:io/prestosql/querylog/postgresql/migration")
                .defaultSchema("old")
                .table("schema_history")
                .target("1")
                .load()
                .migrate();
        postgresql.execute("""
                INSERT INTO old.record (key, id, kind, content) VALUES ('query'::bytea, 8, 2, '\\x02'), ('query'::bytea, 7, 1, '\\x01'), ('other'::bytea, 9, 1, '\\x');
                UPDATE old.leader SET epoch = 41, node_id = 'gone', address = 'http://gone.example:8080', lease_end = clock_timestamp() - interval '1 day';
                """);
        Listener listener = new Listener();
        try (QueryLog log = new PostgresqlQueryLog(config("old"))) {
            log.start(FIRST, listener);
            Elected elected = listener.awaitElected();
            assertThat(elected.epoch()).isEqualTo(42);
            assertThat(elected.liveRecords()).containsExactly(
                    new QueryLogRecord("query", SUBMITTED, new byte[] {1}),
                    new QueryLogRecord("query", ELIGIBLE, new byte[] {2}),
                    new QueryLogRecord("other", SUBMITTED, new byte[0]));
            log.append(42, new QueryLogRecord("query", FORGOTTEN, new byte[0])).get(20, SECONDS);
        }
        try (Connection connection = postgresql.connect()) {
            assertThat(query(connection, "SELECT string_agg(convert_from(key, 'UTF8'), ',') FROM old.record")).isEqualTo("other");
        }
    }

    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testIdentityOfLogThatHadNone()
            throws Exception
    {
        Flyway.configure()
                .dataSource(postgresql.url(postgresql.port()), "postgres", "")
                .locations("classpath:io/prestosql/querylog/postgresql/migration")
                .defaultSchema("nameless")
                .table("schema_history")
                .target("1")
                .load()
                .migrate();
        postgresql.execute("UPDATE nameless.leader SET epoch = 41");
        String former;
        try (Connection connection = postgresql.connect()) {
            former = "postgresql:%s:%s:%s".formatted(
                    query(connection, "SELECT system_identifier FROM pg_control_system()"),
                    query(connection, "SELECT oid FROM pg_database WHERE datname = current_database()"),
                    query(connection, "SELECT 'nameless.leader'::regclass::oid"));
        }
        assertThat(identity(config("nameless"))).isEqualTo(former);
    }

    /**
     * The identity does not depend on what a user may read in the database.
     */
    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testIdentity()
            throws Exception
    {
        postgresql.execute("CREATE ROLE plain LOGIN; GRANT CREATE ON DATABASE postgres TO plain; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
        String identity = identity(config("plain").setUser("plain"));
        assertThat(identity).matches("postgresql:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(identity(config("plain").setUser("plain"))).isEqualTo(identity);
        assertThat(identity(config("plain"))).isEqualTo(identity);
        // the identity moves with the tables
        postgresql.execute("ALTER SCHEMA plain RENAME TO moved");
        assertThat(identity(config("moved").setUser("plain"))).isEqualTo(identity);
        assertThat(identity(config("plain").setUser("plain"))).isNotEqualTo(identity);

        // a log that was in use before it had an identity
        postgresql.execute("DELETE FROM plain.identity; UPDATE plain.leader SET epoch = 41");
        assertThat(identity(config("plain").setUser("plain"))).matches("postgresql:[0-9a-f-]{36}").isNotEqualTo(identity);
    }

    private static String identity(PostgresqlQueryLogConfig config)
            throws SQLException
    {
        PostgresqlDatabase database = PostgresqlQueryLog.createDatabase(config);
        database.prepare();
        ElectionSession session = new ElectionSession(database, 10_000);
        try {
            return session.identity();
        }
        finally {
            session.close();
        }
    }

    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testManyDispatchersMakeTheTables()
            throws Exception
    {
        List<CompletableFuture<Void>> preparations = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            preparations.add(CompletableFuture.runAsync(() -> {
                try {
                    PostgresqlQueryLog.createDatabase(config("many")).prepare();
                }
                catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }, task -> Thread.ofPlatform().start(task)));
        }
        for (CompletableFuture<Void> preparation : preparations) {
            preparation.get(60, SECONDS);
        }
    }

    /**
     * The death of a leader's process closes its connections, which the standby notices long before the lease ends.
     */
    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testDeadLeaderIsReplacedBeforeItsLeaseIsOver()
            throws Exception
    {
        PostgresqlQueryLogConfig config = config("lease").setLeaseDuration(new Duration(10, MINUTES));
        TcpProxy proxy = new TcpProxy(postgresql.port());
        Listener first = new Listener();
        Listener second = new Listener();
        PostgresqlQueryLog dying = new PostgresqlQueryLog(config("lease").setLeaseDuration(config.getLeaseDuration()).setUrl(postgresql.url(proxy.port())));
        try (PostgresqlQueryLog standby = new PostgresqlQueryLog(config)) {
            dying.start(FIRST, first);
            assertThat(first.awaitElected().epoch()).isEqualTo(1);
            standby.start(SECOND, second);
            proxy.close();
            assertThat(second.awaitElected().epoch()).isEqualTo(2);
            assertThat(standby.isLeader()).isTrue();
            assertThat(standby.getEpoch()).isEqualTo(2);
        }
        dying.close();
    }

    /**
     * A crash of the database ends all sessions, but loses no acknowledged record: the leader stays the leader.
     */
    @Test
    @ResourceLock(DATABASE)
    public void testLeaderOutlivesRestartOfDatabase()
            throws Exception
    {
        Duration lease = new Duration(10, MINUTES);
        Listener first = new Listener();
        Listener second = new Listener();
        try (PostgresqlQueryLog leader = new PostgresqlQueryLog(config("restart").setLeaseDuration(lease));
                PostgresqlQueryLog standby = new PostgresqlQueryLog(config("restart").setLeaseDuration(lease))) {
            leader.start(FIRST, first);
            assertThat(first.awaitElected().epoch()).isEqualTo(1);
            standby.start(SECOND, second);
            leader.append(1, new QueryLogRecord("acknowledged", SUBMITTED, new byte[0])).get(20, SECONDS);
            for (int i = 0; i < TestingTier.rounds(1, 2); i++) {
                postgresql.kill();
                try {
                    assertThat(leader.append(1, new QueryLogRecord("query", SUBMITTED, new byte[0])))
                            .failsWithin(java.time.Duration.ofSeconds(20))
                            .withThrowableThat()
                            .withCauseInstanceOf(QueryLogUnavailableException.class);
                }
                finally {
                    postgresql.start();
                }
                while (true) {
                    try {
                        leader.append(1, new QueryLogRecord("query", SUBMITTED, new byte[0])).get(20, SECONDS);
                        break;
                    }
                    catch (ExecutionException e) {
                        // the database is starting
                        assertThat(e.getCause()).isInstanceOf(QueryLogUnavailableException.class);
                    }
                }
            }
            assertThat(second.elections).isEmpty();
            assertThat(first.depositions).isEmpty();
            assertThat(leader.isLeader()).isTrue();

            leader.close();
            assertThat(second.awaitElected().liveRecords()).extracting(QueryLogRecord::key).startsWith("acknowledged").endsWith("query");
        }
    }

    /**
     * The leader's database dies, and its replica takes over, with every acknowledged record. The replica is not restarted, so the first
     * dispatcher that connects to it leads from then on: the leader, or the standby, which finds the lock free.
     */
    @Test
    public void testFailoverToReplica()
            throws Exception
    {
        Listener first = new Listener();
        Listener second = new Listener();
        try (TestingPostgresql primary = new TestingPostgresql(Map.of());
                TestingPostgresql replica = primary.addSynchronousReplica()) {
            String url = "jdbc:postgresql://127.0.0.1:%s,127.0.0.1:%s/postgres".formatted(primary.port(), replica.port());
            Duration lease = new Duration(10, MINUTES);
            try (PostgresqlQueryLog leader = new PostgresqlQueryLog(config("failover").setUrl(url).setLeaseDuration(lease));
                    PostgresqlQueryLog standby = new PostgresqlQueryLog(config("failover").setUrl(url).setLeaseDuration(lease))) {
                leader.start(FIRST, first);
                assertThat(first.awaitElected().epoch()).isEqualTo(1);
                standby.start(SECOND, second);

                // the database dies with appends under way
                List<String> acknowledged = new ArrayList<>();
                CountDownLatch manyAcknowledged = new CountDownLatch(50);
                CompletableFuture<Void> client = CompletableFuture.runAsync(() -> {
                    for (int i = 0; ; i++) {
                        try {
                            leader.append(1, new QueryLogRecord("query-" + i, SUBMITTED, new byte[0])).get(60, SECONDS);
                        }
                        catch (ExecutionException e) {
                            assertThat(e.getCause()).isInstanceOf(QueryLogUnavailableException.class);
                            return;
                        }
                        catch (InterruptedException | TimeoutException e) {
                            throw new AssertionError(e);
                        }
                        acknowledged.add("query-" + i);
                        manyAcknowledged.countDown();
                    }
                }, task -> Thread.ofPlatform().start(task));
                assertThat(manyAcknowledged.await(60, SECONDS)).isTrue();
                primary.kill();
                client.get(60, SECONDS);
                replica.promote();

                boolean leadsOn = await().atMost(java.time.Duration.ofSeconds(60)).until(() -> appendAfterFailover(leader), Optional::isPresent).orElseThrow();
                if (leadsOn) {
                    assertThat(first.depositions).isEmpty();
                    assertThat(second.elections).isEmpty();
                    leader.close();
                }
                Elected elected = second.awaitElected();
                assertThat(elected.epoch()).isEqualTo(2);
                assertThat(elected.liveRecords()).extracting(QueryLogRecord::key).containsAll(acknowledged);
                if (leadsOn) {
                    assertThat(elected.liveRecords()).extracting(QueryLogRecord::key).contains("after");
                }
            }
        }
    }

    /**
     * @return whether the leader still leads; empty while the database does not answer
     */
    private static Optional<Boolean> appendAfterFailover(PostgresqlQueryLog leader)
            throws InterruptedException, TimeoutException
    {
        try {
            leader.append(1, new QueryLogRecord("after", SUBMITTED, new byte[0])).get(20, SECONDS);
            return Optional.of(true);
        }
        catch (ExecutionException e) {
            if (e.getCause() instanceof DeposedException) {
                return Optional.of(false);
            }
            assertThat(e.getCause()).isInstanceOf(QueryLogUnavailableException.class);
            return Optional.empty();
        }
    }

    /**
     * A transaction that the leader has given up, but the database still executes, takes effect before the next one or never.
     */
    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testTransactionThatContinuesWithoutTheLeader()
            throws Exception
    {
        Listener listener = new Listener();
        try (PostgresqlQueryLog log = new PostgresqlQueryLog(config("zombie"))) {
            log.start(FIRST, listener);
            assertThat(listener.awaitElected().epoch()).isEqualTo(1);
            log.append(1, new QueryLogRecord("query", SUBMITTED, new byte[] {1})).get(20, SECONDS);
            try (Connection connection = postgresql.connect(); Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SET search_path = zombie");
                statement.execute("SELECT * FROM leader FOR UPDATE");
                // ids grow with every attempt
                statement.execute("INSERT INTO record (key, id, kind, content) VALUES ('query'::bytea, 0, 2, '\\x02')");
                CompletableFuture<Void> append = log.append(1, new QueryLogRecord("query", FORGOTTEN, new byte[0]));
                assertThat(append).isNotDone();
                connection.commit();
                append.get(20, SECONDS);
            }
            try (Connection connection = postgresql.connect()) {
                assertThat(query(connection, "SELECT count(*) FROM zombie.record")).isEqualTo("0");
            }
        }
    }

    /**
     * If another transaction holds the leader's row, appends fail in time, and do not take effect later.
     */
    @Test
    @ResourceLock(value = DATABASE, mode = READ)
    public void testLockedLeaderRow()
            throws Exception
    {
        Listener listener = new Listener();
        try (PostgresqlQueryLog log = new PostgresqlQueryLog(config("locked"))) {
            log.start(FIRST, listener);
            assertThat(listener.awaitElected().epoch()).isEqualTo(1);
            try (Connection connection = postgresql.connect(); Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SELECT * FROM locked.leader FOR UPDATE");
                assertThat(log.append(1, new QueryLogRecord("query", SUBMITTED, new byte[] {1})))
                        .failsWithin(java.time.Duration.ofSeconds(20))
                        .withThrowableThat()
                        .withCauseInstanceOf(QueryLogUnavailableException.class);
                // another leader takes over
                statement.execute("UPDATE locked.leader SET epoch = 5, node_id = 'second', address = 'http://second.example:8080', lease_end = clock_timestamp() + interval '1 hour'");
                connection.commit();
            }
            assertThat(listener.depositions.poll(60, SECONDS)).isEqualTo(1);
            assertThat(log.append(1, new QueryLogRecord("query", SUBMITTED, new byte[] {1})))
                    .failsWithin(java.time.Duration.ZERO)
                    .withThrowableThat()
                    .withCauseInstanceOf(DeposedException.class);
            try (Connection connection = postgresql.connect()) {
                assertThat(query(connection, "SELECT count(*) FROM locked.record")).isEqualTo("0");
            }
        }
    }

    private PostgresqlQueryLogConfig config(String schema)
    {
        return new PostgresqlQueryLogConfig()
                .setUrl(postgresql.url(postgresql.port()))
                .setUser("postgres")
                .setSchema(schema)
                .setConnectTimeout(new Duration(1, SECONDS))
                .setStatementTimeout(new Duration(2, SECONDS))
                .setLeaseDuration(new Duration(4, SECONDS))
                .setPollInterval(new Duration(50, MILLISECONDS));
    }

    private static String query(Connection connection, String sql)
            throws SQLException
    {
        try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }
}
