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

import com.google.common.base.Splitter;
import com.google.common.collect.Sets;
import io.prestosql.Rooms;
import io.prestosql.Rooms.Room;
import io.prestosql.SourceFiles;
import io.prestosql.testing.GeneratedText;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.Rooms.ROOMS;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checks that {@code engine-internals.txt} lists every internal class of the engine that a room is compiled against, so that a change that
 * needs more of the engine shows it. This test writes the file with {@code -Dgenerate}. {@link Rooms} says which rooms may use the engine.
 */
public class TestEngineInternals
{
    private static final String FILE = "presto-main/src/test/resources/engine-internals.txt";

    private final EngineInternals internals = EngineInternals.read();

    @Test
    public void testRoomsUseWhatTheyMay()
    {
        List<String> wrong = new ArrayList<>();
        for (Room room : ROOMS) {
            room.internals().ifPresent(allowed -> {
                Set<String> used = internals.byRoom().getOrDefault(room, new TreeSet<>());
                used.stream()
                        .filter(name -> !allowed.contains(simpleName(name)))
                        .forEach(name -> wrong.add("%s uses %s, and may not".formatted(room, name)));
                Sets.difference(allowed, used.stream().map(TestEngineInternals::simpleName).collect(toImmutableSet()))
                        .forEach(name -> wrong.add("%s does not use %s any more".formatted(room, name)));
            });
        }
        assertThat(wrong)
                .as("Classes inside of the engine, in rooms that do without but for what Rooms.ROOMS names. " +
                        "Use the SPI, or let a room that may use the engine hand in what is wanted; take out of Rooms.ROOMS what is not used any more")
                .isEmpty();
    }

    /**
     * Reads the sources, because byte code does not show an import that serves only a comment, or nothing.
     */
    @Test
    public void testRoomsImportWhatTheyMay()
    {
        List<String> wrong = new ArrayList<>();
        SourceFiles.read("presto-main", "main").forEach((path, source) -> {
            Room room = SourceFiles.roomOf(path);
            room.internals().ifPresent(allowed -> SourceFiles.namesIn(source).stream()
                    .filter(name -> name.startsWith("io.trino.") && !name.startsWith("io.trino.spi."))
                    .filter(name -> !allowed.contains(simpleName(SourceFiles.topLevelClass(name))))
                    .forEach(name -> wrong.add("%s (%s) imports %s".formatted(path.getFileName(), room, name))));
        });
        assertThat(wrong)
                .as("Imports of classes inside of the engine, in rooms that do without: see Rooms.ROOMS. If a comment needs it, say it in words")
                .isEmpty();
    }

    /**
     * If two classes shared a name, a reader of code or documentation would have to guess which one is meant.
     */
    @Test
    public void testNoClassHasTheNameOfOneThatIsUsed()
    {
        Set<String> ours = SourceFiles.read("presto-main", "main").keySet().stream()
                .map(path -> path.getFileName().toString().replace(".java", ""))
                .collect(toImmutableSet());
        Set<String> used = internals.byRoom().values().stream()
                .flatMap(Set::stream)
                .map(TestEngineInternals::simpleName)
                .collect(toImmutableSet());
        assertThat(Sets.intersection(ours, used))
                .as("Classes with the name of one inside of the engine that is used. Rename ours")
                .isEmpty();
    }

    @Test
    public void testWhatIsUsedIsListed()
    {
        if (!GeneratedText.isGenerated()) {
            Map<String, Set<String>> listed = readListed();
            List<String> differences = new ArrayList<>();
            for (Room room : ROOMS) {
                Set<String> used = internals.byRoom().getOrDefault(room, new TreeSet<>());
                Set<String> known = listed.getOrDefault(room.name(), Set.of());
                Sets.difference(used, known).forEach(name -> differences.add("%s uses %s, which is not listed".formatted(room, name)));
                Sets.difference(known, used).forEach(name -> differences.add("%s does not use %s any more, which is listed".formatted(room, name)));
            }
            assertThat(differences)
                    .as("Is it needed? Each class inside of the engine is one that the next release can take away. If so, run this test once more with -Dgenerate, which writes %s; " +
                            "if what the engine promises of the class is not enough, say in %s what is relied on", FILE, EngineSeam.FILE)
                    .isEmpty();
        }
        GeneratedText.assertFile(FILE, createText());
    }

    private String createText()
    {
        StringBuilder text = new StringBuilder("""
                # The classes inside of the engine, outside of its SPI, that each room is compiled against. Made from byte code by TestEngineInternals
                # with -Dgenerate. What is done to them, and why, is in engine-seams.txt.
                """);
        internals.byRoom().forEach((room, used) -> {
            text.append("\n").append(room).append("\n");
            used.forEach(name -> text.append("    ").append(name).append("\n"));
        });
        return text.toString();
    }

    private static Map<String, Set<String>> readListed()
    {
        Map<String, Set<String>> listed = new HashMap<>();
        String room = "";
        for (String line : Splitter.on('\n').omitEmptyStrings().split(GeneratedText.read(FILE))) {
            if (line.startsWith("#")) {
                continue;
            }
            if (!line.startsWith(" ")) {
                room = line;
                checkArgument(listed.put(room, new TreeSet<>()) == null, "%s is there twice", room);
            }
            else {
                listed.get(room).add(line.strip());
            }
        }
        return listed;
    }

    private static String simpleName(String name)
    {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
