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
import java.util.List;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkState;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofMinutes;
import static org.awaitility.Awaitility.await;

/**
 * The server's classes, loaded and linked, as saved by an earlier run (JEP 514). A server that uses them starts in a third less time. The
 * cache depends on the archive and is made again when the archive changes.
 */
final class AheadOfTimeCache
{
    private static final int FIRST_JAVA = 25;

    private AheadOfTimeCache() {}

    /**
     * Begins to make the cache, if there is none, while tests run that do not need it. What fails here is tried again, and then reported,
     * where it is needed.
     */
    static void makeInBackground()
    {
        Thread.ofPlatform().daemon().name("ahead-of-time-cache").start(AheadOfTimeCache::jvmOptions);
    }

    /**
     * Returns the options that make a JVM use the cache. Without a cache, first runs a server with all roles to make it, which takes about
     * half a minute.
     *
     * @return the JVM's options; none if this Java does not support such a cache
     */
    static synchronized List<String> jvmOptions()
    {
        return path().map(path -> ImmutableList.of("-XX:AOTCache=" + path)).orElseGet(ImmutableList::of);
    }

    private static Optional<Path> path()
    {
        if (Runtime.version().feature() < FIRST_JAVA) {
            return Optional.empty();
        }
        try {
            Path archive = Artifacts.server();
            Path path = Artifacts.target().resolve("server-%s-%s.aot".formatted(Files.size(archive), Files.getLastModifiedTime(archive).toMillis()));
            if (!Files.exists(path)) {
                deleteOlder();
                make(path);
                checkState(Files.exists(path), "The server has ended without writing %s", path);
            }
            return Optional.of(path);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteOlder()
            throws IOException
    {
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(Artifacts.target(), "server-*.aot*")) {
            for (Path cache : caches) {
                Files.delete(cache);
            }
        }
    }

    /**
     * Starts a server and stops it: a server writes the cache when it stops.
     */
    private static void make(Path path)
    {
        LocalCluster.builder("ahead-of-time")
                .dispatchers(0)
                .coordinators(0)
                .workers(0)
                .node("every-role", "dispatcher,coordinator,worker")
                .jvm("every-role", "-XX:AOTCacheOutput=" + path)
                .start()
                .close();
        // the server leaves the writing to another process; until that ends, the file is incomplete
        await().atMost(ofMinutes(2)).until(() -> ProcessHandle.allProcesses().noneMatch(process -> commandLine(process).contains(path.toString())));
    }

    /**
     * Returns the whole command line. {@link ProcessHandle.Info#commandLine} gives only the first 4096 bytes, which the class path exceeds.
     */
    private static String commandLine(ProcessHandle process)
    {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"), ISO_8859_1);
        }
        catch (IOException e) {
            // the process has ended
            return "";
        }
    }
}
