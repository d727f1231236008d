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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;

/**
 * A folder with an unpacked server, for tests that do not use {@code bin/local-cluster}. It is gone when the object is closed.
 */
final class Installation
        implements AutoCloseable
{
    private static final Duration UNPACK_TIMEOUT = Duration.ofSeconds(180);

    private final Path directory;

    private Installation(String name)
    {
        this.directory = Artifacts.target().resolve("installation-" + name);
        delete(directory);
        try {
            Files.createDirectories(directory);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The engine's own server, and the connectors that are not in its archive.
     */
    static Installation stock(String name)
    {
        Installation installation = new Installation(name);
        installation.unpack(Artifacts.stockServer(), "--strip-components=1");
        // a plugin that is dropped in, as it may be into any installation; its files may be links to files in the archive's lib
        Path ours = installation.directory.resolve("presto-server");
        try {
            Files.createDirectories(ours);
            unpack(Artifacts.server(), ours, "--strip-components=1");
            for (String plugin : ImmutableList.of("tpch", "memory")) {
                Files.move(ours.resolve("plugin").resolve(plugin), installation.directory.resolve("plugin").resolve(plugin));
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        delete(ours);
        return installation;
    }

    /**
     * Our server.
     */
    static Installation ours(String name)
    {
        Installation installation = new Installation(name);
        installation.unpack(Artifacts.server(), "--strip-components=1");
        return installation;
    }

    /**
     * Unpacks an archive over what is there.
     */
    void unpack(Path archive, String... options)
    {
        unpack(archive, directory, options);
    }

    private static void unpack(Path archive, Path directory, String... options)
    {
        ProgramRun.run(UNPACK_TIMEOUT, ImmutableList.<String>builder()
                .add("tar", "-xzf", archive.toString(), "-C", directory.toString())
                .add(options)
                .build()
                .toArray(String[]::new))
                .expectSuccess();
    }

    Path directory()
    {
        return directory;
    }

    /**
     * A folder for a node's configuration and data.
     */
    Path node(String name)
    {
        return directory.resolve("nodes").resolve(name);
    }

    private static void delete(Path directory)
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
        delete(directory);
    }
}
