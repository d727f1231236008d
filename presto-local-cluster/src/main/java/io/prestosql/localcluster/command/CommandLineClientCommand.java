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
package io.prestosql.localcluster.command;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.artifact.MavenArtifact;
import io.prestosql.localcluster.cluster.Cluster;
import io.prestosql.localcluster.report.ClusterException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

@Command(
        name = CommandLineClientCommand.NAME,
        description = "Open the command line client on the load balancer or the first dispatcher that runs. The arguments are the client's.")
final class CommandLineClientCommand
        extends ClusterCommand
{
    static final String NAME = "cli";

    @Parameters(paramLabel = "ARG", arity = "0..*", description = "An argument of the client")
    private List<String> arguments = ImmutableList.of();

    @Override
    int run(Cluster cluster)
    {
        cluster.checkExists();
        Path jar = MavenArtifact.commandLineClient(program().checkout()).fetch(program().checkout(), messages());
        ImmutableList.Builder<String> complete = ImmutableList.builder();
        if (arguments.stream().noneMatch(argument -> argument.equals("--server") || argument.startsWith("--server="))) {
            complete.add("--server", cluster.clientAddress());
        }
        complete.addAll(arguments);
        runClient(jar, complete.build());
        return ExitCode.OK;
    }

    /**
     * Runs the client in this process, which thus has the terminal and its signals to itself. The client ends the process when it ends.
     */
    private static void runClient(Path jar, List<String> arguments)
    {
        try (JarFile file = new JarFile(jar.toFile())) {
            String mainClass = file.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
            // sees nothing of this program, which has other versions of the same libraries
            ClassLoader classes = new URLClassLoader(NAME, new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
            Thread.currentThread().setContextClassLoader(classes);
            classes.loadClass(mainClass)
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) arguments.toArray(String[]::new));
        }
        catch (InvocationTargetException e) {
            throw new ClusterException("The client has failed: " + e.getCause(), e.getCause());
        }
        catch (IOException | ReflectiveOperationException e) {
            throw new ClusterException("The client does not start: " + e, e);
        }
    }
}
