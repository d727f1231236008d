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
package io.prestosql.selection;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionRequest;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestHeaderSelectionPolicy
{
    private final TestingSelectionContext context = new TestingSelectionContext().withRoutingGroups("etl", "adhoc");

    @Test
    public void testHeader()
    {
        HeaderSelectionPolicy policy = new HeaderSelectionPolicy(Optional.of("adhoc"), context);
        Map<String, String> facts = policy.inspect(request("etl"));
        assertThat(policy.select(facts).targets()).containsExactly(new ClusterTarget.RoutingGroup("etl"));
        assertThat(policy.select(policy.inspect(request())).targets()).containsExactly(new ClusterTarget.RoutingGroup("adhoc"));
        assertThat(new HeaderSelectionPolicy(Optional.empty(), context).select(ImmutableMap.of()).targets()).containsExactly(new ClusterTarget.AnyCluster());
    }

    @Test
    public void testUnknownGroup()
    {
        HeaderSelectionPolicy policy = new HeaderSelectionPolicy(Optional.of("adhoc"), context);
        assertThatThrownBy(() -> policy.inspect(request("reports")))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessage("X-Trino-Routing-Group: no cluster is in routing group 'reports'. The groups are: adhoc, etl");
    }

    /**
     * Clients may still send the header from the time of another front end.
     */
    @Test
    public void testNoGroups()
    {
        HeaderSelectionPolicy policy = new HeaderSelectionPolicy(Optional.empty(), new TestingSelectionContext());
        assertThat(policy.inspect(request("etl"))).isEmpty();
    }

    @Test
    public void testConfiguration()
    {
        HeaderSelectionPolicyFactory factory = new HeaderSelectionPolicyFactory();
        HeaderSelectionPolicy policy = (HeaderSelectionPolicy) factory.create(ImmutableMap.of("cluster-selection.default-routing-group", "etl"), context);
        assertThat(policy.select(ImmutableMap.of()).targets()).containsExactly(new ClusterTarget.RoutingGroup("etl"));
        assertThatThrownBy(() -> factory.create(ImmutableMap.of("cluster-selection.default", "etl"), context))
                .isInstanceOf(InvalidClusterSelectionException.class)
                .hasMessageContaining("'cluster-selection.default' was not used");
    }

    private static SelectionRequest request(String... routingGroup)
    {
        return new SelectionRequest(
                "SELECT 1",
                "alice",
                Optional.empty(),
                "/v1/statement",
                Optional.empty(),
                routingGroup.length == 0 ? ImmutableMap.of() : ImmutableMap.of("x-trino-routing-group", ImmutableList.copyOf(routingGroup)));
    }
}
