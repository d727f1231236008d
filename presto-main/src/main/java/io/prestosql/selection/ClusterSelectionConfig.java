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

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import java.nio.file.Path;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures where a dispatcher finds how to select clusters.
 */
public class ClusterSelectionConfig
{
    private Duration unavailabilityTimeout = new Duration(10, SECONDS);
    private Path configFile = Path.of("etc/cluster-selection.properties");

    @NotNull
    public Path getConfigFile()
    {
        return configFile;
    }

    @Config("cluster.selection-config-file")
    @ConfigDescription("Properties file that says how to select clusters; without the file, clients may name a routing group, and all clusters are equal otherwise")
    public ClusterSelectionConfig setConfigFile(Path configFile)
    {
        this.configFile = configFile;
        return this;
    }

    @NotNull
    @MinDuration("0ms")
    public Duration getUnavailabilityTimeout()
    {
        return unavailabilityTimeout;
    }

    @Config("cluster.unavailability-timeout")
    @ConfigDescription("How long the clusters of a query must be unable to take it before it fails, if its rule says that it fails then")
    public ClusterSelectionConfig setUnavailabilityTimeout(Duration unavailabilityTimeout)
    {
        this.unavailabilityTimeout = unavailabilityTimeout;
        return this;
    }
}
