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
package io.prestosql.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Dispatchers whose files define clusters in different ways: the leader's count, and a metric and the page for operators say so. The clusters
 * have secrets of their own, so that dispatchers do not hear of each other through discovery.
 */
public class TestClusterFilesDiffer
{
    @TempDir
    private Path directory;

    @Test
    public void testLeaderCountsAndTells()
    {
        try (RawClient raw = new RawClient();
                TestingClusters clusters = TestingClusters.builder(directory)
                        .addCluster("a", ImmutableMap.of())
                        .addCluster("b", ImmutableMap.of())
                        .setDispatchers(3)
                        .build()) {
            TestingPrestoServer leader = clusters.getLeader();
            List<TestingPrestoServer> standbys = clusters.getDispatchers().stream()
                    .filter(dispatcher -> dispatcher != leader)
                    .toList();
            TestingPrestoServer changed = standbys.getFirst();
            TestingPrestoServer same = standbys.getLast();
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                assertThat(differing(dispatcher)).isZero();
            }

            clusters.defineAt(changed, "a", ImmutableMap.of("internal-communication.shared-secret", "a secret that is wrong", "cluster.weight", "2"));
            clusters.undefineAt(changed, "b");
            await().untilAsserted(() -> assertThat(differences(leader)).singleElement().asString()
                    .startsWith("Dispatcher %s has another definition of cluster a, and no definition of cluster b. The definitions of the leader count: ".formatted(changed.getNodeId()))
                    .doesNotContain("secret that is wrong"));
            assertThat(differing(leader)).isEqualTo(1);
            assertThat(differing(changed)).isZero();
            assertThat(differing(same)).isZero();
            for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
                JsonNode report = raw.get(dispatcher.getBaseUrl().resolve("/v1/clusters"), ImmutableMap.of("X-Trino-User", "operator")).json();
                assertThat(report.get("problems")).singleElement().satisfies(problem -> assertThat(problem.asText()).isEqualTo(differences(leader).getFirst()));
                assertThat(report.get("clusters")).allSatisfy(cluster -> assertThat(cluster.get("problems")).hasSize(1));
            }

            // a wrong file keeps the last right definition, so it differs in nothing yet, but it is a problem
            clusters.define("a", ImmutableMap.of());
            clusters.define("b", ImmutableMap.of());
            await().untilAsserted(() -> assertThat(differing(leader)).isZero());
            clusters.defineAt(same, "b", ImmutableMap.of("cluster.weight", "none"));
            await().untilAsserted(() -> assertThat(raw.get(leader.getBaseUrl().resolve("/v1/clusters"), ImmutableMap.of("X-Trino-User", "operator")).json().get("problems"))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.asText()).startsWith("Dispatcher " + same.getNodeId() + ": ").contains("b.properties", "cluster.weight")));
            assertThat(differing(leader)).isZero();

            // the next leader compares with its own definitions
            clusters.define("b", ImmutableMap.of());
            clusters.defineAt(changed, "a", ImmutableMap.of("cluster.weight", "2"));
            await().untilAsserted(() -> assertThat(differing(leader)).isEqualTo(1));
            clusters.kill(leader);
            TestingPrestoServer next = clusters.getLeader();
            TestingPrestoServer standby = next == changed ? same : changed;
            await().untilAsserted(() -> assertThat(differences(next)).singleElement().asString()
                    .startsWith("Dispatcher %s has another definition of cluster a. ".formatted(standby.getNodeId())));
        }
    }

    private static int differing(TestingPrestoServer dispatcher)
    {
        return (int) bean(dispatcher, "DifferingDispatchers");
    }

    @SuppressWarnings("unchecked")
    private static List<String> differences(TestingPrestoServer dispatcher)
    {
        return (List<String>) bean(dispatcher, "Differences");
    }

    private static Object bean(TestingPrestoServer dispatcher, String attribute)
    {
        try {
            return dispatcher.getInstance(MBeanServer.class).getAttribute(new ObjectName("io.prestosql.cluster:name=DefinitionDifferences"), attribute);
        }
        catch (JMException e) {
            throw new RuntimeException(e);
        }
    }
}
