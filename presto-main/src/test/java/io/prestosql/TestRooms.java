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
package io.prestosql;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.SetMultimap;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.prestosql.Rooms.Room;
import io.prestosql.catalog.CatalogModule;
import io.prestosql.fleet.Coordinators;
import io.prestosql.memory.LowMemoryModule;
import io.prestosql.operations.OperationsModule;
import io.prestosql.queries.QueriesModule;
import io.prestosql.testing.GeneratedText;
import io.prestosql.worker.LeftoverTasksModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static io.prestosql.Rooms.ROOMS;
import static io.prestosql.Rooms.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Checks that the sources keep to the order of {@link Rooms}, that decisions stay pure, and that no two classes share a name.
 */
@TestInstance(PER_CLASS)
public class TestRooms
{
    private static final Set<String> CORES = ImmutableSet.of(ROOT + ".coordinator.core", ROOT + ".fleet.core", ROOT + ".queue.core", ROOT + ".selection.core");
    private static final String PROTOCOL = ROOT + ".protocol";

    /** Classes outside {@link #CORES} that also decide, and leave threads, clocks, input and output to their callers. */
    private static final Set<String> PURE = ImmutableSet.<String>builder()
            .addAll(named(CatalogModule.class, "CatalogDifferences", "CatalogNeeds", "CatalogPruning", "CatalogView", "RecentCatalogs"))
            .addAll(named(Coordinators.class, "DeciderChoice"))
            .addAll(named(LowMemoryModule.class, "KillOrders", "LowMemoryDecision"))
            .addAll(named(LeftoverTasksModule.class, "OwnerWatch"))
            .addAll(named(OperationsModule.class, "OperationsMerge"))
            .addAll(named(QueriesModule.class, "QueryList", "QuerySearch"))
            .build();

    /** Pure classes with callers on several threads. They may synchronize, and do nothing else with threads. */
    private static final Set<String> GUARDED = ImmutableSet.of("CatalogNeeds", "ClusterRooms", "DeciderChoice", "KillOrders");

    /** Packages that pure classes may use, except {@link #IMPURE_CLASSES}. */
    private static final Set<String> PURE_PACKAGES = ImmutableSet.of(
            "com.google.common.base",
            "com.google.common.collect",
            "io.airlift.units",
            "io.prestosql.spi.selection",
            "java.lang",
            "java.lang.invoke",
            "java.lang.runtime",
            "java.time",
            "java.util",
            "java.util.function",
            "java.util.stream");

    private static final Set<String> PURE_CLASSES = ImmutableSet.of("java.net.URI", "java.util.concurrent.TimeUnit");

    private static final Set<String> IMPURE_CLASSES = ImmutableSet.of(
            "com.google.common.base.Stopwatch",
            "com.google.common.base.Ticker",
            "java.lang.InheritableThreadLocal",
            "java.lang.Process",
            "java.lang.ProcessBuilder",
            "java.lang.Runtime",
            "java.lang.ScopedValue",
            "java.lang.Thread",
            "java.lang.ThreadGroup",
            "java.lang.ThreadLocal",
            "java.time.Clock",
            "java.util.Timer",
            "java.util.TimerTask");

    /** Methods that read a clock, the environment, or chance. */
    private static final SetMultimap<String, String> IMPURE_METHODS = ImmutableSetMultimap.<String, String>builder()
            .putAll("java.lang.System", "currentTimeMillis", "nanoTime", "getProperty", "getenv")
            .putAll("java.lang.Math", "random")
            .putAll("java.util.UUID", "randomUUID")
            .build();

    private static final Set<String> PROTOCOL_PACKAGES = ImmutableSet.of(
            "com.fasterxml.jackson.annotation",
            "com.google.common.base",
            "com.google.common.collect",
            "com.google.common.hash",
            "com.google.common.net",
            "jakarta.ws.rs.core",
            "java.lang",
            "java.lang.invoke",
            "java.lang.runtime",
            "java.net",
            "java.nio.charset",
            "java.security",
            "java.time",
            "java.util",
            "java.util.function",
            "java.util.stream");

    private static final Pattern DECLARATION = Pattern.compile("\\b(?:class|record|enum|interface|@interface) (?<name>[A-Z]\\w*)");

    private final JavaClasses rooms = ProductionClasses.ofRooms();

    @Test
    public void testEveryPackageIsARoom()
    {
        Set<String> packages = rooms.stream()
                .map(JavaClass::getPackageName)
                .collect(toImmutableSet());
        assertThat(packages)
                .as("Each package is a room, and has its line in Rooms.ROOMS, below every room that it imports")
                .containsExactlyInAnyOrderElementsOf(ROOMS.stream().map(room -> ROOT + "." + room.name()).collect(toImmutableList()));
        assertThat(ROOMS).extracting(Room::name).doesNotHaveDuplicates();
    }

