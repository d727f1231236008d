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
package io.prestosql.localcluster.cluster;

import io.prestosql.localcluster.report.InvalidOptionException;
import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterRequest
{
    @Test
    public void testDefaults()
    {
        ClusterRequest cluster = ClusterRequest.parse("etl");
        assertThat(cluster).isEqualTo(new ClusterRequest("etl", 1, 1, 0, OptionalInt.empty(), Optional.empty()));
        assertThat(cluster.nodes()).extracting(NodeRequest::name).containsExactly("coordinator-1", "worker-1");
        assertThat(cluster.isActive()).isTrue();
        assertThat(cluster.settings()).isEmpty();
    }

    @Test
    public void testOptions()
    {
        ClusterRequest cluster = ClusterRequest.parse("ad-hoc:coordinators=2,workers=3,coordinator-workers=1,max-running-queries=20,state=draining");
        assertThat(cluster).isEqualTo(new ClusterRequest("ad-hoc", 2, 3, 1, OptionalInt.of(20), Optional.of("DRAINING")));
        assertThat(cluster.nodes()).extracting(NodeRequest::name).containsExactly("coordinator-1", "coordinator-2", "worker-1", "worker-2", "worker-3", "coordinator-worker-1");
        assertThat(cluster.nodes().getLast().roles()).containsExactly("coordinator", "worker");
        assertThat(cluster.isActive()).isFalse();
        assertThat(cluster.settings()).isEqualTo(Map.of("cluster.state", "DRAINING", "cluster.max-running-queries", "20"));
        // servers refuse an environment with a dash
        assertThat(cluster.environment()).isEqualTo("ad_hoc");
    }

    @Test
    public void testNodesWithBothRolesReplaceTheDefault()
    {
        assertThat(ClusterRequest.parse("etl:coordinator-workers=2").nodes()).extracting(NodeRequest::name).containsExactly("coordinator-worker-1", "coordinator-worker-2");
        assertThat(ClusterRequest.parse("etl:coordinator-workers=1,workers=1").nodes()).extracting(NodeRequest::name).containsExactly("worker-1", "coordinator-worker-1");
    }

    @Test
    public void testRefused()
    {
        assertRefused("", "'': a cluster's name has lower-case letters, digits, '-' and '_'");
        assertRefused("Etl", "'Etl': a cluster's name has lower-case letters, digits, '-' and '_', begins with a letter or a digit, and has at most 63 characters");
        assertRefused("etl.x", "'etl.x': a cluster's name has");
        assertRefused("x".repeat(64), "'%s': a cluster's name has".formatted("x".repeat(64)));
        assertRefused("default", "'default' is the cluster of --coordinators, --workers and --nodes. Use these, or another name");
        assertRefused("worker", "'worker': a cluster cannot be called like a role, nor 'all', 'postgresql' or 'load-balancer'. Use another name");
        assertRefused("all", "'all': a cluster cannot be called like a role");
        assertRefused("etl:", "'': expected OPTION=VALUE, e.g. workers=2. The options are coordinators, workers, coordinator-workers, max-running-queries, state");
        assertRefused("etl:workers", "'workers': expected OPTION=VALUE, e.g. workers=2");
        assertRefused("etl:nodes=1", "there is no option 'nodes'. The options are coordinators, workers, coordinator-workers, max-running-queries, state");
        assertRefused("etl:workers=1,workers=2", "workers is there twice. Leave one of the two out");
        assertRefused("etl:workers=two", "workers=two: expected a number from 0 on, e.g. workers=2");
        assertRefused("etl:coordinators=-1", "coordinators=-1: expected a number from 0 on, e.g. coordinators=2");
        assertRefused("etl:max-running-queries=0", "max-running-queries=0: expected a number from 1 on, e.g. max-running-queries=2");
        assertRefused("etl:state=SLEEPING", "state=SLEEPING: expected ACTIVE, DRAINING, INACTIVE");
        assertRefused("etl:coordinators=0,workers=0", "a cluster has at least one node. Say etl:coordinator-workers=1, or leave the numbers of nodes out");
    }

    private static void assertRefused(String text, String message)
    {
        assertThatThrownBy(() -> ClusterRequest.parse(text))
                .as(text)
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageStartingWith(message);
    }
}
