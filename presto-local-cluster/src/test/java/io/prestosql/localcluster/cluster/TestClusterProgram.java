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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterProgram
{
    @TempDir
    private Path root;

    @Test
    public void testCommandThatCanBeTyped()
    {
        ClusterProgram program = new ClusterProgram(new Checkout(root), "bin/local-cluster");
        assertThat(program.command(program.defaultFolder(), "stop")).isEqualTo("bin/local-cluster stop");
        assertThat(program.command(ClusterFolder.of(Path.of("/nowhere/x-1")), "stop")).isEqualTo("bin/local-cluster --dir /nowhere/x-1 stop");
        assertThat(program.command(ClusterFolder.of(Path.of("/nowhere/it's")), "stop")).isEqualTo("bin/local-cluster --dir '/nowhere/it'\\''s' stop");

        Path current = Path.of("").toAbsolutePath();
        assertThat(new ClusterProgram(new Checkout(root), current.resolve("bin/local-cluster").toString()).command(program.defaultFolder(), "cli"))
                .isEqualTo("bin/local-cluster cli");
    }
}
