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
package io.prestosql.localcluster.node;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

public class TestClusterNode
{
    @Test
    public void testNodeOfCluster()
    {
        ClusterNode node = ClusterNode.ofCluster("ad-hoc_2", "both-1", ImmutableList.of("coordinator", "worker"), 8080);
        assertThat(node.name()).isEqualTo("ad-hoc_2.both-1");
        assertThat(node.cluster()).contains("ad-hoc_2");
        assertThat(node.nodeId()).isEqualTo("both-1");
        assertThat(ClusterNode.parse(node.line())).isEqualTo(node);
    }

    @Test
    public void testNodeOfDefaultCluster()
    {
        ClusterNode node = new ClusterNode("both-1", ImmutableList.of("coordinator", "worker"), 8080);
        assertThat(node.cluster()).isEmpty();
        assertThat(node.nodeId()).isEqualTo("both-1");
        assertThat(ClusterNode.parse(node.line())).isEqualTo(node);
    }
}
