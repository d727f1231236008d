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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableMap;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.prestosql.selection.gateway.Submissions.request;
import static io.prestosql.spi.selection.ClusterSelectionPolicy.MAX_REQUEST_FACTS_LENGTH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestRoutingDecision
{
    private static final FixedGroups GROUPS = FixedGroups.of("etl", "adhoc");

    @Test
    public void testFactsSayTheSame()
    {
        assertSurvivesFacts(RoutingDecision.of("etl", "rule 'airflow' (rules.yaml line 3)"));
        assertSurvivesFacts(RoutingDecision.of(null, "no rule names a group"));
    }

    private static void assertSurvivesFacts(RoutingDecision decision)
    {
        assertThat(RoutingDecision.ofFacts(decision.toFacts())).isEqualTo(decision);
    }

    @Test
    public void testEmptyGroupIsTheDefaultGroup()
    {
        assertThat(RoutingDecision.of("", "a rule")).isEqualTo(RoutingDecision.of(null, "a rule"));
        assertThat(RoutingDecision.byHeader(request(ImmutableMap.of("X-Trino-Routing-Group", "")), "the rules have failed").group()).isEmpty();
    }

    @Test
    public void testFactsOfAnotherPolicy()
    {
        ClusterSelection selection = RoutingDecision.ofFacts(ImmutableMap.of("other", "value")).select("adhoc", GROUPS);
        assertThat(selection.targets()).containsExactly(new RoutingGroup("adhoc"));
        assertThat(selection.reason()).isEqualTo("cluster-selection.default-routing-group (nothing was decided when it was submitted): routing group adhoc");
    }

    @Test
    public void testHeader()
    {
        RoutingDecision decision = RoutingDecision.byHeader(request(ImmutableMap.of("x-trino-routing-group", "etl")), "the rules have failed");
        assertThat(decision).isEqualTo(new RoutingDecision(Optional.of("etl"), "the header X-Trino-Routing-Group (the rules have failed)"));
        assertThat(RoutingDecision.byHeader(request(ImmutableMap.of()), "the rules have failed")).isEqualTo(new RoutingDecision(Optional.empty(), "the rules have failed"));
    }

    @Test
    public void testGroupThatNoClusterHas()
    {
        assertThatThrownBy(() -> RoutingDecision.of("elt", "rule 'airflow' (rules.yaml line 3)").select("adhoc", GROUPS))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessage("No cluster has the routing group 'elt', which the query has by rule 'airflow' (rules.yaml line 3). " +
                        "Name the group in cluster.routing-groups of a cluster, or change what names it. Clusters have the groups adhoc, etl");
        assertThatThrownBy(() -> RoutingDecision.of(null, "no rule names a group").select("adhoc", FixedGroups.of()))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessage("No cluster has the routing group 'adhoc', which the query has by cluster-selection.default-routing-group (no rule names a group). " +
                        "Name the group in cluster.routing-groups of a cluster, or change what names it. Clusters have no groups");
    }

    @Test
    public void testLengths()
    {
        assertThatThrownBy(() -> RoutingDecision.byHeader(request(ImmutableMap.of("X-Trino-Routing-Group", "x".repeat(257))), "the rules have failed"))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessage("The routing group by the header X-Trino-Routing-Group (the rules have failed) has 257 characters. A routing group has at most 256");
        int length = RoutingDecision.of("x".repeat(256), "y".repeat(100_000)).toFacts().entrySet().stream()
                .mapToInt(fact -> fact.getKey().length() + fact.getValue().length())
                .sum();
        assertThat(length).isLessThan(MAX_REQUEST_FACTS_LENGTH);
    }
}
