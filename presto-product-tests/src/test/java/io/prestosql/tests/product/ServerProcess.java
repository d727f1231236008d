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
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import static com.google.common.base.Preconditions.checkState;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * A server process of an unpacked installation, stock or ours, started by its own launcher and configured by the test. It ends with this
 * object, and with this process, even if that is killed.
 */
final class ServerProcess
        implements AutoCloseable
{
    /**
     * JVM options with which a server takes a quarter less of the processors for its start.
     */
    static final List<String> SHORT_LIVED = ImmutableList.of(
            // the optimizing compiler does not pay off
            "-XX:TieredStopAtLevel=1",
            // nor does a collector that works beside the server
            "-XX:-UseG1GC",
            "-XX:+UseSerialGC",
            // for each of the thousands of bindings of a server, Guice takes a stack trace, only to name a line in its errors
            "-Dguice_include_stack_traces=OFF");

    private final String name;
    private final URI uri;
    private final Path dataDirectory;
    private final Path log;
    private final Process process;
    private final Watchdog watchdog;
    private final Thread shutdownHook;
    private final long startNanos = System.nanoTime();

    private ServerProcess(String name, Process process, URI uri, Path dataDirectory, Path log)
    {
        this.name = name;
        this.uri = uri;
        this.dataDirectory = dataDirectory;
        this.log = log;
        this.process = process;
        this.watchdog = Watchdog.start("kill -9 \"$0\"", String.valueOf(process.pid()));
        this.shutdownHook = new Thread(process::destroyForcibly, "stop-" + name);
        Runtime.getRuntime().addShutdownHook(shutdownHook);
    }

    /**
     * Starts a server of that installation at 127.0.0.1.
     *
     * @param etc the folder with its configuration; its data folder is beside it
     */
    static ServerProcess start(Path installation, Path etc, int port)
    {
        return start(installation, etc, URI.create("http://127.0.0.1:" + port));
    }

    /**
     * Starts a server with the configuration of a stock one: one node, with the catalog tpch.
     */
    static ServerProcess startStock(Installation installation, int port)
    {
        return start(
                installation.directory(),
                writeShortLivedEtc(
                        installation,
                        "stock",
                        port,
                        "1G",
                        ImmutableList.of("tpch"),
                        "coordinator=true",
                        "node-scheduler.include-coordinator=true",
                        "discovery.uri=http://127.0.0.1:" + port),
                port);
    }

    /**
     * Starts a server of that installation, whose configuration has that address.
     */
    static ServerProcess start(Path installation, Path etc, URI uri)
    {
        String name = etc.getParent().getFileName().toString();
        Path data = etc.resolveSibling("data");
        Path log = etc.resolveSibling("output.log");
        try {
            Files.createDirectories(data);
            ProcessBuilder builder = new ProcessBuilder(
                    installation.resolve("bin").resolve("launcher").toString(),
                    "--etc-dir",
                    etc.toString(),
                    "--data-dir",
                    data.toString(),
                    "run")
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
            return new ServerProcess(name, builder.start(), uri, data, log);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a configuration for a node on this machine.
     *
     * @param config the lines of config.properties; the port is added
     * @return the folder of the configuration
     */
    static Path writeEtc(Path directory, int port, String heap, List<String> catalogs, String... config)
    {
        Path etc = directory.resolve("etc");
        try {
            Files.createDirectories(etc.resolve("catalog"));
            Files.writeString(etc.resolve("node.properties"), """
                    node.environment=test
                    node.id=%s
                    node.internal-address=127.0.0.1
                    node.bind-ip=127.0.0.1
                    """.formatted(directory.getFileName()));
            Files.writeString(etc.resolve("jvm.config"), """
                    -server
                    -Xmx%s
                    -XX:+UseG1GC
                    -XX:+ExitOnOutOfMemoryError
                    -XX:ReservedCodeCacheSize=256M
                    -Djdk.attach.allowAttachSelf=true
                    -Dfile.encoding=UTF-8
                    --sun-misc-unsafe-memory-access=allow
                    --enable-native-access=ALL-UNNAMED
                    """.formatted(heap));
            Files.write(etc.resolve("config.properties"), ImmutableList.<String>builder()
                    .add(config)
                    .add("http-server.http.port=" + port)
                    .build());
            for (String catalog : catalogs) {
                Files.writeString(etc.resolve("catalog").resolve(catalog + ".properties"), "connector.name=" + catalog + "\n");
            }
            return etc;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the same configuration, for a server that starts sooner but never runs at full speed.
     */
    static Path writeShortLivedEtc(Installation installation, String node, int port, String heap, List<String> catalogs, String... config)
    {
        Path etc = writeEtc(installation.node(node), port, heap, catalogs, config);
        try {
            Files.write(etc.resolve("jvm.config"), installation.shortLivedOptions(), APPEND);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return etc;
    }

    /**
     * Waits until the server says that it has started.
     *
     * @return the time since the start of the process
     */
    Duration awaitStarted(Duration timeout)
    {
        while (!output().contains("SERVER STARTED")) {
            long nanos = System.nanoTime() - startNanos;
            checkState(process.isAlive(), "%s has ended: %s", name, lastLines());
            checkState(nanos < timeout.toNanos(), "%s has not started after %s: %s", name, timeout, lastLines());
            try {
                Thread.sleep(20);
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted", e);
            }
        }
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    URI uri()
    {
        return uri;
    }

    long pid()
    {
        return process.pid();
    }

    /**
     * Ends the process at once, with SIGKILL.
     */
    void kill()
    {
        try {
            process.destroyForcibly().waitFor();
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    boolean isAlive()
    {
        return process.isAlive();
    }

    Path dataDirectory()
    {
        return dataDirectory;
    }

    String output()
    {
        try {
            return Files.readString(log);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String lastLines()
    {
        List<String> lines = output().lines().toList();
        return "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }

    @Override
    public void close()
    {
        process.destroy();
        try {
            if (!process.waitFor(20, SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
        catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        watchdog.cancel();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        }
        catch (IllegalStateException _) {
            // this process is ending, and the hook already runs
        }
    }
}
