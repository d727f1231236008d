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

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Dispatchers share a database that {@code bin/local-cluster} starts, and that is down for a while.
 */
@Order(SharedCluster.POSTGRESQL_QUEUE)
public class TestPostgresql
{
    private static final String THREE_QUERIES = "SELECT count(*) FROM tpcds.tiny.ship_mode; SELECT 6 * 7; SELECT max(ib_income_band_sk) FROM tpcds.tiny.income_band";
    private static final String THREE_RESULTS = "\"20\"\n\"42\"\n\"20\"\n";

    @Test
    public void testDispatchersWithPostgresql()
    {
        LocalCluster cluster = BalancedClusters.POSTGRESQL.get();
        assertThat(cluster.command("status").expectSuccess().output()).containsPattern("postgresql .* %s +runs".formatted(cluster.node("postgresql").uri().getAuthority()));
        assertThat(cluster.dispatchers()).hasSize(2);
        for (Node dispatcher : cluster.dispatchers()) {
            assertThat(Cli.execute(dispatcher.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);
        }

        cluster.pause("postgresql");
        assertThat(cluster.command("status").output()).containsPattern("postgresql .* paused");
        cluster.resume("postgresql");
        cluster.command("status").expectSuccess();
        cluster.kill("postgresql");
        assertThat(cluster.command("status").output()).containsPattern("postgresql .* does not run");
        cluster.restart("postgresql");
        for (Node dispatcher : cluster.dispatchers()) {
            assertThat(Cli.execute(dispatcher.uri(), THREE_QUERIES).expectSuccess().output()).isEqualTo(THREE_RESULTS);
        }
    }
}
