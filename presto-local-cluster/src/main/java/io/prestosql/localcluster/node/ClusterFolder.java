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
package io.prestosql.localcluster.node;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.report.ClusterException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;

/**
 * The folder of a cluster. Nothing of the cluster is elsewhere:
 * <pre>
 * .local-cluster        marks the folder as a cluster's; nothing is ever removed from a folder without it
 * nodes                 one line for each node: name, roles, port
 * secret                the secret that dispatchers and the servers of the default cluster share
 * secrets/CLUSTER       the secret that the servers of another cluster share
 * install/              the unpacked archive, which all servers share, or a link to it; nothing is written there
 * install-postgresql/   the unpacked PostgreSQL, if there is one
 * node/NAME/etc         the node's configuration
 * node/NAME/data        the node's working directory; logs are in var/log
 * </pre>
 *
 * @param directory in the one form that the nodes' command lines have
 */
public record ClusterFolder(Path directory)
{
    private static final String MARKER = ".local-cluster";

    /**
     * Returns the cluster's folder for a path as a user gives it.
     */
    public static ClusterFolder of(Path path)
    {
        return new ClusterFolder(canonical(path));
    }

    /**
     * Returns an absolute path without links, as far as the path exists.
     */
    private static Path canonical(Path path)
    {
        Path absolute = path.toAbsolutePath().normalize();
        try {
            if (Files.exists(absolute)) {
                return absolute.toRealPath();
            }
            Path parent = absolute.getParent();
            return parent == null ? absolute : canonical(parent).resolve(absolute.getFileName());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean isCluster()
    {
        return Files.isRegularFile(directory.resolve(MARKER));
    }

    /**
     * Returns whether the folder is someone else's: it holds something, and is no cluster's.
     */
    public boolean isForeign()
    {
        if (isCluster() || !Files.exists(directory)) {
            return false;
        }
        if (!Files.isDirectory(directory)) {
            return true;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isPresent();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Makes this a cluster's folder.
     *
     * @throws ClusterException if it is one already: of two starts at the same time, one wins here
     */
    public void create()
    {
        try {
            Files.createDirectories(directory);
            // there are secrets in it
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            Files.createFile(directory.resolve(MARKER));
        }
        catch (FileAlreadyExistsException e) {
            throw new ClusterException("Another start is under way in " + directory, e);
        }
        catch (IOException e) {
            throw new ClusterException("%s cannot be made: %s".formatted(directory, e.getMessage()), e);
        }
    }

    public void remove()
    {
        try {
            deleteRecursively(directory, ALLOW_INSECURE);
        }
        catch (IOException e) {
            throw new ClusterException("%s cannot be removed: %s".formatted(directory, e.getMessage()), e);
        }
    }

    public void writeNodes(List<ClusterNode> nodes)
    {
        write(nodesFile(), nodes.stream().map(node -> node.line() + "\n").collect(toImmutableList()));
    }

    /**
     * Returns the nodes in the order of their ports; none if a start has not come that far.
     */
    public List<ClusterNode> nodes()
    {
        if (!Files.exists(nodesFile())) {
            return ImmutableList.of();
        }
        try (Stream<String> lines = Files.lines(nodesFile())) {
            return lines.map(ClusterNode::parse).collect(toImmutableList());
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Optional<ClusterNode> node(String name)
    {
        return nodes().stream().filter(node -> node.name().equals(name)).findFirst();
    }

    private Path nodesFile()
    {
        return directory.resolve("nodes");
    }

    public void writeSecret(String secret)
    {
        write(directory.resolve("secret"), ImmutableList.of(secret));
    }

    public String secret()
    {
        return read(directory.resolve("secret"));
    }

    public void writeSecret(String cluster, String secret)
    {
        try {
            Files.createDirectories(secretFile(cluster).getParent());
        }
        catch (IOException e) {
            throw new ClusterException("%s cannot be made: %s".formatted(secretFile(cluster).getParent(), e.getMessage()), e);
        }
        write(secretFile(cluster), ImmutableList.of(secret));
    }

    /**
     * Returns the secret of a cluster other than the default one.
     */
    public String secret(String cluster)
    {
        return read(secretFile(cluster));
    }

    private Path secretFile(String cluster)
    {
        return directory.resolve("secrets").resolve(cluster);
    }

    public Path installation()
    {
        return directory.resolve("install");
    }

    /**
     * Returns the folder of all nodes' folders.
     */
    public Path nodeFolders()
    {
        return directory.resolve("node");
    }

    public Path nodeFolder(String name)
    {
        return nodeFolders().resolve(name);
    }

    public Path etc(String node)
    {
        return nodeFolder(node).resolve("etc");
    }

    public Path data(String node)
    {
        return nodeFolder(node).resolve("data");
    }

    public Path pidFile(String node)
    {
        return data(node).resolve("var").resolve("run").resolve("launcher.pid");
    }

    /**
     * Returns the logs that the node has written: what its JVM or its launcher says, then the server's own.
     */
    public List<Path> logs(String node)
    {
        return Stream.of("launcher.log", "server.log")
                .map(name -> log(node, name))
                .filter(Files::exists)
                .collect(toImmutableList());
    }

    public Path log(String node, String name)
    {
        return data(node).resolve("var").resolve("log").resolve(name);
    }

    private static void write(Path file, List<String> parts)
    {
        try {
            Files.writeString(file, String.join("", parts));
        }
        catch (IOException e) {
            throw new ClusterException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static String read(Path file)
    {
        try {
            return Files.readString(file).strip();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
