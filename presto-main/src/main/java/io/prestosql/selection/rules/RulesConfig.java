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
package io.prestosql.selection.rules;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import java.nio.file.Path;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures the selection of clusters by a file with rules.
 */
public class RulesConfig
{
    private Path configFile;
    private Duration refreshPeriod = new Duration(2, SECONDS);

    @NotNull
    public Path getConfigFile()
    {
        return configFile;
    }

    @Config("cluster-selection.config-file")
    @ConfigDescription("JSON file with the rules")
    public RulesConfig setConfigFile(Path configFile)
    {
        this.configFile = configFile;
        return this;
    }

    @NotNull
    @MinDuration("10ms")
    public Duration getRefreshPeriod()
    {
        return refreshPeriod;
    }

    @Config("cluster-selection.refresh-period")
    @ConfigDescription("How often a dispatcher looks for changes of the file")
    public RulesConfig setRefreshPeriod(Duration refreshPeriod)
    {
        this.refreshPeriod = refreshPeriod;
        return this;
    }
}
