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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;

public class TestClusterConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(ClusterConfig.class)
                .setState(ClusterState.ACTIVE)
                .setMaxRunningQueries(null)
                .setRequiredWorkers(0)
                .setRoutingGroups(ImmutableSet.of())
                .setTags(ImmutableSet.of())
                .setWeight(1)
                .setExternalUrl(null));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .put("cluster.state", "DRAINING")
                .put("cluster.max-running-queries", "20")
                .put("cluster.required-workers", "10")
                .put("cluster.routing-groups", "etl,adhoc")
                .put("cluster.tags", "gpu")
                .put("cluster.weight", "3")
                .put("cluster.external-url", "https://etl.example.net/ui")
                .buildOrThrow();

        assertFullMapping(properties, new ClusterConfig()
                .setState(ClusterState.DRAINING)
                .setMaxRunningQueries(20)
                .setRequiredWorkers(10)
                .setRoutingGroups(ImmutableSet.of("etl", "adhoc"))
                .setTags(ImmutableSet.of("gpu"))
                .setWeight(3)
                .setExternalUrl("https://etl.example.net/ui"));
    }
}
