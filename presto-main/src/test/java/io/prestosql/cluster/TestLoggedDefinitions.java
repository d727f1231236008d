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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.ClusterFiles.Reading;
import io.prestosql.node.ClusterName;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

public class TestLoggedDefinitions
{
    private static final ClusterName ETL = new ClusterName("etl");
    private static final ClusterName OTHER = new ClusterName("other");

    private final LoggedDefinitions definitions = new LoggedDefinitions(TestingClusterServices.factory("http://own:8080", ImmutableMap.of(), ImmutableSet.of()));

    @Test
    public void testDefinitionsOfTheLog()
    {
        definitions.set(ImmutableMap.of(ETL, ImmutableMap.of("discovery.uri", "http://etl:8080", "cluster.required-workers", "3", "node.environment", "etl")));
        Reading reading = read(ImmutableMap.of());
        assertThat(reading.problems()).isEmpty();
        ClusterDefinition etl = reading.definitions().get(ETL);
        assertThat(etl.settings().requiredWorkers()).isEqualTo(3);
        assertThat(etl.connection()).containsOnlyKeys("discovery.uri", "node.environment");
        assertThat(etl.source()).isEqualTo("the query log");
        assertThat(read(ImmutableMap.of()).definitions()).isEqualTo(reading.definitions());
        definitions.set(ImmutableMap.of());
        assertThat(read(ImmutableMap.of()).definitions()).isEmpty();
    }

    /**
     * This dispatcher may understand less than the leader.
     */
    @Test
    public void testWrongDefinitionKeepsTheLastOne()
    {
        definitions.set(ImmutableMap.of(ETL, ImmutableMap.of("discovery.uri", "http://etl:8080", "cluster.required-workers", "3")));
        Reading right = read(ImmutableMap.of());
        definitions.set(ImmutableMap.of(ETL, ImmutableMap.of("discovery.uri", "http://etl:8080", "cluster.required-workers", "-3")));
        Reading wrong = read(ImmutableMap.of());
        assertThat(wrong.definitions()).isEqualTo(right.definitions());
        assertThat(wrong.problems()).singleElement().asString()
                .startsWith("the query log, cluster etl: ")
                .contains("Invalid configuration property cluster.required-workers: must be greater than or equal to 0");
        assertThat(read(ImmutableMap.of()).problems()).isEqualTo(wrong.problems());
    }

    @Test
    public void testFilesGoFirst()
    {
        definitions.set(ImmutableMap.of(ETL, ImmutableMap.of("discovery.uri", "http://elsewhere:8080"), OTHER, ImmutableMap.of("discovery.uri", "http://other:8080")));
        ClusterDefinition file = ClusterProperties.parse(ETL, ImmutableMap.of("discovery.uri", "http://etl:8080"), "etc/clusters/etl.properties");
        Reading reading = read(ImmutableMap.of(ETL, file));
        assertThat(reading.definitions()).containsOnlyKeys(ETL, OTHER);
        assertThat(reading.definitions().get(ETL)).isEqualTo(file);
        assertThat(reading.problems()).containsExactly(
                "etc/clusters/etl.properties: cluster etl is defined in the query log, too, and the file counts. Remove the file, or DELETE /v1/clusters/etl");
    }

    @Test
    public void testServersOfAnotherCluster()
    {
        definitions.set(ImmutableMap.of(ETL, ImmutableMap.of("discovery.uri", "http://own:8080"), OTHER, ImmutableMap.of("discovery.uri", "http://other:8080")));
        Reading reading = read(ImmutableMap.of());
        assertThat(reading.definitions()).containsOnlyKeys(OTHER);
        assertThat(reading.problems()).containsExactly(
                "the query log, cluster etl: discovery.uri: cluster etl has a server of cluster default, and a coordinator can be in one cluster only. Give one of the two other servers");
        definitions.set(ImmutableMap.of(ClusterName.DEFAULT, ImmutableMap.of("discovery.uri", "http://etl:8080")));
        assertThat(read(ImmutableMap.of()).problems()).containsExactly(
                "config.properties: cluster default is that of discovery.uri there, and that counts. DELETE /v1/clusters/default");
    }

    private Reading read(Map<ClusterName, ClusterDefinition> files)
    {
        return definitions.addTo(new Reading(files, ImmutableList.of()));
    }
}
