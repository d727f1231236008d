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

import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionPlugin;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.spi.Plugin;

import java.util.List;
import java.util.Map;

/**
 * A plugin as others would write it: it sees only the SPI.
 */
public class TestingSelectionPlugin
        implements Plugin, ClusterSelectionPlugin
{
    @Override
    public Iterable<ClusterSelectionPolicyFactory> getClusterSelectionPolicyFactories()
    {
        return List.of(new NamedClusterPolicyFactory());
    }

    public static class NamedClusterPolicyFactory
            implements ClusterSelectionPolicyFactory
    {
        @Override
        public String getName()
        {
            return "testing";
        }

        @Override
        public ClusterSelectionPolicy create(Map<String, String> config, ClusterSelectionContext context)
        {
            return _ -> ClusterSelection.waitFor("plugin", new ClusterTarget.NamedCluster(config.get("testing.cluster")));
        }
    }
}
