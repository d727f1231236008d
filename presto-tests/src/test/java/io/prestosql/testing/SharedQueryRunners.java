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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import static com.google.common.io.MoreFiles.deleteRecursively;
import static com.google.common.io.RecursiveDeleteOption.ALLOW_INSECURE;

/**
 * Query runners that the suites of one process share, as most of what a suite costs is the start of its cluster. The first suite that needs a
 * runner starts it, and it is closed after the last test of the process.
 */
public final class SharedQueryRunners
        implements BeforeAllCallback
{
    private static final Map<Object, PrestoQueryRunner> RUNNERS = new LinkedHashMap<>();
    private static final List<Path> DIRECTORIES = new ArrayList<>();

    /**
     * The runner of that key. A suite must not kill its servers, and can leave nothing running.
     */
    public static synchronized PrestoQueryRunner get(Object key, Supplier<PrestoQueryRunner> starter)
    {
        return RUNNERS.computeIfAbsent(key, _ -> starter.get().share());
    }

    /**
     * A folder that goes with the runners.
     */
    public static synchronized Path createDirectory()
    {
        try {
            Path directory = Files.createTempDirectory("shared-query-runners");
            DIRECTORIES.add(directory);
            return directory;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * For tests that want a process without other clusters. A suite that comes later starts its runner anew.
     */
    public static synchronized void closeAll()
    {
        RUNNERS.values().forEach(PrestoQueryRunner::closeCluster);
        RUNNERS.clear();
        for (Path directory : DIRECTORIES) {
            try {
                deleteRecursively(directory, ALLOW_INSECURE);
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        DIRECTORIES.clear();
    }

    /**
     * The session of JUnit's launcher lasts as long as the process has tests.
     */
    @Override
    public void beforeAll(ExtensionContext context)
    {
        context.getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(SharedQueryRunners.class))
                .getOrComputeIfAbsent("runners", _ -> (AutoCloseable) SharedQueryRunners::closeAll);
    }
}
