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
package io.prestosql.dispatcher.clusters;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.ClustersFixture;
import io.prestosql.fleet.ClusterCondition;
import io.prestosql.node.ClusterName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.weakref.jmx.MBeanExporter;
import org.weakref.jmx.testing.TestingMBeanServer;

import javax.management.InstanceNotFoundException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterBeans
{
    @Test
    public void testBeansComeAndGoWithClusters(@TempDir Path directory)
            throws Exception
    {
        try (ClustersFixture fixture = new ClustersFixture(directory, "etl")) {
            MBeanServer server = new TestingMBeanServer();
            ClusterReporter reporter = new ClusterReporter(
                    "dispatcher-1",
                    fixture.clusters(),
                    cluster -> Optional.of(new ClusterCondition(cluster, Optional.empty(), List.of(), 0, true)),
                    ImmutableMap::of,
                    new DefinitionDifferences(ImmutableMap::of, ImmutableList::of, () -> true, () -> 0),
                    List::of,
                    () -> true,
                    _ -> 3,
                    _ -> 4);
            new ClusterBeans(fixture.clusters(), reporter, new MBeanExporter(server)).start();
            assertThat(read(server, "default", "State")).isEqualTo("ACTIVE");
            assertThat(read(server, "etl", "RunningQueries")).isEqualTo(3);
            assertThat(read(server, "etl", "WaitingQueries")).isEqualTo(4);
            assertThat(read(server, "etl", "AnswerAgeMillis")).isEqualTo(-1L);
            assertThat(read(server, "etl", "TakingQueries")).isEqualTo(true);
            assertThat(read(server, "etl", "Refusal")).isEqualTo("");
            fixture.clusters().orderStates(ImmutableMap.of(new ClusterName("etl"), ClusterState.INACTIVE));
            assertThat(read(server, "etl", "State")).isEqualTo("INACTIVE");
            assertThat(read(server, "etl", "Inactive")).isEqualTo(true);
            assertThat(read(server, "etl", "Active")).isEqualTo(false);
            assertThat(read(server, "etl", "Draining")).isEqualTo(false);

            fixture.define("later", "");
            Files.delete(fixture.file("etl"));
            fixture.clusters().load();
            assertThat(read(server, "later", "State")).isEqualTo("ACTIVE");
            assertThatThrownBy(() -> read(server, "etl", "State")).isInstanceOf(InstanceNotFoundException.class);
        }
    }

    private static Object read(MBeanServer server, String cluster, String attribute)
            throws Exception
    {
        return server.getAttribute(new ObjectName("io.prestosql.cluster:name=Cluster,cluster=" + cluster), attribute);
    }
}
