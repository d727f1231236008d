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
package io.prestosql.dispatcher.gateway;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.inject.Inject;
import io.prestosql.cluster.Clusters;
import io.prestosql.node.ClusterName;
import io.prestosql.node.ConfigurationFile;
import jakarta.annotation.PostConstruct;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * What the definitions of clusters have in common, such as secrets, which scripts for Trino Gateway do not know. Each template is a file in a
 * folder of this dispatcher. It is read when it is needed, so that a changed file counts at once.
 */
public class ClusterTemplates
{
    private static final String SUFFIX = ".properties";
    /** A cluster whose definition is right, so that what is wrong with it together with a template is the template. */
    private static final Backend SAMPLE = Backend.of("template", "http://template.invalid:8080", null, null, null);

    private final Path directory;
    private final Optional<String> standard;
    private final Clusters clusters;

    @Inject
    public ClusterTemplates(GatewayApiConfig config, Clusters clusters)
    {
        this.directory = config.getTemplateDirectory();
        this.standard = config.getTemplate();
        this.clusters = requireNonNull(clusters, "clusters is null");
    }

    /**
     * Checks the template of the configuration now, rather than in the night in which a script needs it.
     *
     * @throws InvalidTemplateException when it is missing or wrong
     */
    @PostConstruct
    public void check()
    {
        standard.ifPresent(name -> {
            if (!exists(name)) {
                throw new InvalidTemplateException("gateway-api.template: %s. Create the file, or name another template".formatted(noSuchTemplate(name)));
            }
            read(name);
        });
    }

    /**
     * Reads the template of a request.
     *
     * @param requested the name of the template; empty for that of the configuration
     * @return its properties, which may be secret; none when there is no template
     * @throws InvalidTemplateException when the template is missing or wrong
     */
    Map<String, String> properties(Optional<String> requested)
    {
        return requested.or(() -> standard)
                .map(name -> {
                    if (!exists(name)) {
                        throw new InvalidTemplateException(noSuchTemplate(name));
                    }
                    return read(name);
                })
                .orElse(ImmutableMap.of());
    }

    private boolean exists(String name)
    {
        // other names may lead out of the folder
        return ClusterName.isValid(name) && Files.isRegularFile(file(name));
    }

    private Path file(String name)
    {
        return directory.resolve(name + SUFFIX);
    }

    private Map<String, String> read(String name)
    {
        ConfigurationFile file;
        List<String> problems;
        try {
            file = ConfigurationFile.load(file(name));
            problems = problemsOf(file);
        }
        catch (UncheckedIOException | IllegalArgumentException e) {
            throw new InvalidTemplateException("%s: %s".formatted(file(name), e.getMessage()));
        }
        if (!problems.isEmpty()) {
            throw new InvalidTemplateException(String.join("\n", problems));
        }
        return file.properties();
    }

    private List<String> problemsOf(ConfigurationFile file)
    {
        List<String> problems = ImmutableList.<String>builder()
                .addAll(file.repetitions())
                .addAll(file.properties().keySet().stream()
                        .filter(Backend.PROPERTIES::contains)
                        .map(property -> "%s %s: requests say this. Remove it from the template".formatted(file.locationOf(property), property))
                        .iterator())
                .build();
        if (!problems.isEmpty()) {
            return problems;
        }
        return clusters.checkDefinition(new ClusterName(SAMPLE.name()), SAMPLE.define(file.properties())).stream()
                .map(problem -> file.withLocation(problem).orElseGet(() -> "%s: %s".formatted(file.path(), problem)))
                .collect(toImmutableList());
    }

    private String noSuchTemplate(String name)
    {
        List<String> names = names();
        return "There is no template '%s': the folder %s has %s".formatted(name, directory, names.isEmpty() ? "none" : String.join(", ", names));
    }

    private List<String> names()
    {
        try (Stream<Path> files = Files.list(directory)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(SUFFIX))
                    .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                    .filter(ClusterName::isValid)
                    .sorted()
                    .collect(toImmutableList());
        }
        catch (NoSuchFileException | NotDirectoryException _) {
            return ImmutableList.of();
        }
        catch (IOException e) {
            throw new InvalidTemplateException("Cannot list the templates in %s: %s".formatted(directory, e.getMessage()));
        }
    }
}
