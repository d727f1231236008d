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
import com.google.inject.Binding;
import com.google.inject.Module;
import com.google.inject.spi.Elements;
import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigurationAwareModule;
import io.airlift.configuration.ConfigurationFactory;
import io.prestosql.node.NodeRole;
import io.prestosql.node.NodeRoles;
import io.prestosql.server.EngineSeam.Treatment;
import io.prestosql.testing.GeneratedText;
import io.trino.server.Server;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.server.EngineSeam.FILE;
import static io.prestosql.server.EngineSeam.Treatment.LEFT_OUT;
import static io.prestosql.server.EngineSeam.Treatment.RELIED_ON;
import static io.prestosql.server.EngineSeam.Treatment.REPLACED;
import static io.prestosql.server.EngineSeam.Treatment.STOOD_IN_FOR;
import static io.prestosql.server.EngineSeam.Treatment.SUBCLASSED;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks that {@code engine-seams.txt} lists everything that we do to the engine, with a reason, and nothing else. With {@code -Dgenerate},
 * it makes the tables of {@code developer/engine.md} from that list.
 */
public class TestEngineSeams
{
    private static final String PAGE = "presto-docs/src/main/markdown/developer/engine.md";

    private static final Set<NodeRoles> ALL_ROLES = Sets.powerSet(Set.of(NodeRole.values())).stream()
            .filter(roles -> !roles.isEmpty())
            .map(NodeRoles::new)
            .collect(toImmutableSet());

    private final List<EngineSeam> seams = EngineSeam.readAll();

    /**
     * A kind of process. It decides which parts of the engine's modules are replaced or left out.
     */
    private record Process(NodeRoles roles, boolean dynamicCatalogs)
    {
        private static final Set<Process> ALL = ALL_ROLES.stream()
                .flatMap(roles -> Stream.of(new Process(roles, false), new Process(roles, true)))
                .collect(toImmutableSet());

        /** Kinds of processes in words, the more general ones first. */
        private static final Map<String, Predicate<Process>> WORDS = new LinkedHashMap<>();

        static {
            WORDS.put("coordinator, worker", process -> process.roles.needsEngine());
            WORDS.put("dispatcher", process -> process.roles.isDispatcher());
            WORDS.put("coordinator", process -> process.roles.isCoordinator());
            WORDS.put("coordinator, worker, with dynamic catalogs", process -> process.roles.needsEngine() && process.dynamicCatalogs);
            WORDS.put("coordinator with dynamic catalogs", process -> process.roles.isCoordinator() && process.dynamicCatalogs);
            WORDS.put("coordinator that is a dispatcher", process -> process.roles.isDispatcher() && process.roles.isCoordinator());
            WORDS.put("worker that is a dispatcher and no coordinator", process -> process.roles.isDispatcher() && process.roles.isWorker() && !process.roles.isCoordinator());
        }

        private static String describe(Set<Process> processes)
        {
            Set<Process> described = new HashSet<>();
            List<String> words = new ArrayList<>();
            WORDS.forEach((word, predicate) -> {
                Set<Process> meant = ALL.stream().filter(predicate).collect(toImmutableSet());
                if (processes.containsAll(meant) && described.addAll(meant)) {
                    words.add(word);
                }
            });
            checkState(described.equals(processes), "no words for the processes %s: add them to WORDS", processes);
            return String.join("; ", words);
        }
    }

    @Test
    public void testEngineIsTheOneThatTheListWasCheckedWith()
    {
        assertThat(Server.class.getPackage().getImplementationVersion())
                .as("Another release of the engine: go through %s, entry by entry, then say the release in it", FILE)
                .isEqualTo(EngineSeam.readRelease());
    }

    @Test
    public void testEveryReplacementIsListed()
    {
        assertThat(engineClasses(REPLACED))
                .as("What the modules replace, and what %s says is replaced: add the reason, or take out the entry", FILE)
                .containsExactlyInAnyOrderElementsOf(replaced().keySet());
    }

    @Test
    public void testEverythingLeftOutIsListed()
    {
        assertThat(engineClasses(LEFT_OUT))
                .as("What ServerModules leaves out, and what %s says is left out: add the reason, or take out the entry", FILE)
                .containsExactlyInAnyOrderElementsOf(leftOut().keySet());
    }

