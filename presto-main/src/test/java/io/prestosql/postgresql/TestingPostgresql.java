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
package io.prestosql.postgresql;

import io.prestosql.testing.TestingPorts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A PostgreSQL database that a test can kill and start again with its data.
 */
public final class TestingPostgresql
        implements Closeable
{
    private static TestingPostgresql shared;

    private final Path directory;
    private final int port = TestingPorts.nextPort();
    private final Map<String, String> settings;
    private final Thread atExit = new Thread(this::remove, "remove-postgresql");
    private EmbeddedPostgres postgres;

    public TestingPostgresql(Map<String, String> settings)
            throws IOException
    {
        this(Files.createTempDirectory("testing-postgresql"), settings);
    }

    private TestingPostgresql(Path directory, Map<String, String> settings)
            throws IOException
    {
        this.directory = requireNonNull(directory, "directory is null");
        this.settings = Map.copyOf(settings);
        Runtime.getRuntime().addShutdownHook(atExit);
        start();
    }

    /**
     * Returns the database that all tests of this process share. It starts with the first call and ends with the process. Each test has its own
     * schemas. A test that kills the database starts it again, and does not run beside others.
     */
    public static synchronized TestingPostgresql shared()
    {
        if (shared == null) {
            try {
                shared = new TestingPostgresql(Map.of());
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return shared;
    }

    /**
     * Adds a replica, for which this database's commits wait from then on. This database is down for a moment.
     *
     * @return the replica
     */
    public TestingPostgresql addSynchronousReplica()
            throws IOException
    {
        Path copy = Files.createTempDirectory("testing-postgresql-replica");
        kill();
        copyRecursively(directory.resolve("data"), copy.resolve("data"));
        start();
        Files.writeString(
                copy.resolve("data/postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%s user=postgres'\n".formatted(port),
                CREATE,
                APPEND);
        Files.createFile(copy.resolve("data/standby.signal"));
        TestingPostgresql replica = new TestingPostgresql(copy, settings);
        execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
        execute("SELECT pg_reload_conf()");
        await().atMost(Duration.ofSeconds(60)).until(() -> select("SELECT string_agg(sync_state, ',') FROM pg_stat_replication"), "sync"::equals);
        return replica;
    }

    /**
     * Promotes this replica to a database that takes writes.
     */
    public void promote()
    {
        assertThat(select("SELECT pg_promote(true, 60)")).isEqualTo("t");
    }

    private static void copyRecursively(Path source, Path target)
            throws IOException
    {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                // with its permissions, which the database checks
                Files.copy(file, target.resolve(source.relativize(file)), COPY_ATTRIBUTES);
            }
        }
    }

    public void start()
    {
        try {
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setDataDirectory(directory.resolve("data"))
                    .setCleanDataDirectory(false)
                    .setRegisterShutdownHook(false)
                    .setPort(port)
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .setServerConfig("listen_addresses", "127.0.0.1");
            settings.forEach(builder::setServerConfig);
            postgres = builder.start();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Kills the database without a shutdown, like a power failure.
     */
    public void kill()
    {
        try {
            killProcesses();
            postgres.close();
            Files.deleteIfExists(directory.resolve("data/postmaster.pid"));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void killProcesses()
            throws IOException
    {
        long pid = Long.parseLong(Files.readAllLines(directory.resolve("data/postmaster.pid")).getFirst());
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        // the children are listed first, because a dead process has no descendants; a child that starts in between ends by itself
        List<ProcessHandle> processes = postmaster.descendants().toList();
        postmaster.destroyForcibly();
        processes.forEach(ProcessHandle::destroyForcibly);
        postmaster.onExit().join();
        processes.forEach(process -> process.onExit().join());
    }

    private void remove()
    {
        try {
            if (Files.exists(directory.resolve("data/postmaster.pid"))) {
                killProcesses();
            }
            deleteRecursively(directory, ALLOW_INSECURE);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port()
    {
        return port;
    }

    public String url(int port)
    {
        return "jdbc:postgresql://127.0.0.1:%s/postgres".formatted(port);
    }

    public Connection connect()
            throws SQLException
    {
        return DriverManager.getConnection(url(port), "postgres", "");
    }

    public void execute(String sql)
    {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public String select(String sql)
    {
        try (Connection connection = connect(); Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
        catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close()
            throws IOException
    {
        Runtime.getRuntime().removeShutdownHook(atExit);
        postgres.close();
        deleteRecursively(directory, ALLOW_INSECURE);
    }
}
