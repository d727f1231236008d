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
package io.prestosql.node;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Multiset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMultiset.toImmutableMultiset;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.configuration.ConfigurationLoader.loadPropertiesFrom;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

/**
 * A properties file that knows the line of each property.
 */
public record ConfigurationFile(Path path, Map<String, String> properties)
{
    private static final Pattern PROPERTY = Pattern.compile("\\s*(?<name>[^#!=:\\s][^=:\\s]*)");

    public ConfigurationFile
    {
        requireNonNull(path, "path is null");
        properties = ImmutableMap.copyOf(properties);
    }

    /**
     * @throws UncheckedIOException when the file cannot be read
     */
    public static ConfigurationFile load(Path path)
    {
        try {
            return new ConfigurationFile(path, loadPropertiesFrom(path.toString()));
        }
        catch (IOException e) {
            throw new UncheckedIOException("Cannot read configuration file " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Returns the properties that the file has more than once. Only the last value of each counts.
     *
     * @throws UncheckedIOException when the file cannot be read
     */
    public Set<String> repeatedProperties()
    {
        try (Stream<String> lines = Files.lines(path, UTF_8)) {
            Multiset<String> names = lines
                    .map(PROPERTY::matcher)
                    .filter(Matcher::lookingAt)
                    .map(line -> line.group("name"))
                    .filter(properties::containsKey)
                    .collect(toImmutableMultiset());
            return names.elementSet().stream()
                    .filter(name -> names.count(name) > 1)
                    .collect(toImmutableSet());
        }
        catch (IOException e) {
            throw new UncheckedIOException("Cannot read configuration file " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Describes each property that the file has more than once, for people.
     *
     * @throws UncheckedIOException when the file cannot be read
     */
    public List<String> repetitions()
    {
        return repeatedProperties().stream()
                .map(property -> "%s %s: the property is in the file twice. Remove one of the two".formatted(locationOf(property), property))
                .collect(toImmutableList());
    }

    /**
     * Completes the description of a problem with the location of the property that it names; empty when it names none of the file.
     */
    public Optional<String> withLocation(String problem)
    {
        return properties.keySet().stream()
                .filter(problem::contains)
                // the name of one property may contain that of another one
                .max(comparing(String::length))
                .map(property -> "%s %s: %s".formatted(locationOf(property), property, problem));
    }

    /**
     * Returns the file and, where it can be found, the line of a property, for messages to people.
     */
    public String locationOf(String property)
    {
        Pattern pattern = Pattern.compile("\\s*" + Pattern.quote(property) + "\\s*([=:].*)?");
        try {
            List<String> lines = Files.readAllLines(path, UTF_8);
            for (int index = 0; index < lines.size(); index++) {
                if (pattern.matcher(lines.get(index)).matches()) {
                    return "%s, line %s,".formatted(path, index + 1);
                }
            }
        }
        catch (IOException | UncheckedIOException _) {
            // only the file is named, without the line
        }
        return path.toString();
    }
}
