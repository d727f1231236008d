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

import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@code bin/local-cluster} with several clusters behind its dispatchers.
 */
@Order(SharedCluster.THREE_CLUSTERS)
public class TestLocalClusters
{
    private static final String NODE = "third.coordinator-worker-1";

    @Test
    public void testNodesAreKnownByClusterAndName()
    {
        LocalCluster cluster = ThreeClusters.CLUSTER.get();
        assertThat(cluster.nodes()).extracting(Node::name)
                .containsExactly("dispatcher-1", "dispatcher-2", "limited.coordinator-worker-1", "second.coordinator-worker-1", NODE);
        ProgramRun status = cluster.command("status").expectSuccess();
        for (Node node : cluster.nodes()) {
            assertThat(status.output()).containsPattern("%s +%s +%s +%s +runs".formatted(node.name(), String.join(",", node.roles()), cluster.pid(node.name()), node.uri()));
        }

        cluster.command("pause", NODE).expectSuccess();
        try {
            ProgramRun paused = cluster.command("status");
            assertThat(paused.exitStatus()).isEqualTo(1);
            assertThat(paused.output()).containsPattern(NODE + " .* paused");
        }
        finally {
            cluster.command("resume", NODE).expectSuccess();
        }
        await().atMost(ofSeconds(30)).untilAsserted(() -> assertThat(cluster.command("status").exitStatus()).isEqualTo(0));
    }

    /**
     * A node answers the secret of its own cluster only, and not that of dispatchers either.
     */
    @Test
    public void testEachClusterHasASecretOfItsOwn()
    {
        LocalCluster cluster = ThreeClusters.CLUSTER.get();
        for (Node coordinator : cluster.coordinators()) {
            for (Node other : cluster.nodes()) {
                int expected = other.equals(coordinator) ? 200 : 401;
                String token = InternalToken.create(cluster.secret(other));
                assertThat(Http.get(coordinator.uri().resolve("/v1/view/query"), InternalToken.HEADER, token).statusCode())
                        .as("%s with the secret of %s", coordinator.name(), other.name())
                        .isEqualTo(expected);
            }
        }
    }
}
