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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestCheckout
{
    @TempDir
    private Path root;

    private Checkout checkout;

    @BeforeEach
    public void setUp()
            throws IOException
    {
        checkout = new Checkout(root);
        Files.writeString(root.resolve("pom.xml"),
                """
                <project>
                    <parent>
                        <artifactId>airbase</artifactId>
                        <version>264</version>
                    </parent>
                    <artifactId>presto-root</artifactId>
                    <!-- engine release, dash, our patch level -->
                    <version>476-1</version>
                    <properties>
                        <dep.trino.version>476</dep.trino.version>
                    </properties>
                </project>
                """);
    }

    @Test
    public void testValuesOfThePom()
    {
        // its own version, not that of its parent
        assertThat(checkout.version()).isEqualTo("476-1");
        assertThat(checkout.property("dep.trino.version")).isEqualTo("476");
        assertThatThrownBy(() -> checkout.property("dep.none.version")).isInstanceOf(IllegalStateException.class).hasMessageContaining("dep.none.version");
    }

    @Test
    public void testJavaHome()
            throws IOException
    {
        Path script = root.resolve("bin").resolve("find-java");
        Files.createDirectories(script.getParent());
        Files.writeString(script, "#!/bin/sh\necho /opt/java\n");
        Files.setPosixFilePermissions(script, fromString("rwx------"));
        assertThat(checkout.javaHome()).isEqualTo(Path.of("/opt/java"));

        Files.writeString(script, "#!/bin/sh\necho No JDK 24 or newer found. >&2\necho Too old: >&2\nexit 1\n");
        assertThatThrownBy(checkout::javaHome)
                .isInstanceOfSatisfying(ClusterException.class, e -> {
                    assertThat(e).hasMessage("No JDK 24 or newer found.");
                    assertThat(e.details()).containsExactly("Too old:");
                });
    }
}
