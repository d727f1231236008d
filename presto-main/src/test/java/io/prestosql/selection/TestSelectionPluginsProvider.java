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
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.server.PluginManager;
import io.trino.server.ServerPluginsProvider;
import io.trino.server.ServerPluginsProviderConfig;
import io.trino.spi.Plugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

public class TestSelectionPluginsProvider
{
    @TempDir
    private Path directory;

    @Test
    public void testPolicyOfPlugin()
            throws IOException
    {
        createJar(Files.createDirectories(directory.resolve("testing")).resolve("plugin.jar"));
        SelectionPluginsProvider provider = new SelectionPluginsProvider(new ServerPluginsProvider(new ServerPluginsProviderConfig().setInstalledPluginsDir(directory.toFile()), directExecutor()));
        List<Plugin> loaded = new ArrayList<>();
        provider.loadPlugins(
                (_, classLoader) -> ServiceLoader.load(Plugin.class, classLoader.get()).forEach(loaded::add),
                PluginManager::createClassLoader);
        assertThat(loaded).as("the engine loads it, too").singleElement().extracting(plugin -> plugin.getClass().getName()).isEqualTo(TestingSelectionPlugin.class.getName());
        ClusterSelectionPolicyFactory factory = getOnlyElement(provider.factories());
        assertThat(factory).as("it is that of the plugin's own class loader").isNotInstanceOf(TestingSelectionPlugin.NamedClusterPolicyFactory.class);
        assertThat(factory.getName()).isEqualTo("testing");
        assertThat(factory.create(ImmutableMap.of("testing.cluster", "etl"), new TestingSelectionContext()).select(null).targets())
                .containsExactly(new ClusterTarget.NamedCluster("etl"));
    }

    private static void createJar(Path path)
            throws IOException
    {
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(path))) {
            for (Class<?> type : ImmutableList.of(TestingSelectionPlugin.class, TestingSelectionPlugin.NamedClusterPolicyFactory.class)) {
                String name = type.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new JarEntry(name));
                jar.write(Resources.toByteArray(Resources.getResource(name)));
            }
            jar.putNextEntry(new JarEntry("META-INF/services/" + Plugin.class.getName()));
            jar.write(TestingSelectionPlugin.class.getName().getBytes(UTF_8));
        }
    }

    /**
     * A package that the engine adds has to be added here, too.
     */
    @Test
    public void testPackagesOfTheEngine()
            throws ReflectiveOperationException
    {
        Field field = PluginManager.class.getDeclaredField("SPI_PACKAGES");
        field.setAccessible(true);
        List<String> withoutOurs = SelectionPluginsProvider.SPI_PACKAGES.stream()
                .filter(name -> !name.equals("io.prestosql.spi."))
                .collect(toImmutableList());
        assertThat(withoutOurs).isEqualTo(field.get(null)).isNotEqualTo(SelectionPluginsProvider.SPI_PACKAGES);
    }
}
