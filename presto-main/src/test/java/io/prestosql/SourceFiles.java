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

import io.prestosql.Rooms.Room;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Reads source files, including imports that serve only a comment or a constant, which byte code does not show.
 */
public final class SourceFiles
{
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?([\\w.]+);", Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("(?:\\{@link(?:plain)?|@see) (io\\.[\\w.]+)");

    private SourceFiles() {}

    /**
     * Returns a module's sources, by their paths below the root of the packages.
     *
     * @param kind {@code main} or {@code test}
     */
    public static Map<Path, String> read(String module, String kind)
    {
        // tests run in their module's directory
        Path root = Path.of("..", module, "src", kind, "java");
        try (Stream<Path> files = Files.exists(root) ? Files.walk(root) : Stream.empty()) {
            Map<Path, String> sources = new HashMap<>();
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).collect(toImmutableList())) {
                sources.put(root.relativize(file), Files.readString(file));
            }
            return sources;
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Room roomOf(Path source)
    {
        return Rooms.get(source.getParent().toString().replace('/', '.'));
    }

    /** Returns the classes and static members that a file imports, or names in full in its comments. */
    public static List<String> namesIn(String source)
    {
        return Stream.of(IMPORT, LINK)
                .flatMap(pattern -> pattern.matcher(source).results())
                .map(result -> result.group(1))
                .collect(toImmutableList());
    }

    /** Returns the top-level class of an imported name. */
    public static String topLevelClass(String name)
    {
        // packages are in lower case
        return name.replaceFirst("(\\.[A-Z]\\w*).*", "$1");
    }
}
