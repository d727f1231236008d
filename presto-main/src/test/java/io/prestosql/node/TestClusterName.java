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
package io.prestosql.node;

import io.airlift.json.JsonCodec;
import org.junit.jupiter.api.Test;

import java.net.URI;

import static io.airlift.json.JsonCodec.jsonCodec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterName
{
    private static final JsonCodec<CoordinatorLink> LINK_CODEC = jsonCodec(CoordinatorLink.class);
    private static final CoordinatorLink OF_DEFAULT = new CoordinatorLink(ClusterName.DEFAULT, "node", URI.create("http://one:8080"), "incarnation");
    private static final CoordinatorLink OF_OTHER = new CoordinatorLink(new ClusterName("etl_2"), "node", URI.create("http://one:8080"), "incarnation");

    @Test
    public void testNames()
    {
        assertThat(new ClusterName("a")).hasToString("a");
        assertThat(new ClusterName("0-b_c")).hasToString("0-b_c");
        assertThat(new ClusterName("a".repeat(63)).isDefault()).isFalse();
        for (String wrong : new String[] {"", "A", "-a", "_a", "a.b", "a/b", "a b", "ä", "a".repeat(64)}) {
            assertThatThrownBy(() -> new ClusterName(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("'%s' is no name for a cluster".formatted(wrong));
        }
    }

    @Test
    public void testDefaultIsLeftOutOfJson()
    {
        assertThat(LINK_CODEC.toJson(OF_DEFAULT)).doesNotContain("cluster");
        assertThat(LINK_CODEC.fromJson(LINK_CODEC.toJson(OF_DEFAULT))).isEqualTo(OF_DEFAULT);
        assertThat(LINK_CODEC.fromJson("{\"nodeId\": \"node\", \"uri\": \"http://one:8080\", \"incarnation\": \"incarnation\"}")).isEqualTo(OF_DEFAULT);
    }

    @Test
    public void testOthersAreInJson()
    {
        assertThat(LINK_CODEC.toJson(OF_OTHER).replaceAll("\\s", "")).contains("\"cluster\":\"etl_2\"");
        assertThat(LINK_CODEC.fromJson(LINK_CODEC.toJson(OF_OTHER))).isEqualTo(OF_OTHER);
    }

    @Test
    public void testSameNodeInTwoClusters()
    {
        assertThat(OF_DEFAULT.coordinator()).isNotEqualTo(OF_OTHER.coordinator());
        assertThat(OF_DEFAULT).hasToString("node");
        assertThat(OF_OTHER).hasToString("etl_2.node");
        assertThat(OF_OTHER.coordinator().at(OF_OTHER.uri())).isEqualTo(OF_OTHER);
    }

    @Test
    public void testNodesInWords()
    {
        assertThat(QualifiedNodeId.parse("node")).isEqualTo(new QualifiedNodeId(ClusterName.DEFAULT, "node"));
        assertThat(QualifiedNodeId.parse("etl_2.node")).isEqualTo(new QualifiedNodeId(new ClusterName("etl_2"), "node"));
        assertThat(QualifiedNodeId.parse("default.node")).isEqualTo(QualifiedNodeId.parse("node"));
        assertThatThrownBy(() -> QualifiedNodeId.parse("A.node")).isInstanceOf(IllegalArgumentException.class);
        assertThat(QualifiedNodeId.parse("b.a")).isGreaterThan(QualifiedNodeId.parse("a.b"));
    }
}
