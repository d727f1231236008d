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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.node.LocalPort;
import io.prestosql.localcluster.node.NodeAnswer;
import io.prestosql.localcluster.node.NodeKind;
import io.prestosql.localcluster.program.BackgroundProgram;
import io.prestosql.localcluster.program.ProcessSignal;
import io.prestosql.localcluster.program.RunningProcess;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.prestosql.localcluster.node.ClusterNode.POSTGRESQL;
import static java.util.Objects.requireNonNull;

/**
 * The database that keeps the queue. PostgreSQL has a process for each connection, and shows a title that we choose as its command line.
 */
public final class PostgresqlKind
        implements NodeKind
{
    /** The line of {@code postmaster.pid} that says whether the database takes connections. */
    private static final int STATUS_LINE = 7;

    private final PostgresqlFiles files;
    private final ClusterFolder folder;

    public PostgresqlKind(ClusterFolder folder)
    {
        this.folder = requireNonNull(folder, "folder is null");
        this.files = new PostgresqlFiles(folder);
    }

    @Override
    public boolean isKindOf(ClusterNode node)
    {
        return node.hasRole(POSTGRESQL);
    }

    @Override
    public Optional<String> nodeOf(RunningProcess process)
    {
        List<String> arguments = process.arguments();
        boolean matches = arguments.size() >= 3
                && arguments.subList(0, 3).equals(ImmutableList.of(files.program("postgres").toString(), "-D", files.database().toString()));
        return matches ? Optional.of(POSTGRESQL) : Optional.empty();
    }

    @Override
    public boolean isChild(RunningProcess process)
    {
        return process.program().startsWith("postgres: %s: ".formatted(files.title()));
    }

    /**
     * At a SIGTERM, PostgreSQL waits until the last client has left.
     */
    @Override
    public ProcessSignal endSignal()
    {
        return ProcessSignal.INT;
    }

    @Override
    public BackgroundProgram program(ClusterNode node)
    {
        try {
            // it is an earlier process's, and this node has none
            Files.deleteIfExists(files.pidFile());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new BackgroundProgram(
                Unprivileged.command(files.program("postgres").toString(), "-D", files.database().toString(), "-c", "config_file=" + files.configuration()),
                Map.of(),
                folder.data(POSTGRESQL),
                folder.log(POSTGRESQL, "server.log"));
    }

    @Override
    public NodeAnswer ask(ClusterNode node)
    {
        if (!LocalPort.isTaken(node.port())) {
            return NodeAnswer.SILENT;
        }
        return status().equals("ready") ? NodeAnswer.UP : NodeAnswer.STARTING;
    }

    private String status()
    {
        try {
            List<String> lines = Files.readAllLines(files.pidFile());
            return lines.size() > STATUS_LINE ? Splitter.on(' ').splitToList(lines.get(STATUS_LINE)).getFirst() : "";
        }
        catch (IOException e) {
            return "";
        }
    }

    @Override
    public String address(ClusterNode node)
    {
        return node.uri().getAuthority();
    }
}
