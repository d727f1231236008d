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
import io.prestosql.node.ClusterName;
import io.prestosql.node.ConfigurationFile;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.cluster.ClusterProperties.isSetting;
import static io.prestosql.cluster.ClusterProperties.parseSettings;
import static io.prestosql.cluster.ClusterProperties.settingsOf;
import static io.prestosql.cluster.ClusterServicesFactory.DISCOVERY_URI;
import static io.prestosql.cluster.ClusterServicesFactory.ENVIRONMENT;
import static java.util.Objects.requireNonNull;

/**
 * Reads the definition of a cluster from its file, which has the cluster's name.
 */
final class ClusterFile
{
    static final String SUFFIX = ".properties";

    private final Path path;
    private final ClusterServicesFactory servicesFactory;

    ClusterFile(Path path, ClusterServicesFactory servicesFactory)
    {
        this.path = requireNonNull(path, "path is null");
        this.servicesFactory = requireNonNull(servicesFactory, "servicesFactory is null");
    }

    /**
     * @throws InvalidClusterException when the file is wrong
     */
    ClusterDefinition read()
    {
        ClusterName name = name();
        ConfigurationFile file;
        try {
            file = ConfigurationFile.load(path);
        }
        catch (UncheckedIOException | IllegalArgumentException e) {
            throw new InvalidClusterException(ImmutableList.of("%s: %s".formatted(path, e.getMessage())));
        }
        Optional<ClusterDefinition> process = servicesFactory.processDefinition();
        boolean ofProcess = name.isDefault() && process.isPresent();
        List<String> problems = ImmutableList.<String>builder()
                .addAll(file.repetitions())
                .addAll(overridden(file))
                .addAll(ofProcess ? connectionOfProcess(file) : ImmutableList.of())
                .addAll((ofProcess ? ClusterServicesFactory.checkSettings(settingsOf(file.properties())) : servicesFactory.check(name, file.properties())).stream()
                        .map(problem -> file.withLocation(problem).orElseGet(() -> "%s: %s".formatted(path, problem)))
                        .iterator())
                .build();
        if (!problems.isEmpty()) {
            throw new InvalidClusterException(problems);
        }
        if (ofProcess) {
            return new ClusterDefinition(name, parseSettings(file.properties()), ImmutableMap.of(), process.get().servers(), path.toString());
        }
        ClusterDefinition definition = ClusterProperties.parse(name, file.properties(), path.toString());
        if (process.isPresent() && definition.sharesServersWith(process.get())) {
            throw new InvalidClusterException(ImmutableList.of(("%s %s: it is that of config.properties, whose cluster is named '%s'. " +
                    "Rename this file to %s%s and remove %s from it, or remove discovery.uri from config.properties").formatted(
                    file.locationOf(DISCOVERY_URI), DISCOVERY_URI, ClusterName.DEFAULT, ClusterName.DEFAULT, SUFFIX, DISCOVERY_URI)));
        }
        return definition;
    }

    /**
     * Finds properties that say how to reach the cluster of the process, which {@code config.properties} says.
     */
    private static List<String> connectionOfProcess(ConfigurationFile file)
    {
        return file.properties().keySet().stream()
                .filter(property -> !isSetting(property))
                .map(property -> "%s %s: cluster '%s' is that of discovery.uri in config.properties, where this property belongs. Move it there".formatted(file.locationOf(property), property, ClusterName.DEFAULT))
                .collect(toImmutableList());
    }

    private ClusterName name()
    {
        String fileName = path.getFileName().toString();
        String name = fileName.substring(0, fileName.length() - SUFFIX.length());
        try {
            return new ClusterName(name);
        }
        catch (IllegalArgumentException e) {
            throw new InvalidClusterException(ImmutableList.of("%s: %s. Rename the file".formatted(path, e.getMessage())));
        }
    }

    /**
     * Finds properties that the process has as system properties, too. Those would go before the file of each cluster, except the environment.
     */
    private static List<String> overridden(ConfigurationFile file)
    {
        return file.properties().keySet().stream()
                .filter(property -> !property.equals(ENVIRONMENT) && System.getProperty(property) != null)
                .map(property -> "%s %s: the system property of that name overrides it. Remove -D%s from jvm.config".formatted(file.locationOf(property), property, property))
                .collect(toImmutableList());
    }
}
