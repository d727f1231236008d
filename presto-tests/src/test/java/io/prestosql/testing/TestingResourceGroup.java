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
package io.prestosql.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * A root group.
 *
 * @param name the group's name, and the source of the queries that it takes
 */
public record TestingResourceGroup(String name, int hardConcurrencyLimit, int maxQueued)
{
    private static final int MAX_QUEUED = 1000;

    public TestingResourceGroup
    {
        requireNonNull(name, "name is null");
    }

    /**
     * A group that can queue all queries of a test.
     */
    public TestingResourceGroup(String name, int hardConcurrencyLimit)
    {
        this(name, hardConcurrencyLimit, MAX_QUEUED);
    }

    /**
     * @param groups the groups; the last one takes all queries that no other group takes
     * @return the file for {@code resource-groups.config-file}
     */
    static Path writeAll(Path directory, List<TestingResourceGroup> groups)
    {
        try {
            return Files.writeString(directory.resolve("resource-groups.json"), """
                    {
                      "rootGroups": [%s],
                      "selectors": [%s, {"group": "%s"}]
                    }
                    """.formatted(
                    groups.stream().map(TestingResourceGroup::definition).collect(joining(", ")),
                    groups.stream().map(TestingResourceGroup::selector).collect(joining(", ")),
                    groups.getLast().name()));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String definition()
    {
        return """
                {"name": "%s", "softMemoryLimit": "100%%", "hardConcurrencyLimit": %s, "maxQueued": %s}""".formatted(name, hardConcurrencyLimit, maxQueued);
    }

    private String selector()
    {
        return """
                {"source": "%1$s", "group": "%1$s"}""".formatted(name);
    }
}
