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
package io.prestosql.localcluster.node;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.report.ClusterException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterFolder
{
    @TempDir
    private Path directory;

    @Test
    public void testPathIsResolvedToRealPath()
            throws IOException
    {
        Path real = Files.createDirectory(directory.toRealPath().resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        assertThat(ClusterFolder.of(link).directory()).isEqualTo(real);
        // processes are known by the path, also before the folder exists and after it has gone
        assertThat(ClusterFolder.of(link.resolve("new").resolve("cluster")).directory()).isEqualTo(real.resolve("new").resolve("cluster"));
        assertThat(ClusterFolder.of(link.resolve("..").resolve("real")).directory()).isEqualTo(real);
    }

    @Test
    public void testFolderOfSomethingElseIsForeign()
            throws IOException
    {
        ClusterFolder folder = ClusterFolder.of(directory.resolve("cluster"));
        assertThat(folder.isForeign()).isFalse();
        Files.createDirectories(folder.directory());
        assertThat(folder.isForeign()).isFalse();
        Files.createFile(folder.directory().resolve("letter.txt"));
        assertThat(folder.isForeign()).isTrue();

        assertThat(ClusterFolder.of(folder.directory().resolve("letter.txt")).isForeign()).isTrue();
    }

    @Test
    public void testSecondCreationIsRefused()
            throws IOException
    {
        ClusterFolder folder = ClusterFolder.of(directory.resolve("parent").resolve("cluster"));
        folder.create();
        assertThat(folder.isCluster()).isTrue();
        assertThat(folder.isForeign()).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.directory()))).isEqualTo("rwx------");
        assertThatThrownBy(folder::create).isInstanceOf(ClusterException.class).hasMessage("Another start is under way in " + folder.directory());
        folder.remove();
        assertThat(folder.directory()).doesNotExist();
    }

    @Test
    public void testEachClusterHasASecretOfItsOwn()
    {
        ClusterFolder folder = ClusterFolder.of(directory.resolve("cluster"));
        folder.create();
        folder.writeSecret("of dispatchers");
        folder.writeSecret("etl", "of etl");
        folder.writeSecret("adhoc", "of adhoc");
        assertThat(folder.secret()).isEqualTo("of dispatchers");
        assertThat(folder.secret("etl")).isEqualTo("of etl");
        assertThat(folder.secret("adhoc")).isEqualTo("of adhoc");
    }

    @Test
    public void testNodes()
    {
        ClusterFolder folder = ClusterFolder.of(directory.resolve("cluster"));
        folder.create();
        assertThat(folder.nodes()).isEmpty();
        List<ClusterNode> nodes = ImmutableList.of(
                new ClusterNode("both-1", ImmutableList.of("coordinator", "worker"), 8080),
                new ClusterNode("load-balancer", ImmutableList.of("load-balancer"), 8081));
        folder.writeNodes(nodes);
        assertThat(folder.nodes()).isEqualTo(nodes);
        assertThat(folder.directory().resolve("nodes")).hasContent("both-1 coordinator,worker 8080\nload-balancer load-balancer 8081\n");
        assertThat(folder.node("both-1")).contains(nodes.getFirst());
        assertThat(folder.node("both-2")).isEmpty();
    }
}