    /**
     * Our classes that extend or implement an internal type of the engine break when that type changes.
     */
    @Test
    public void testEveryEngineTypeThatWeImplementIsListed()
    {
        Set<String> extended = EngineInternals.read().extended();
        assertThat(extended).contains("io.trino.dispatcher.DispatchQuery");
        assertThat(extended)
                .as("What classes of ours extend or implement: say why in %s", FILE)
                .isSubsetOf(seams.stream().map(EngineSeam::engineClass).collect(toImmutableSet()));
        assertThat(engineClasses(SUBCLASSED))
                .as("What %s says is subclassed", FILE)
                .isSubsetOf(extended);
    }

    /**
     * An entry that is no longer used gets in the way of the next upgrade.
     */
    @Test
    public void testEverythingListedIsUsed()
    {
        Set<String> used = EngineInternals.read().all();
        assertThat(seams.stream()
                .filter(seam -> seam.treatment() != STOOD_IN_FOR)
                .map(EngineSeam::engineClass)
                .filter(name -> name.startsWith("io.trino."))
                .map(name -> name.split("\\$")[0])
                .filter(name -> !used.contains(name)))
                .as("In %s, and not used any more: take out the entry", FILE)
                .isEmpty();
    }

    @Test
    public void testListedClassesExist()
    {
        List<String> gone = new ArrayList<>();
        for (EngineSeam seam : seams) {
            if (find(seam.engineClass()).isEmpty()) {
                gone.add("%s, %s because: %s In 483: %s".formatted(seam.engineClass(), seam.treatment(), seam.reason(), seam.nextRelease()));
            }
            seam.ours().stream()
                    .map(name -> "io.prestosql." + name)
                    .filter(name -> find(name).isEmpty())
                    .forEach(name -> gone.add("%s, in the entry for %s".formatted(name, seam.engineClass())));
        }
        assertThat(gone)
                .as("Classes in %s that are gone, or have moved", FILE)
                .isEmpty();
    }

    @Test
    public void testQuietLoggerExists()
    {
        assertThat(find(PrestoServer.NODE_STATE_LOGGER)).isPresent();
    }

    @Test
    public void testMembersExist()
    {
        List<String> gone = new ArrayList<>();
        for (EngineSeam seam : seams) {
            find(seam.engineClass()).ifPresent(type -> Sets.difference(seam.members(), methodNames(type))
                    .forEach(member -> gone.add("%s.%s. The class is %s because: %s".formatted(seam.engineClass(), member, seam.treatment(), seam.reason()))));
        }
        assertThat(gone)
                .as("Methods in %s that are gone, or have another name", FILE)
                .isEmpty();
    }

    @Test
    public void testEveryClassIsListedOnce()
    {
        assertThat(seams).extracting(EngineSeam::engineClass).doesNotHaveDuplicates();
    }

    @Test
    public void testPageHasWhatIsReplaced()
    {
        Map<String, Set<Process>> replaced = replaced();
        GeneratedText.assertSection(PAGE, "replaced", table(
                REPLACED,
                List.of("Engine", "Where", "By", "Why"),
                seam -> List.of(code(seam.simpleName()), Process.describe(replaced.get(seam.engineClass())), ours(seam), seam.reason())));
    }

    @Test
    public void testPageHasWhatIsLeftOut()
    {
        Map<String, Set<Process>> leftOut = leftOut();
        Set<String> onlyIfThere = Process.ALL.stream()
                .flatMap(process -> ServerModules.leftOutIfThere(process.roles()).stream())
                .map(Class::getName)
                .collect(toImmutableSet());
        GeneratedText.assertSection(PAGE, "left out", table(
                LEFT_OUT,
                List.of("Engine", "Where", "By", "Why"),
                seam -> List.of(
                        code(seam.simpleName()),
                        Process.describe(leftOut.get(seam.engineClass())) + (onlyIfThere.contains(seam.engineClass()) ? ", if the engine adds it there" : ""),
                        ours(seam),
                        seam.reason())));
    }

    @Test
    public void testPageHasTheOthers()
    {
        for (Treatment treatment : List.of(STOOD_IN_FOR, SUBCLASSED, RELIED_ON)) {
            GeneratedText.assertSection(PAGE, treatment.toString(), table(
                    treatment,
                    List.of("Engine", treatment == RELIED_ON ? "Members" : "By", treatment == RELIED_ON ? "By" : "Why", treatment == RELIED_ON ? "Why" : "Members"),
                    seam -> treatment == RELIED_ON
                            ? List.of(code(seam.simpleName()), members(seam), ours(seam), seam.reason())
                            : List.of(code(seam.simpleName()), ours(seam), seam.reason(), members(seam))));
        }
    }

