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

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Splitter;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Set;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Clients see several dispatchers as one, behind the load balancer that {@code bin/local-cluster} starts.
 */
@Order(SharedCluster.EMBEDDED_QUEUE)
@Tag("long")
public class TestLoadBalancer
{
    private static final String THREE_QUERIES = "SELECT count(*) FROM tpcds.tiny.ship_mode; SELECT 6 * 7; SELECT max(ib_income_band_sk) FROM tpcds.tiny.income_band";
    private static final String THREE_RESULTS = "\"20\"\n\"42\"\n\"20\"\n";

    @Test
    public void testDispatchersBehindLoadBalancer()
    {
        LocalCluster cluster = BalancedClusters.EMBEDDED.get();
        assertThat(cluster.dispatchers()).hasSize(3);
        assertThat(cluster.uri()).isEqualTo(cluster.node("load-balancer").uri());
        assertThat(cluster.dispatchers()).extracting(Node::uri).doesNotContain(cluster.uri());
        assertThat(cluster.command("status").expectSuccess().output()).containsPattern("load-balancer .* %s +runs".formatted(cluster.uri()));

        Set<String> dispatchersThatAnswered = new HashSet<>();
        await().atMost(ofSeconds(30)).until(() -> {
            HttpResponse<String> response = Http.request(
                    "POST",
                    cluster.uri("/v1/statement"),
                    "SELECT 1",
                    "X-Trino-User", "product-test",
                    "X-Forwarded-Host", "elsewhere.test",
                    "X-Forwarded-Prefix", "/elsewhere");
            // the dispatcher may be in an election
            if (response.statusCode() == 200) {
                JsonNode answer = Http.parse(response.body());
                // it leads back to the load balancer, regardless of the client's forwarding headers
                assertThat(answer.get("nextUri").asText()).startsWith(cluster.uri("/v1/statement/").toString());
                // an id ends with letters of the dispatcher that has created it
                dispatchersThatAnswered.add(Splitter.on('_').splitToList(answer.get("id").asText()).getLast());
            }
            return dispatchersThatAnswered.size() == 3;
        });

        assertThat(Cli.execute(cluster.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);
        assertThat(cluster.command("cli", "--execute", "SELECT 6 * 7").expectSuccess().output()).isEqualTo("\"42\"\n");

        // the load balancer sends nothing to a dead dispatcher
        cluster.kill("dispatcher-1");
        assertThat(Cli.execute(cluster.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);

        cluster.kill("load-balancer");
        assertThat(cluster.command("status").output())
                .containsPattern("load-balancer .* does not run")
                .containsPattern("dispatcher-1 .* does not run");
        // uses a dispatcher that runs
        assertThat(cluster.command("cli", "--execute", "SELECT 6 * 7").expectSuccess().output()).isEqualTo("\"42\"\n");
        cluster.restart("load-balancer");
        assertThat(cluster.command("status").output()).containsPattern("load-balancer .* runs");
        assertThat(Cli.execute(cluster.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);

        cluster.restart("dispatcher-1");
        cluster.command("status").expectSuccess();
    }
}
