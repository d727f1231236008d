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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.inject.Inject;
import io.prestosql.node.ClusterName;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * Reads the folder with the definitions of clusters. A file that is wrong keeps the last definition that was right. It is read again only
 * when it changes, so its problems are logged once.
 */
public class ClusterFiles
{
    private final Path directory;
    private final ClusterServicesFactory servicesFactory;
    private Map<Path, ReadFile> files = ImmutableMap.of();

    /**
     * The definitions at one moment.
     *
     * @param problems what is wrong with files, each with file, line and fix
     */
    public record Reading(Map<ClusterName, ClusterDefinition> definitions, List<String> problems)
    {
        public Reading
        {
            definitions = ImmutableSortedMap.copyOf(definitions);
            problems = ImmutableList.copyOf(problems);
        }
    }

    private record ReadFile(byte[] content, Optional<ClusterDefinition> lastRight, List<String> problems) {}

    @Inject
    public ClusterFiles(ClusterFilesConfig config, ClusterServicesFactory servicesFactory)
    {
        this.directory = config.getDirectory();
        this.servicesFactory = requireNonNull(servicesFactory, "servicesFactory is null");
    }

    /**
     * Reads the files that have changed since the last call.
     *
     * @throws IOException when the folder cannot be read. That it does not exist is no error.
     */
    public synchronized Reading read()
            throws IOException
    {
        Map<Path, ReadFile> current = new TreeMap<>();
        for (Path path : list()) {
            try {
                byte[] content = Files.readAllBytes(path);
                ReadFile last = files.get(path);
                current.put(path, last != null && Arrays.equals(last.content(), content) ? last : read(path, content));
            }
            catch (NoSuchFileException _) {
                // it was removed in this moment
            }
        }
        files = ImmutableSortedMap.copyOf(current);
        return merge(files);
    }

    /**
     * Returns whether there is a folder for the files, even without any.
     */
    boolean isFolderPresent()
    {
        return Files.isDirectory(directory);
    }

    private List<Path> list()
            throws IOException
    {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths
                    .filter(path -> path.getFileName().toString().endsWith(ClusterFile.SUFFIX))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .collect(toImmutableList());
        }
        catch (NoSuchFileException | NotDirectoryException _) {
            return ImmutableList.of();
        }
    }

    private ReadFile read(Path path, byte[] content)
    {
        try {
            return new ReadFile(content, Optional.of(new ClusterFile(path, servicesFactory).read()), ImmutableList.of());
        }
        catch (InvalidClusterException e) {
            return new ReadFile(content, Optional.ofNullable(files.get(path)).flatMap(ReadFile::lastRight), e.problems());
        }
    }

    private static Reading merge(Map<Path, ReadFile> files)
    {
        Map<ClusterName, ClusterDefinition> definitions = new TreeMap<>();
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        files.forEach((path, file) -> {
            problems.addAll(file.problems());
            file.lastRight().ifPresent(definition -> definitions.values().stream()
                    .filter(other -> other.sharesServersWith(definition))
                    .findFirst()
                    .ifPresentOrElse(
                            other -> problems.add("%s discovery.uri: it is that of cluster %s. A coordinator can be in one cluster only: remove one of the two files".formatted(path, other.name())),
                            () -> definitions.put(definition.name(), definition)));
        });
        return new Reading(definitions, problems.build());
    }
}
