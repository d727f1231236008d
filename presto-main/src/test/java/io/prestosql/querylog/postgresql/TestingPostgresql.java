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

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;

/**
 * A database that can be killed and started again with its data.
 */
final class TestingPostgresql
        implements Closeable
{
    private final Path directory;
    private final int port;
    private final Map<String, String> settings;
    private EmbeddedPostgres postgres;

    TestingPostgresql(Map<String, String> settings)
            throws IOException
    {
        this.settings = Map.copyOf(settings);
        directory = Files.createTempDirectory("query-log-postgresql");
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        start();
    }

    void start()
    {
        try {
            EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                    .setDataDirectory(directory.resolve("data"))
                    .setCleanDataDirectory(false)
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
     * Kills the database as a power failure does.
     */
    void kill()
    {
        try {
            long pid = Long.parseLong(Files.readAllLines(directory.resolve("data/postmaster.pid")).getFirst());
            ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
            // they are nobody's as soon as it is dead; one that it starts in between ends by itself
            List<ProcessHandle> processes = postmaster.descendants().toList();
            postmaster.destroyForcibly();
            processes.forEach(ProcessHandle::destroyForcibly);
            postmaster.onExit().join();
            processes.forEach(process -> process.onExit().join());
            postgres.close();
            Files.deleteIfExists(directory.resolve("data/postmaster.pid"));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port()
    {
        return port;
    }

    String url(int port)
    {
        return "jdbc:postgresql://127.0.0.1:%s/postgres".formatted(port);
    }

    Connection connect()
            throws SQLException
    {
        return DriverManager.getConnection(url(port), "postgres", "");
    }

    void execute(String sql)
    {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close()
            throws IOException
    {
        postgres.close();
        deleteRecursively(directory, ALLOW_INSECURE);
    }
}
