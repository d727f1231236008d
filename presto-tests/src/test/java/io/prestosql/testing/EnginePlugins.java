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

import com.google.common.base.Supplier;
import com.google.common.collect.ImmutableList;
import io.trino.server.PluginManager;
import io.trino.spi.Plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;

import static com.google.common.base.Suppliers.memoize;
import static com.google.common.collect.Iterables.getOnlyElement;
import static java.util.Objects.requireNonNull;

/**
 * Loads plugins that are published only in the engine's distribution, from where the build has unpacked them, as a server does.
 */
public final class EnginePlugins
{
    private static final Supplier<Plugin> FILESYSTEM_EXCHANGE = memoize(() -> load("exchange-filesystem"));
    private static final Supplier<Plugin> PASSWORD_AUTHENTICATORS = memoize(() -> load("password-authenticators"));

    private EnginePlugins() {}

    /**
     * Returns the exchange that queries with a retry policy need.
     */
    public static Plugin filesystemExchange()
    {
        return FILESYSTEM_EXCHANGE.get();
    }

    public static Plugin passwordAuthenticators()
    {
        return PASSWORD_AUTHENTICATORS.get();
    }

    private static Plugin load(String name)
    {
        Path engine = Path.of(requireNonNull(System.getProperty("presto-tests.engine"), "presto-tests.engine is not set; run the tests with Maven"));
        ImmutableList.Builder<URL> jars = ImmutableList.builder();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(engine.resolve("plugin").resolve(name), "*.jar")) {
            for (Path file : files) {
                jars.add(file.toUri().toURL());
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return getOnlyElement(ServiceLoader.load(Plugin.class, PluginManager.createClassLoader(name, jars.build())));
    }
}
