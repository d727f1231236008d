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
package io.prestosql.tests.product;

import com.google.common.collect.ImmutableList;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.util.Objects.requireNonNull;

/**
 * An unpacked server, and a folder for a test's nodes, which is deleted when this object is closed. Servers write nothing to the unpacked
 * folder, so all tests share it: each archive is unpacked once, and again when it changes.
 */
final class Installation
        implements AutoCloseable
{
    private static final Duration UNPACK_TIMEOUT = Duration.ofSeconds(180);

    private final Path directory;
    private final Path nodes;
    private final List<String> shortLivedOptions;

    private Installation(Path directory, String name, List<String> shortLivedOptions)
    {
        this.directory = requireNonNull(directory, "directory is null");
        this.nodes = Artifacts.target().resolve("installation-" + name);
        this.shortLivedOptions = ImmutableList.copyOf(shortLivedOptions);
        deleteIfExists(nodes);
    }

    /**
     * Returns the engine's own server, with the connectors that its archive lacks.
     */
    static Installation stock(String name)
    {
        return new Installation(unpackedStock(), name, ServerProcess.SHORT_LIVED);
    }

    /**
     * Returns the engine's own server with our small archive unpacked over it.
     */
    static Installation overlaid(String name)
    {
        Path directory = unpackOnce("overlaid", Artifacts.overlay(), unfinished -> {
            link(unpackedStock(), unfinished);
            unpack(Artifacts.overlay(), unfinished);
        });
        return new Installation(directory, name, ServerProcess.SHORT_LIVED);
    }

    /**
     * Returns our server.
     */
    static Installation ours(String name)
    {
        return new Installation(unpackedServer(), name, ImmutableList.<String>builder()
                .addAll(ServerProcess.SHORT_LIVED)
                .addAll(AheadOfTimeCache.jvmOptions())
                .build());
    }

    /**
     * Returns the folder of our unpacked server.
     */
    static Path unpackedServer()
    {
        return unpackOnce("server", Artifacts.server(), unfinished -> unpack(Artifacts.server(), unfinished, "--strip-components=1"));
    }

    /**
     * Returns the folder of our server's plugins plus some from the engine's complete archive, as an operator may add them.
     */
    static Path pluginsWith(String... added)
    {
        return unpackOnce("plugins-with-" + String.join("-and-", added), Artifacts.server(), unfinished -> {
            link(unpackedServer().resolve("plugin"), unfinished);
            for (String plugin : added) {
                link(unpackedPlugin(plugin), unfinished.resolve(plugin));
            }
        });
    }

    private static Path unpackedPlugin(String plugin)
    {
        // most files of a plugin are links in the archive, to files of the server
        return unpackOnce("plugin-" + plugin, Artifacts.completeStockServer(), unfinished -> unpack(
                Artifacts.completeStockServer(),
                unfinished,
                "--strip-components=1",
                "--wildcards",
                "trino-server-*/lib",
                "trino-server-*/plugin/" + plugin))
                .resolve("plugin")
                .resolve(plugin);
    }

    private static Path unpackedStock()
    {
        return unpackOnce("stock-server", Artifacts.stockServer(), unfinished -> {
            unpack(Artifacts.stockServer(), unfinished, "--strip-components=1");
            // plugins that are dropped in, as into any installation
            for (String plugin : ImmutableList.of("tpch", "memory")) {
                link(unpackedServer().resolve("plugin").resolve(plugin), unfinished.resolve("plugin").resolve(plugin));
            }
        });
    }

    /**
     * Returns an unpacked folder, and fills it first if it does not exist for this version of the archive.
     */
    private static synchronized Path unpackOnce(String name, Path archive, Unpacking unpacking)
    {
        try {
            Path folders = Artifacts.target().resolve("unpacked");
            Files.createDirectories(folders);
            Path directory = folders.resolve("%s-%s-%s".formatted(name, Files.size(archive), Files.getLastModifiedTime(archive).toMillis()));
            if (!Files.exists(directory)) {
                try (DirectoryStream<Path> older = Files.newDirectoryStream(folders, name + "-[0-9]*")) {
                    older.forEach(Installation::deleteIfExists);
                }
                Path unfinished = folders.resolve("unfinished-" + name);
                deleteIfExists(unfinished);
                Files.createDirectories(unfinished);
                unpacking.unpack(unfinished);
                Files.move(unfinished, directory);
            }
            return directory;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void unpack(Path archive, Path directory, String... options)
    {
        run(ImmutableList.<String>builder()
                .add("tar", "-xzf", archive.toString(), "-C", directory.toString())
                .add(options)
                .build());
    }

    /**
     * Copies a folder as hard links to the same files. Unpacking over such a file replaces the link only.
     */
    private static void link(Path from, Path to)
    {
        run(ImmutableList.of("cp", "-al", from + "/.", to.toString()));
    }

    private static void run(List<String> command)
    {
        ProgramRun.run(UNPACK_TIMEOUT, command.toArray(String[]::new)).expectSuccess();
    }

    Path directory()
    {
        return directory;
    }

    /**
     * Returns the folder for a node's configuration and data.
     */
    Path node(String name)
    {
        return nodes.resolve(name);
    }

    /**
     * Returns JVM options for servers of this installation that measure nothing.
     */
    List<String> shortLivedOptions()
    {
        return shortLivedOptions;
    }

    private static void deleteIfExists(Path directory)
    {
        if (Files.exists(directory)) {
            try {
                deleteRecursively(directory, ALLOW_INSECURE);
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close()
    {
        deleteIfExists(nodes);
    }

    private interface Unpacking
    {
        void unpack(Path directory);
    }
}
