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
import com.google.common.collect.Maps;
import io.airlift.configuration.ConfigurationFactory;
import io.prestosql.discovery.DiscoveryServersConfig;
import io.prestosql.node.ClusterName;

import java.net.URI;
import java.util.Map;
import java.util.Set;

import static io.airlift.configuration.ConfigurationUtils.replaceEnvironmentVariables;
import static io.prestosql.cluster.ClusterServicesFactory.DISCOVERY_URI;

/**
 * Tells the properties of a definition apart: what decides on the queries of the cluster, and how the cluster is reached.
 */
final class ClusterProperties
{
    private static final String SETTINGS_PREFIX = "cluster.";

    private ClusterProperties() {}

    static boolean isSetting(String property)
    {
        return property.startsWith(SETTINGS_PREFIX);
    }

    static Map<String, String> settingsOf(Map<String, String> properties)
    {
        return Maps.filterKeys(properties, ClusterProperties::isSetting);
    }

    /**
     * @param properties those of a definition, without errors
     */
    static ClusterSettings parseSettings(Map<String, String> properties)
    {
        return ClusterSettings.of(new ConfigurationFactory(settingsOf(replaceEnvironmentVariables(properties))).build(ClusterConfig.class));
    }

    /**
     * @param properties those of a definition, without errors
     * @param source where operators find the definition
     */
    static ClusterDefinition parse(ClusterName name, Map<String, String> properties, String source)
    {
        return new ClusterDefinition(
                name,
                parseSettings(properties),
                Maps.filterKeys(properties, property -> !isSetting(property)),
                servers(replaceEnvironmentVariables(properties)),
                source);
    }

    private static Set<URI> servers(Map<String, String> properties)
    {
        return ImmutableSet.copyOf(new ConfigurationFactory(ImmutableMap.of(DISCOVERY_URI, properties.get(DISCOVERY_URI)))
                .build(DiscoveryServersConfig.class)
                .getUris());
    }
}
