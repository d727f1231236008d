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

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import io.prestosql.Rooms;
import io.prestosql.Rooms.Room;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Maps.transformValues;
import static java.util.Comparator.comparing;

/**
 * Finds the engine's classes beyond its SPI that our byte code names: in types, calls, casts, signatures and annotations. Our classes break
 * when one of them is gone.
 * <p>
 * The client library and the parser count as internal, too: they are the engine's own libraries, without a promise that their Java API
 * stays. Release 480 moves the client's NodeVersion to the SPI.
 */
final class EngineInternals
{
    private static final Pattern INTERNAL = Pattern.compile("(?<![a-z/])io/trino/(?!spi/)[\\w/]+");

    /** The engine's top-level classes that each room uses, by rooms in their order. */
    private final SortedMap<Room, SortedSet<String>> byRoom;
    private final Set<String> extended;

    private EngineInternals(Map<Room, SortedSet<String>> byRoom, Set<String> extended)
    {
        this.byRoom = ImmutableSortedMap.copyOf(transformValues(byRoom, ImmutableSortedSet::copyOfSorted), comparing(Rooms.ROOMS::indexOf));
        this.extended = ImmutableSet.copyOf(extended);
    }

    static EngineInternals read()
    {
        Map<Room, SortedSet<String>> byRoom = new HashMap<>();
        Set<String> extended = new TreeSet<>();
        try {
            Path root = Path.of(PrestoServer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(path -> path.toString().endsWith(".class")).collect(toImmutableList())) {
                    ClassModel type = ClassFile.of().parse(file);
                    Set<String> used = internalsIn(type);
                    if (!used.isEmpty()) {
                        byRoom.computeIfAbsent(roomOf(type), _ -> new TreeSet<>()).addAll(used);
                    }
                    Stream.concat(type.superclass().stream(), type.interfaces().stream())
                            .map(ClassEntry::asInternalName)
                            .filter(name -> INTERNAL.matcher(name).lookingAt())
                            .map(name -> name.replace('/', '.'))
                            .forEach(extended::add);
                }
            }
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return new EngineInternals(byRoom, extended);
    }

    private static Set<String> internalsIn(ClassModel type)
    {
        ImmutableSet.Builder<String> internals = ImmutableSet.builder();
        for (PoolEntry entry : type.constantPool()) {
            // names, descriptors and signatures
            if (entry instanceof Utf8Entry text) {
                internals.addAll(INTERNAL.matcher(text.stringValue()).results()
                        .map(MatchResult::group)
                        .map(name -> name.replace('/', '.'))
                        .collect(toImmutableSet()));
            }
        }
        return internals.build();
    }

    private static Room roomOf(ClassModel type)
    {
        String name = type.thisClass().asInternalName().replace('/', '.');
        return Rooms.get(name.substring(0, name.lastIndexOf('.')));
    }

    SortedMap<Room, SortedSet<String>> byRoom()
    {
        return byRoom;
    }

    Set<String> all()
    {
        return byRoom.values().stream()
                .flatMap(Set::stream)
                .collect(toImmutableSet());
    }

    /** Returns the binary names of the engine's types that our classes extend or implement. */
    Set<String> extended()
    {
        return extended;
    }
}
