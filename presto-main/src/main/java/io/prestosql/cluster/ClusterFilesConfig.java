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

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import java.nio.file.Path;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures where a dispatcher finds the definitions of its clusters.
 */
public class ClusterFilesConfig
{
    private Path directory = Path.of("etc/clusters");
    private Duration refreshPeriod = new Duration(2, SECONDS);
    private Duration forgetAfter = new Duration(5, MINUTES);

    @NotNull
    public Path getDirectory()
    {
        return directory;
    }

    @Config("cluster.config-dir")
    @ConfigDescription("Folder with a file NAME.properties for each cluster; without such a file, there is one cluster, that of discovery.uri")
    public ClusterFilesConfig setDirectory(Path directory)
    {
        this.directory = directory;
        return this;
    }

    @NotNull
    @MinDuration("10ms")
    public Duration getRefreshPeriod()
    {
        return refreshPeriod;
    }

    @Config("cluster.refresh-period")
    @ConfigDescription("How often a dispatcher looks for changes of these files")
    public ClusterFilesConfig setRefreshPeriod(Duration refreshPeriod)
    {
        this.refreshPeriod = refreshPeriod;
        return this;
    }

    @NotNull
    public Duration getForgetAfter()
    {
        return forgetAfter;
    }

    @Config("cluster.forget-after")
    @ConfigDescription("How long a dispatcher still reaches a cluster that was removed, after its last query has ended: its client may still read results")
    public ClusterFilesConfig setForgetAfter(Duration forgetAfter)
    {
        this.forgetAfter = forgetAfter;
        return this;
    }
}
