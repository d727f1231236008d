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
package io.prestosql.dispatcher.gateway;

import com.google.common.collect.ImmutableMap;
import io.prestosql.cluster.ClustersFixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterTemplates
{
    @TempDir
    private Path parent;
    private Path directory;
    private ClustersFixture fixture;

    @BeforeEach
    public void setUp()
            throws IOException
    {
        directory = parent.resolve("templates");
        fixture = new ClustersFixture(parent.resolve("clusters"));
    }

    @AfterEach
    public void tearDown()
    {
        fixture.close();
    }

    @Test
    public void testNone()
    {
        ClusterTemplates templates = templates(Optional.empty());
        templates.check();
        assertThat(templates.properties(Optional.empty())).isEmpty();
        assertProblem(templates, "etl", "There is no template 'etl': the folder %s has none".formatted(directory));
    }

    @Test
    public void testTemplates()
            throws IOException
    {
        write("etl", "internal-communication.shared-secret=${ENV:A_VARIABLE_THAT_THIS_PROCESS_LACKS}\n");
        write("gpu", "node.environment=gpu\ncluster.max-running-queries=4\n");
        ClusterTemplates templates = templates(Optional.of("gpu"));
        templates.check();
        assertThat(templates.properties(Optional.empty())).isEqualTo(ImmutableMap.of("node.environment", "gpu", "cluster.max-running-queries", "4"));
        assertProblem(templates, "adhoc", "There is no template 'adhoc': the folder %s has etl, gpu".formatted(directory));
        // a changed file counts
        write("gpu", "node.environment=gpu2\n");
        assertThat(templates.properties(Optional.of("gpu"))).isEqualTo(ImmutableMap.of("node.environment", "gpu2"));
    }

    @Test
    public void testOnlyFilesOfTheFolder()
            throws IOException
    {
        write("etl", "");
        Files.writeString(parent.resolve("config.properties"), "node.environment=testing\n");
        ClusterTemplates templates = templates(Optional.empty());
        assertProblem(templates, "../config", "There is no template '../config': the folder %s has etl".formatted(directory));
        assertProblem(templates, "", "There is no template '': the folder %s has etl".formatted(directory));
    }

    @Test
    public void testWrongTemplates()
            throws IOException
    {
        ClusterTemplates templates = templates(Optional.empty());
        assertWrong(templates, "# of all\ndiscovery.uri=http://a:8080\n", "%s, line 2, discovery.uri: requests say this. Remove it from the template");
        assertWrong(templates, "cluster.routing-groups=etl\n", "%s, line 1, cluster.routing-groups: requests say this. Remove it from the template");
        assertWrong(templates, "cluster.weight=1\ncluster.weight=2\n", "%s, line 1, cluster.weight: the property is in the file twice. Remove one of the two");
        assertWrong(templates, "\ncluster.weight=0\n", "%s, line 2, cluster.weight: Invalid configuration property cluster.weight: must be greater than or equal to 1");
        assertWrong(templates, "cluster.wait=1\n", "%s, line 1, cluster.wait: Configuration property 'cluster.wait' was not used");
        assertWrong(templates, "node.id=1\n", "%s, line 1, node.id: Configuration property 'node.id' belongs to the dispatcher, not to one of its clusters: remove it");
    }

    @Test
    public void testTemplateOfTheConfiguration()
            throws IOException
    {
        write("etl", "");
        assertThatThrownBy(() -> templates(Optional.of("gpu")).check())
                .isInstanceOf(InvalidTemplateException.class)
                .hasMessage("gateway-api.template: There is no template 'gpu': the folder %s has etl. Create the file, or name another template".formatted(directory));
        write("gpu", "cluster.weight=0\n");
        assertThatThrownBy(() -> templates(Optional.of("gpu")).check())
                .isInstanceOf(InvalidTemplateException.class)
                .hasMessageStartingWith("%s, line 1, cluster.weight: ".formatted(directory.resolve("gpu.properties")));
    }

    private ClusterTemplates templates(Optional<String> standard)
    {
        return new ClusterTemplates(new GatewayApiConfig().setTemplateDirectory(directory).setTemplate(standard.orElse(null)), fixture.clusters());
    }

    private void write(String name, String content)
            throws IOException
    {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(name + ".properties"), content);
    }

    private void assertWrong(ClusterTemplates templates, String content, String problem)
            throws IOException
    {
        write("wrong", content);
        assertProblem(templates, "wrong", problem.formatted(directory.resolve("wrong.properties")));
    }

    private static void assertProblem(ClusterTemplates templates, String name, String problem)
    {
        assertThatThrownBy(() -> templates.properties(Optional.of(name)))
                .isInstanceOf(InvalidTemplateException.class)
                .satisfies(e -> assertThat(e.getMessage().strip()).startsWith(problem));
    }
}
