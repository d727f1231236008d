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
package io.prestosql.selection;

import com.google.common.collect.ImmutableList;
import com.google.inject.Inject;
import io.prestosql.spi.selection.ClusterSelectionPlugin;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.trino.server.PluginClassLoader;
import io.trino.server.PluginManager;
import io.trino.server.PluginManager.PluginsProvider;
import io.trino.server.ServerPluginsProvider;
import io.trino.spi.Plugin;
import io.trino.spi.classloader.ThreadContextClassLoader;

import java.util.List;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;

/**
 * Lets plugins see our SPI beside the engine's, and finds the policies for the selection of clusters among them. Nodes of all
 * roles load plugins in this way, as all may have the same plugins.
 */
public class SelectionPluginsProvider
        implements PluginsProvider
{
    /** The engine's own list, which it keeps to itself, and our SPI. */
    static final List<String> SPI_PACKAGES = ImmutableList.of(
            "io.trino.spi.",
            "com.fasterxml.jackson.annotation.",
            "io.airlift.slice.",
            "org.openjdk.jol.",
            "io.opentelemetry.api.",
            "io.opentelemetry.context.",
            "io.prestosql.spi.");

    private final PluginsProvider plugins;
    private final List<ClusterSelectionPolicyFactory> factories = new CopyOnWriteArrayList<>();

    @Inject
    public SelectionPluginsProvider(ServerPluginsProvider plugins)
    {
        this.plugins = requireNonNull(plugins, "plugins is null");
    }

    @Override
    public void loadPlugins(Loader loader, ClassLoaderFactory classLoaders)
    {
        plugins.loadPlugins(
                (description, classLoader) -> load(loader, description, classLoader),
                (name, urls) -> new PluginClassLoader(name, urls, PluginManager.class.getClassLoader(), SPI_PACKAGES));
    }

    private void load(Loader loader, String description, Supplier<PluginClassLoader> classLoaders)
    {
        PluginClassLoader classLoader = classLoaders.get();
        loader.load(description, () -> classLoader);
        try (ThreadContextClassLoader _ = new ThreadContextClassLoader(classLoader)) {
            ServiceLoader.load(Plugin.class, classLoader).stream()
                    .filter(plugin -> ClusterSelectionPlugin.class.isAssignableFrom(plugin.type()))
                    .map(Provider::get)
                    .map(ClusterSelectionPlugin.class::cast)
                    .forEach(plugin -> plugin.getClusterSelectionPolicyFactories().forEach(factories::add));
        }
    }

    /**
     * Returns the factories of the plugins that were loaded.
     */
    public List<ClusterSelectionPolicyFactory> factories()
    {
        return ImmutableList.copyOf(factories);
    }
}
