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
package io.prestosql.tests.product;

import com.google.common.collect.ImmutableList;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The stock command line client.
 */
final class Cli
{
    static final Duration TIMEOUT = Duration.ofSeconds(120);

    private Cli() {}

    /**
     * Runs statements, separated by semicolons.
     */
    static ProgramRun execute(URI server, String statements, String... arguments)
    {
        return execute(TIMEOUT, server, statements, arguments);
    }

    static ProgramRun execute(Duration timeout, URI server, String statements, String... arguments)
    {
        return ProgramRun.run(timeout, Map.of(), "", ImmutableList.<String>builder()
                .addAll(command(server))
                .add("--execute", statements)
                .add(arguments)
                .build());
    }

    static List<String> command(URI server)
    {
        return command(server, Http.TEST_USER);
    }

    static List<String> command(URI server, String user)
    {
        return ImmutableList.of(
                // the client can run on the JVM that runs the tests
                System.getProperty("java.home") + "/bin/java",
                "-Xmx256M",
                "-XX:TieredStopAtLevel=1",
                // its classes are loaded once and kept, as those of bin/local-cluster; what the JVM logs of this would be in the output
                "-XX:+AutoCreateSharedArchive",
                "-XX:SharedArchiveFile=" + Artifacts.target().resolve("cli.jsa"),
                "-Xlog:disable",
                "-jar",
                Artifacts.cli().toString(),
                "--server",
                server.toString(),
                "--user",
                user);
    }
}
