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
package io.prestosql.localcluster.postgresql;

import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.artifact.MavenArtifact;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.node.Secrets;
import io.prestosql.localcluster.program.ForegroundProgram;
import io.prestosql.localcluster.program.ProgramResult;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

import static com.google.common.collect.MoreCollectors.onlyElement;
import static io.prestosql.localcluster.node.ClusterNode.POSTGRESQL;
import static java.util.Objects.requireNonNull;

/**
 * Unpacks PostgreSQL into a cluster's folder, and makes a database with a user for the dispatchers.
 */
public final class PostgresqlInstallation
{
    private static final Map<String, String> PLATFORMS = Map.of(
            "Linux-amd64", "linux-amd64",
            "Linux-aarch64", "linux-arm64v8",
            "Linux-ppc64le", "linux-ppc64le",
            "Mac OS X-x86_64", "darwin-amd64",
            "Mac OS X-aarch64", "darwin-arm64v8");

    private final Path programs;

    private PostgresqlInstallation(Path programs)
    {
        this.programs = requireNonNull(programs, "programs is null");
    }

    /**
     * Finds the programs, and has Maven fetch them if need be.
     *
     * @throws ClusterException if this machine cannot run them
     */
    public static PostgresqlInstallation find(Checkout checkout, Messages messages)
    {
        String machine = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
        String platform = PLATFORMS.get(machine);
        if (platform == null) {
            throw new ClusterException("There are no binaries of PostgreSQL for " + machine);
        }
        Unprivileged.check();
        if (platform.startsWith("linux") && ForegroundProgram.find("xz").isEmpty()) {
            throw new ClusterException("xz is needed to unpack PostgreSQL, and not installed");
        }
        return new PostgresqlInstallation(MavenArtifact.postgresql(checkout, platform).fetch(checkout, messages));
    }

    /**
     * Returns the properties with which dispatchers use the database.
     */
    public static Map<String, String> dispatcherProperties(ClusterFolder folder, ClusterNode node)
    {
        try {
            return Map.of(
                    "query-log.postgresql.url", "jdbc:postgresql://%s/presto".formatted(node.uri().getAuthority()),
                    "query-log.postgresql.user", "presto",
                    "query-log.postgresql.password", Files.readString(new PostgresqlFiles(folder).password()).strip());
        }
        catch (IOException e) {
            throw new ClusterException("The database's password cannot be read: " + e, e);
        }
    }

    /**
     * @throws ClusterException if a program of PostgreSQL fails
     */
    public void install(ClusterFolder folder, ClusterNode node)
    {
        PostgresqlFiles files = new PostgresqlFiles(folder);
        try {
            Files.createDirectories(files.installation());
            Files.createDirectories(folder.etc(POSTGRESQL));
            Files.createDirectories(folder.data(POSTGRESQL));
            unpack(files.installation());
            Files.writeString(files.password(), Secrets.random(24));

            expectSuccess("the database could not be made", ForegroundProgram.of(Unprivileged.command(
                    files.program("initdb").toString(), "-D", files.database().toString(), "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"))
                    .run());
            configure(files, node.port());
            createUser(files);
        }
        catch (IOException e) {
            throw new ClusterException("PostgreSQL could not be installed in %s: %s".formatted(files.installation(), e), e);
        }
    }

    private void unpack(Path installation)
            throws IOException
    {
        Path archive = installation.resolve("postgresql.txz");
        try (ZipFile file = new ZipFile(programs.toFile())) {
            ZipEntry entry = file.stream().filter(candidate -> candidate.getName().endsWith(".txz")).collect(onlyElement());
            try (InputStream stream = file.getInputStream(entry)) {
                Files.copy(stream, archive);
            }
        }
        expectSuccess("PostgreSQL could not be unpacked", ForegroundProgram.of("tar", "-xJf", archive.toString()).in(installation).run());
        Files.delete(archive);
    }

    private static void configure(PostgresqlFiles files, int port)
            throws IOException
    {
        // only presto can log in
        Files.writeString(files.accessRules(), "host presto presto 127.0.0.1/32 scram-sha-256\n");
        Files.writeString(files.configuration(),
                """
                listen_addresses = '127.0.0.1'
                port = %s
                unix_socket_directories = ''
                hba_file = %s
                # what its processes are known by
                cluster_name = '%s'
                # in the cluster's folder, not in /dev/shm
                dynamic_shared_memory_type = mmap
                shared_buffers = 32MB
                """.formatted(port, quote(files.accessRules().toString()), files.title()));
    }

    private static void createUser(PostgresqlFiles files)
            throws IOException
    {
        // an empty line ends a statement
        String statements =
                """
                CREATE ROLE presto LOGIN PASSWORD %s;

                CREATE DATABASE presto OWNER presto;

                """.formatted(quote(Files.readString(files.password())));
        ProgramResult result = ForegroundProgram.of(Unprivileged.command(
                files.program("postgres").toString(), "--single", "-j", "-D", files.database().toString(), "-c", "config_file=" + files.configuration(), "postgres"))
                .reading(statements)
                .run();
        expectSuccess("the database's user could not be made", result);
        // a statement that fails does not fail the program
        if (result.output().contains("ERROR:")) {
            throw new ClusterException("the database's user could not be made", result.output().lines().toList());
        }
    }

    private static void expectSuccess(String problem, ProgramResult result)
    {
        if (!result.succeeded()) {
            throw new ClusterException(problem, result.output().lines().toList());
        }
    }

    private static String quote(String value)
    {
        return "'" + value.replace("'", "''") + "'";
    }
}
