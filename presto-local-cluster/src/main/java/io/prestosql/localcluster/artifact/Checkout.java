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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.program.ForegroundProgram;
import io.prestosql.localcluster.program.ProgramResult;
import io.prestosql.localcluster.report.ClusterException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static com.google.common.base.Preconditions.checkState;
import static java.util.regex.Pattern.DOTALL;

/**
 * The sources of this project, with the programs that build it.
 *
 * @param root the folder of the root POM, as an absolute path
 */
public record Checkout(Path root)
{
    /**
     * Returns the version of this project.
     */
    public String version()
    {
        return find("<artifactId>presto-root</artifactId>.*?<version>([^<]+)</version>");
    }

    /**
     * Returns the value of a property of the root POM.
     */
    public String property(String name)
    {
        return find("<%1$s>([^<]+)</%1$s>".formatted(Pattern.quote(name)));
    }

    private String find(String pattern)
    {
        try {
            Matcher matcher = Pattern.compile(pattern, DOTALL).matcher(Files.readString(pom()));
            checkState(matcher.find(), "%s has nothing like %s", pom(), pattern);
            return matcher.group(1);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the folder of what can be made or fetched again.
     */
    public Path target()
    {
        return root.resolve("target");
    }

    /**
     * Runs the project's Maven, which writes to standard error.
     *
     * @return whether Maven was successful
     */
    boolean runMaven(String... arguments)
    {
        return ForegroundProgram.of(ImmutableList.<String>builder()
                .add(root.resolve("mvnw").toString(), "-q", "-f", pom().toString())
                .add(arguments)
                .build())
                .runVisibly() == 0;
    }

    /**
     * Returns the home of a JDK that the servers can run on.
     *
     * @throws ClusterException if this machine has none; the message says which ones are too old
     */
    public Path javaHome()
    {
        ProgramResult result = ForegroundProgram.of(root.resolve("bin").resolve("find-java").toString()).run();
        if (!result.succeeded()) {
            List<String> lines = result.output().lines().toList();
            throw new ClusterException(lines.getFirst(), lines.subList(1, lines.size()));
        }
        return Path.of(result.output().strip());
    }

    Path pom()
    {
        return root.resolve("pom.xml");
    }
}
