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
package io.prestosql.testing;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;
import static java.util.Objects.requireNonNull;

/**
 * The query runner that consecutive suites share, as most of a suite's cost is the start of its cluster. The first suite that needs it
 * starts it. It is closed when another cluster starts, as idle servers take processor time, or after the last test of the process.
 */
public final class SharedQueryRunner
        implements BeforeAllCallback
{
    private static Optional<Shared> current = Optional.empty();

    /**
     * Returns the runner of that key. A suite must not kill its servers, and must leave nothing running.
     *
     * @param starter gets a folder that lasts as long as the runner
     */
    public static synchronized PrestoQueryRunner get(Object key, Function<Path, PrestoQueryRunner> starter)
    {
        if (current.filter(shared -> shared.key().equals(key)).isEmpty()) {
            close();
            try {
                Path directory = Files.createTempDirectory("shared-query-runner");
                current = Optional.of(new Shared(key, directory, starter.apply(directory).share()));
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return current.orElseThrow().runner();
    }

    /**
     * Closes the current runner; a later suite starts a new one.
     */
    public static synchronized void close()
    {
        if (current.isEmpty()) {
            return;
        }
        Shared shared = current.get();
        current = Optional.empty();
        shared.runner().closeCluster();
        try {
            deleteRecursively(shared.directory(), ALLOW_INSECURE);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Uses the session of JUnit's launcher, which lasts as long as the process has tests.
     */
    @Override
    public void beforeAll(ExtensionContext context)
    {
        context.getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(SharedQueryRunner.class))
                .getOrComputeIfAbsent("shared", _ -> (AutoCloseable) SharedQueryRunner::close);
    }

    private record Shared(Object key, Path directory, PrestoQueryRunner runner)
    {
        private Shared
        {
            requireNonNull(key, "key is null");
            requireNonNull(directory, "directory is null");
            requireNonNull(runner, "runner is null");
        }
    }
}
