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
package io.prestosql.localcluster.server;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.node.LocalPort;
import io.prestosql.localcluster.node.NodeAnswer;
import io.prestosql.localcluster.node.NodeKind;
import io.prestosql.localcluster.program.BackgroundProgram;
import io.prestosql.localcluster.program.RunningProcess;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;

/**
 * The servers: dispatchers, coordinators and workers. Their command lines have an option with the node's folder, which
 * {@link ServerConfiguration} adds.
 */
public final class ServerKind
        implements NodeKind
{
    private static final String MARKER = "-Dlocal-cluster.node=";

    private final ClusterFolder folder;
    private final ServerClient client;
    private final Supplier<Path> javaHome;

    /**
     * @param javaHome the home of the JDK that servers are started on
     */
    public ServerKind(ClusterFolder folder, ServerClient client, Supplier<Path> javaHome)
    {
        this.folder = requireNonNull(folder, "folder is null");
        this.client = requireNonNull(client, "client is null");
        this.javaHome = requireNonNull(javaHome, "javaHome is null");
    }

    /**
     * Returns the option that makes a JVM known as the node's.
     */
    static String marker(ClusterFolder folder, String node)
    {
        return MARKER + folder.nodeFolder(node);
    }

    @Override
    public boolean isKindOf(ClusterNode node)
    {
        return node.isServer();
    }

    @Override
    public Optional<String> nodeOf(RunningProcess process)
    {
        if (!process.program().endsWith("bin/java")) {
            return Optional.empty();
        }
        String prefix = MARKER + folder.nodeFolders() + "/";
        return process.arguments().stream()
                .filter(argument -> argument.startsWith(prefix))
                .map(argument -> argument.substring(prefix.length()))
                .findFirst();
    }

    /**
     * Not {@code launcher start}: on a busy machine, about one in a hundred of those ends without a word before there is a Java.
     */
    @Override
    public BackgroundProgram program(ClusterNode node)
    {
        return new BackgroundProgram(
                ImmutableList.of(
                        folder.installation().resolve("bin").resolve("launcher").toString(),
                        "--etc-dir",
                        folder.etc(node.name()).toString(),
                        "--data-dir",
                        folder.data(node.name()).toString(),
                        "run"),
                Map.of("JAVA_HOME", javaHome.get().toString()),
                folder.data(node.name()),
                folder.log(node.name(), "launcher.log"));
    }

    @Override
    public NodeAnswer ask(ClusterNode node)
    {
        // for most of a start, nothing listens there
        return LocalPort.isTaken(node.port()) ? client.ask(node.uri()) : NodeAnswer.SILENT;
    }
}
