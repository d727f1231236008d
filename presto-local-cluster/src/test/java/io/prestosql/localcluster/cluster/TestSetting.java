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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.node.ClusterNode;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

public class TestSetting
{
    @Test
    public void testMoreSpecificSettingComesLater()
    {
        List<Setting<String>> settings = ImmutableList.of(
                new Setting<>("etl.worker-1", "node of cluster"),
                new Setting<>("etl", "cluster"),
                new Setting<>("both-1", "own"),
                new Setting<>("worker", "first role"),
                new Setting<>("dispatcher", "other role"),
                new Setting<>("all", "all"),
                new Setting<>("coordinator", "second role"),
                new Setting<>("worker-1", "other node"));
        assertThat(Setting.select(settings, new ClusterNode("both-1", ImmutableList.of("coordinator", "worker"), 1)))
                .containsExactly("all", "first role", "second role", "own");
        assertThat(Setting.select(settings, new ClusterNode("worker-1", ImmutableList.of("worker"), 1)))
                .containsExactly("all", "first role", "other node");
        assertThat(Setting.select(settings, ClusterNode.ofCluster("etl", "worker-1", ImmutableList.of("worker"), 1)))
                .containsExactly("all", "first role", "cluster", "node of cluster");
    }
}