    @Test
    public void testPageHasWhatTheNextReleaseChanges()
    {
        Map<String, Set<String>> byChange = new LinkedHashMap<>();
        seams.forEach(seam -> byChange.computeIfAbsent(seam.nextRelease(), _ -> new TreeSet<>()).add(code(seam.simpleName())));
        StringBuilder table = new StringBuilder("| Engine | What 483 changes |\n| --- | --- |\n");
        byChange.forEach((change, names) -> table.append("| %s | %s |\n".formatted(String.join(", ", names), change)));
        GeneratedText.assertSection(PAGE, "next release", table.toString());
    }

    private String table(Treatment treatment, List<String> header, Function<EngineSeam, List<String>> row)
    {
        StringBuilder table = new StringBuilder()
                .append("| %s |\n".formatted(String.join(" | ", header)))
                .append("|%s\n".formatted(" --- |".repeat(header.size())));
        seams.stream()
                .filter(seam -> seam.treatment() == treatment)
                .sorted(Comparator.comparing(EngineSeam::simpleName))
                .forEach(seam -> table.append("| %s |\n".formatted(String.join(" | ", row.apply(seam)))));
        return table.toString();
    }

    private static String ours(EngineSeam seam)
    {
        return seam.ours().stream()
                .map(name -> code(name.substring(name.lastIndexOf('.') + 1)))
                .collect(joining(", "));
    }

    private static String members(EngineSeam seam)
    {
        return seam.members().stream()
                .map(TestEngineSeams::code)
                .collect(joining(", "));
    }

    private static String code(String name)
    {
        return "`" + name + "`";
    }

    private static Map<String, Set<Process>> replaced()
    {
        Map<String, Set<Process>> replaced = new HashMap<>();
        for (Process process : Process.ALL) {
            for (String policy : List.of("uniform", "topology")) {
                ConfigurationFactory configurationFactory = new ConfigurationFactory(ImmutableMap.of(
                        "node-scheduler.policy", policy,
                        "catalog.management", process.dynamicCatalogs() ? "dynamic" : "static",
                        "http-server.authentication.type", "oauth2"));
                for (Module module : ServerModules.replacements(process.roles())) {
                    if (module instanceof ConfigurationAwareModule configurationAware) {
                        configurationAware.setConfigurationFactory(configurationFactory);
                    }
                    Elements.getElements(module).stream()
                            .filter(Binding.class::isInstance)
                            .map(element -> ((Binding<?>) element).getKey().getTypeLiteral().getRawType())
                            .filter(type -> !belongsToConfiguration(type))
                            .forEach(type -> replaced.computeIfAbsent(type.getName(), _ -> new HashSet<>()).add(process));
                }
            }
        }
        return replaced;
    }

    private static Map<String, Set<Process>> leftOut()
    {
        Map<String, Set<Process>> leftOut = new HashMap<>();
        for (Process process : Process.ALL) {
            Stream.concat(ServerModules.leftOut(process.roles()).stream(), ServerModules.leftOutIfThere(process.roles()).stream())
                    .forEach(type -> leftOut.computeIfAbsent(type.getName(), _ -> new HashSet<>()).add(process));
        }
        return leftOut;
    }

    /**
     * A module that looks at the configuration also binds its config objects and a set of listeners, which replace nothing.
     */
    private static boolean belongsToConfiguration(Class<?> type)
    {
        return Collection.class.isAssignableFrom(type) || Stream.of(type.getMethods()).anyMatch(method -> method.isAnnotationPresent(Config.class));
    }

    private Set<String> engineClasses(Treatment treatment)
    {
        return seams.stream()
                .filter(seam -> seam.treatment() == treatment)
                .map(EngineSeam::engineClass)
                .collect(toImmutableSet());
    }

    private static Optional<Class<?>> find(String name)
    {
        try {
            return Optional.of(Class.forName(name, false, TestEngineSeams.class.getClassLoader()));
        }
        catch (ClassNotFoundException e) {
            return Optional.empty();
        }
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