    @Test
    public void testRoomsUseOnlyRoomsAbove()
    {
        classes()
                .should(new Condition("use rooms above their own only", (type, found) -> {
                    Room own = Rooms.get(type.getPackageName());
                    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                        JavaClass target = dependency.getTargetClass().getBaseComponentType();
                        if (isOurs(target)) {
                            Room other = Rooms.get(target.getPackageName());
                            if (!own.mayImport(other)) {
                                found.add("%s is below %s: %s".formatted(other, own, dependency.getDescription()));
                            }
                        }
                    }
                }))
                .because("a room that knows one below it cannot be read or changed without it. " +
                        "Move what both need up, or let the upper room say in an interface what it wants and the lower one implement it (as queries.QueueView)")
                .check(rooms);
    }

    /**
     * Reads the sources, because byte code does not show an import that serves only a comment or a constant.
     */
    @Test
    public void testSourcesImportOnlyRoomsAbove()
    {
        List<String> wrong = new ArrayList<>();
        Map<Path, String> sources = SourceFiles.read("presto-main", "main");
        assertThat(sources).hasSizeGreaterThan(250);
        sources.forEach((path, source) -> {
            Room own = SourceFiles.roomOf(path);
            for (String name : SourceFiles.namesIn(source)) {
                roomOf(name)
                        .filter(target -> !own.mayImport(target))
                        .ifPresent(target -> wrong.add("%s (%s) imports %s (%s)".formatted(path.getFileName(), own, name, target)));
            }
        });
        assertThat(wrong)
                .as("Imports of rooms below a file's own. If a comment needs it, say it in words, or in the lower room")
                .isEmpty();
    }

    @Test
    public void testNoCycles()
    {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles()
                .because("packages that need each other are one package. Move what both need to a room above both")
                .check(rooms);
    }

    @Test
    public void testDecidingClassesArePure()
    {
        Set<String> pure = rooms.stream()
                .filter(TestRooms::isPure)
                .map(JavaClass::getName)
                .collect(toImmutableSet());
        assertThat(pure).as("a class of PURE is gone, or has another name: change it there").containsAll(PURE);
        classes()
                .that(describe("decide", TestRooms::isPure))
                .should(new Condition("use nothing but values and other classes that decide", (type, found) -> {
                    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                        if (!isAllowedWherePure(dependency.getTargetClass().getBaseComponentType())) {
                            found.add(dependency.getDescription());
                        }
                    }
                    for (JavaAccess<?> access : type.getAccessesFromSelf()) {
                        String owner = access.getTargetOwner().getName();
                        if (IMPURE_METHODS.containsEntry(owner, access.getName()) ||
                                (owner.startsWith("java.time.") && access.getName().equals("now")) ||
                                (owner.equals("java.util.Random") && access.getDescription().contains("<init>()"))) {
                            found.add(access.getDescription());
                        }
                    }
                    if (!GUARDED.contains(type.getSimpleName())) {
                        type.getMethods().stream()
                                .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
                                .forEach(method -> found.add("%s is synchronized".formatted(method.getDescription())));
                    }
                }))
                .because("the simulator runs decisions with its own clock, network and disk. " +
                        "Hand the time and what was read in with the event, give back as an effect what is to be done, and do it in the class that drives this one: " +
                        "no threads, locks, HTTP, Guice, Jackson, input or output, clock or chance here")
                .check(rooms);
    }

    @Test
    public void testProtocolIsValues()
    {
        classes()
                .that().resideInAPackage(PROTOCOL)
                .should(new Condition("be records, enums, interfaces without state, or final classes of final fields", (type, found) -> {
                    if (!type.isRecord() && !type.isEnum() && !type.isInterface() && !isPrivateOrFinal(type)) {
                        found.add("%s is a class that can be extended".formatted(type.getDescription()));
                    }
                    for (JavaField field : type.getFields()) {
                        if (!field.getModifiers().contains(JavaModifier.FINAL)) {
                            found.add("%s can be changed".formatted(field.getDescription()));
                        }
                    }
                }))
                .because("what nodes say to each other is said once, and does not change after it. Put what acts on it into the room that does")
                .check(rooms);
    }

    @Test
    public void testProtocolUsesValuesOnly()
    {
        classes()
                .that().resideInAPackage(PROTOCOL)
                .should(new Condition("use nothing but values", (type, found) -> {
                    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                        JavaClass target = dependency.getTargetClass().getBaseComponentType();
                        if (!isOurs(target) && !isEngine(target) && !target.isPrimitive() && (!PROTOCOL_PACKAGES.contains(target.getPackageName()) || IMPURE_CLASSES.contains(target.getName()))) {
                            found.add(dependency.getDescription());
                        }
                    }
                }))
                .because("messages know no threads, no Guice, no input or output, and of Jackson its annotations only. Put what sends or reads them into rpc, or into the room that does")
                .check(rooms);
    }

    @Test
    public void testNamesAreUnique()
    {
        Map<String, JavaClass> named = new HashMap<>();
        List<String> twice = new ArrayList<>();
        for (JavaClass type : ProductionClasses.ofAllModules()) {
            if (!type.isAnonymousClass()) {
                JavaClass other = named.putIfAbsent(type.getSimpleName(), type);
                if (other != null) {
                    twice.add("%s and %s".formatted(type.getName(), other.getName()));
                }
            }
        }
        assertThat(twice)
                .as("Two classes with one name. Rename the one that says less about itself, a nested class after what it belongs to (names in JSON and in JMX must stay)")
                .isEmpty();
    }

    @Test
    public void testNamesOfTestsAreUnique()
    {
        List<String> production = Stream.of("presto-local-cluster", "presto-main", "presto-spi")
                .flatMap(module -> SourceFiles.read(module, "main").keySet().stream())
                .map(TestRooms::simpleName)
                .collect(toImmutableList());
        assertThat(production).as("Classes of different modules").doesNotHaveDuplicates();
        Map<String, Path> topLevel = new HashMap<>();
        List<String> twice = new ArrayList<>();
        for (String module : List.of("presto-spi", "presto-main", "presto-local-cluster", "presto-tests", "presto-product-tests", "presto-docs")) {
            SourceFiles.read(module, "test").forEach((path, source) -> {
                String simpleName = simpleName(path);
                Path other = topLevel.putIfAbsent(simpleName, path);
                if (other != null) {
                    twice.add("%s and %s".formatted(path, other));
                }
                Matcher declaration = DECLARATION.matcher(withoutComments(source));
                while (declaration.find()) {
                    if (production.contains(declaration.group("name"))) {
                        twice.add("%s in %s, and a production class".formatted(declaration.group("name"), path));
                    }
                }
            });
        }
        assertThat(twice)
                .as("Two classes with one name. Rename the test's: a stand-in says that it is one, as SimulatedX or TestingX")
                .isEmpty();
    }

    @Test
    public void testPageSaysTheSame()
    {
        GeneratedText.assertSection("presto-docs/src/main/markdown/developer/rooms.md", "rooms", Rooms.toMarkdown());
    }

    private static boolean isPure(JavaClass type)
    {
        JavaClass outermost = outermost(type);
        return CORES.contains(outermost.getPackageName()) || PURE.contains(outermost.getName());
    }

    private static boolean isAllowedWherePure(JavaClass target)
    {
        if (target.isPrimitive() || isEngine(target)) {
            // Rooms lists which of the engine's classes each room may use
            return true;
        }
        if (isOurs(target)) {
            return isPure(target) || target.isRecord() || target.isEnum() || target.isInterface() || target.isAssignableTo(Exception.class);
        }
        return PURE_CLASSES.contains(target.getName()) || (PURE_PACKAGES.contains(target.getPackageName()) && !IMPURE_CLASSES.contains(target.getName()));
    }

    private static boolean isOurs(JavaClass type)
    {
        return type.getName().startsWith(ROOT + ".") && !type.getName().startsWith(ROOT + ".spi.");
    }

    private static boolean isEngine(JavaClass type)
    {
        return type.getName().startsWith("io.trino.");
    }

    private static boolean isPrivateOrFinal(JavaClass type)
    {
        return type.getModifiers().contains(JavaModifier.FINAL) || type.getModifiers().contains(JavaModifier.PRIVATE);
    }

    private static JavaClass outermost(JavaClass type)
    {
        return type.getEnclosingClass().map(TestRooms::outermost).orElse(type);
    }

    private static Set<String> named(Class<?> neighbour, String... simpleNames)
    {
        return Arrays.stream(simpleNames)
                .map(name -> neighbour.getPackageName() + "." + name)
                .collect(toImmutableSet());
    }

    private static Optional<Room> roomOf(String name)
    {
        if (!name.startsWith(ROOT + ".") || name.startsWith(ROOT + ".spi.")) {
            return Optional.empty();
        }
        String type = SourceFiles.topLevelClass(name);
        return Optional.of(Rooms.get(type.substring(0, type.lastIndexOf('.'))));
    }

    private static String simpleName(Path source)
    {
        return source.getFileName().toString().replace(".java", "");
    }

    private static String withoutComments(String source)
    {
        return source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//.*", "");
    }

    private static class Condition
            extends ArchCondition<JavaClass>
    {
        private final Check check;

        private interface Check
        {
            void look(JavaClass type, Collection<String> found);
        }

        private Condition(String description, Check check)
        {
            super(description);
            this.check = check;
        }

        @Override
        public void check(JavaClass type, ConditionEvents events)
        {
            Set<String> found = new TreeSet<>();
            check.look(type, found);
            found.forEach(message -> events.add(SimpleConditionEvent.violated(type, message)));
        }
    }
}
