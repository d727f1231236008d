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
import io.prestosql.cluster.ClusterFiles.Reading;
import io.prestosql.node.ClusterName;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The definitions of clusters that operators have given by calls, and that the query log keeps. Each is checked as a file would be.
 */
final class LoggedDefinitions
{
    static final String SOURCE = "the query log";

    private final ClusterServicesFactory servicesFactory;
    private volatile Map<ClusterName, Map<String, String>> logged = ImmutableSortedMap.of();
    private Map<ClusterName, Parsed> parsed = ImmutableSortedMap.of();

    /**
     * A check takes long enough to be made only once for the same properties.
     *
     * @param lastRight the last definition that was right; empty when there was none
     */
    private record Parsed(Map<String, String> properties, Optional<ClusterDefinition> lastRight, List<String> problems)
    {
        private Parsed
        {
            properties = ImmutableMap.copyOf(properties);
        }
    }

    LoggedDefinitions(ClusterServicesFactory servicesFactory)
    {
        this.servicesFactory = requireNonNull(servicesFactory, "servicesFactory is null");
    }

    void set(Map<ClusterName, Map<String, String>> definitions)
    {
        logged = ImmutableSortedMap.copyOf(definitions);
    }

    /**
     * @return what is wrong, each with the name of its property and the fix
     */
    List<String> check(ClusterName name, Map<String, String> properties)
    {
        return ImmutableList.<String>builder()
                .addAll(properties.keySet().stream()
                        .filter(property -> System.getProperty(property) != null)
                        .map("%s: the system property of that name overrides it. Remove -D%1$s from jvm.config"::formatted)
                        .collect(toImmutableList()))
                .addAll(servicesFactory.check(name, properties))
                .build();
    }

    /**
     * Returns the definitions of the files and of the log. A file goes before the log, and shares its servers with no other cluster.
     */
    synchronized Reading addTo(Reading files)
    {
        Map<ClusterName, Parsed> current = new TreeMap<>();
        logged.forEach((name, properties) -> {
            Parsed last = parsed.get(name);
            current.put(name, last != null && last.properties().equals(properties) ? last : parse(name, properties, Optional.ofNullable(last).flatMap(Parsed::lastRight)));
        });
        parsed = ImmutableSortedMap.copyOf(current);
        Map<ClusterName, ClusterDefinition> definitions = new TreeMap<>(files.definitions());
        ImmutableList.Builder<String> problems = ImmutableList.<String>builder().addAll(files.problems());
        parsed.forEach((name, definition) -> {
            definition.problems().forEach(problem -> problems.add(locate(name, problem)));
            definition.lastRight().ifPresent(right -> conflict(right, definitions).ifPresentOrElse(problems::add, () -> definitions.put(name, right)));
        });
        return new Reading(definitions, problems.build());
    }

    private Parsed parse(ClusterName name, Map<String, String> properties, Optional<ClusterDefinition> lastRight)
    {
        List<String> problems = check(name, properties);
        return new Parsed(properties, problems.isEmpty() ? Optional.of(ClusterProperties.parse(name, properties, SOURCE)) : lastRight, problems);
    }

    private Optional<String> conflict(ClusterDefinition definition, Map<ClusterName, ClusterDefinition> others)
    {
        ClusterDefinition file = others.get(definition.name());
        if (file != null) {
            return Optional.of("%s: cluster %s is defined in the query log, too, and the file counts. Remove the file, or DELETE /v1/clusters/%2$s".formatted(file.source(), definition.name()));
        }
        return servicesFactory.processDefinition().stream()
                .filter(process -> process.name().equals(definition.name()))
                .findFirst()
                .map(process -> "%s: cluster %s is that of discovery.uri there, and that counts. DELETE /v1/clusters/%2$s".formatted(process.source(), definition.name()))
                .or(() -> sharing(definition, others).map(problem -> locate(definition.name(), problem)));
    }

    /**
     * Says whose definition has the problem.
     */
    private static String locate(ClusterName name, String problem)
    {
        return problemPrefix(name) + problem;
    }

    /**
     * Returns how the problems of a cluster's definition begin.
     */
    static String problemPrefix(ClusterName name)
    {
        return "%s, cluster %s: ".formatted(SOURCE, name);
    }

    /**
     * Returns which of the other clusters has a server of this one.
     */
    Optional<String> sharing(ClusterDefinition definition, Map<ClusterName, ClusterDefinition> others)
    {
        Map<ClusterName, ClusterDefinition> all = new TreeMap<>(others);
        servicesFactory.processDefinition().ifPresent(process -> all.putIfAbsent(process.name(), process));
        return all.values().stream()
                .filter(other -> !other.name().equals(definition.name()) && other.sharesServersWith(definition))
                .findFirst()
                .map(other -> "discovery.uri: cluster %s has a server of cluster %s, and a coordinator can be in one cluster only. Give one of the two other servers".formatted(definition.name(), other.name()));
    }
}
