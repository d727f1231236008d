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
package io.prestosql.localcluster.cluster;

import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.node.ClusterFolder;

import java.nio.file.Path;

import static java.util.Objects.requireNonNull;

/**
 * The program as a user calls it, for messages that name a command.
 *
 * @param name the path that the user has typed
 */
public record ClusterProgram(Checkout checkout, String name)
{
    public ClusterProgram
    {
        requireNonNull(checkout, "checkout is null");
        requireNonNull(name, "name is null");
    }

    public ClusterFolder defaultFolder()
    {
        return ClusterFolder.of(checkout.target().resolve("local-cluster"));
    }

    /**
     * Returns what to type for a command on that cluster.
     */
    public String command(ClusterFolder folder, String command)
    {
        String program = name;
        Path current = Path.of("").toAbsolutePath();
        if (Path.of(name).isAbsolute() && Path.of(name).startsWith(current)) {
            program = current.relativize(Path.of(name)).toString();
        }
        if (folder.equals(defaultFolder())) {
            return program + " " + command;
        }
        return "%s --dir %s %s".formatted(program, quote(folder.directory().toString()), command);
    }

    private static String quote(String path)
    {
        return path.matches("[\\w@%+=:,./-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
    }
}
