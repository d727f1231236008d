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
package io.prestosql.server;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import com.google.common.reflect.ClassPath;
import com.google.inject.Binding;
import com.google.inject.Module;
import com.google.inject.spi.Elements;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigurationAwareModule;
import io.airlift.configuration.ConfigurationFactory;
import io.prestosql.node.NodeRole;
import io.prestosql.node.NodeRoles;
import io.prestosql.server.EngineSeams.Seam;
import io.prestosql.server.EngineSeams.Treatment;
import io.trino.server.Server;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.server.EngineSeams.ENGINE_VERSION;
import static io.prestosql.server.EngineSeams.SEAMS;
import static io.prestosql.server.EngineSeams.Treatment.LEFT_OUT;
import static io.prestosql.server.EngineSeams.Treatment.REPLACED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

public class TestEngineSeams
{
    private static final Set<NodeRoles> ALL_ROLES = Sets.powerSet(Set.of(NodeRole.values())).stream()
            .filter(roles -> !roles.isEmpty())
            .map(NodeRoles::new)
            .collect(toImmutableSet());

    @Test
    public void testEngineIsTheOneThatTheListWasCheckedWith()
    {
        assertThat(Server.class.getPackage().getImplementationVersion())
                .as("Another release of the engine: go through EngineSeams, then say so in ENGINE_VERSION")
                .isEqualTo(ENGINE_VERSION);
    }

    @Test
    public void testEveryReplacementIsListed()
    {
        Set<Class<?>> replaced = new HashSet<>();
        for (NodeRoles roles : ALL_ROLES) {
            for (Map<String, String> properties : List.of(
                    ImmutableMap.of("node-scheduler.policy", "uniform", "catalog.management", "static"),
                    ImmutableMap.of("node-scheduler.policy", "topology", "catalog.management", "dynamic"))) {
                ConfigurationFactory configurationFactory = new ConfigurationFactory(properties);
                for (Module module : ServerModules.replacements(roles)) {
                    if (module instanceof ConfigurationAwareModule configurationAware) {
                        configurationAware.setConfigurationFactory(configurationFactory);
                    }
                    Elements.getElements(module).stream()
                            .filter(Binding.class::isInstance)
                            .map(element -> ((Binding<?>) element).getKey().getTypeLiteral().getRawType())
                            .filter(type -> !belongsToConfiguration(type))
                            .forEach(replaced::add);
                }
            }
        }
        assertThat(engineClasses(REPLACED)).containsExactlyInAnyOrderElementsOf(replaced);
    }

    @Test
    public void testEverythingLeftOutIsListed()
    {
        Set<Class<?>> leftOut = new HashSet<>();
        for (NodeRoles roles : ALL_ROLES) {
            leftOut.addAll(ServerModules.leftOut(roles));
        }
        assertThat(engineClasses(LEFT_OUT)).containsExactlyInAnyOrderElementsOf(leftOut);
    }

    /**
     * A class of ours that extends or implements something inside of the engine breaks when that changes.
     */
    @Test
    public void testEveryEngineTypeThatWeImplementIsListed()
            throws IOException
    {
        Set<Class<?>> listed = SEAMS.stream()
                .map(Seam::engineClass)
                .collect(toImmutableSet());
        assertThat(ourClasses().stream()
                .flatMap(type -> Stream.concat(Stream.ofNullable(type.getSuperclass()), Stream.of(type.getInterfaces())))
                .filter(type -> type.getName().startsWith("io.trino.") && !type.getName().startsWith("io.trino.spi."))
                .collect(toImmutableSet()))
                .isSubsetOf(listed);
    }

    @Test
    public void testOurClassesExist()
    {
        for (Seam seam : SEAMS) {
            for (String name : seam.ours()) {
                assertThatCode(() -> Class.forName("io.prestosql." + name, false, getClass().getClassLoader()))
                        .as("%s, listed for %s", name, seam.engineClass())
                        .doesNotThrowAnyException();
            }
        }
    }

    @Test
    public void testQuietLoggerExists()
    {
        assertThatCode(() -> Class.forName(PrestoServer.NODE_STATE_LOGGER, false, getClass().getClassLoader())).doesNotThrowAnyException();
    }

    @Test
    public void testMembersExist()
    {
        for (Seam seam : SEAMS) {
            assertThat(methodNames(seam.engineClass()))
                    .as("methods of %s", seam.engineClass())
                    .containsAll(seam.members());
        }
    }

    @Test
    public void testEveryClassIsListedOnce()
    {
        assertThat(SEAMS).extracting(Seam::engineClass).doesNotHaveDuplicates();
    }

    /**
     * A module that looks at the configuration binds what it has read, and a set of listeners.
     */
    private static boolean belongsToConfiguration(Class<?> type)
    {
        return Collection.class.isAssignableFrom(type) || Stream.of(type.getMethods()).anyMatch(method -> method.isAnnotationPresent(Config.class));
    }

    private static Set<Class<?>> engineClasses(Treatment treatment)
    {
        return SEAMS.stream()
                .filter(seam -> seam.treatment() == treatment)
                .map(Seam::engineClass)
                .collect(toImmutableSet());
    }

    private static Set<Class<?>> ourClasses()
            throws IOException
    {
        URL location = PrestoServer.class.getProtectionDomain().getCodeSource().getLocation();
        Set<Class<?>> classes = ClassPath.from(PrestoServer.class.getClassLoader()).getAllClasses().stream()
                .filter(info -> info.getPackageName().startsWith("io.prestosql."))
                .<Class<?>>map(ClassPath.ClassInfo::load)
                // tests are not meant
                .filter(type -> type.getProtectionDomain().getCodeSource().getLocation().equals(location))
                .collect(toImmutableSet());
        assertThat(classes).contains(PrestoServer.class);
        return classes;
    }

    private static Set<String> methodNames(Class<?> type)
    {
        Set<String> names = new HashSet<>();
        Stream.of(type.getMethods()).map(Method::getName).forEach(names::add);
        for (Class<?> declaring = type; declaring != null; declaring = declaring.getSuperclass()) {
            Stream.of(declaring.getDeclaredMethods()).map(Method::getName).forEach(names::add);
        }
        return names;
    }
}
