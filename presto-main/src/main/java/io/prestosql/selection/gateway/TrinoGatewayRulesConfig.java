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
package io.prestosql.selection.gateway;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MaxDuration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import java.nio.file.Path;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures the selection of clusters by a rule file of Trino Gateway.
 */
public class TrinoGatewayRulesConfig
{
    private Path configFile;
    private Duration refreshPeriod = new Duration(2, SECONDS);
    private Duration ruleTimeout = new Duration(500, MILLISECONDS);

    @NotNull
    public Path getConfigFile()
    {
        return configFile;
    }

    @Config("cluster-selection.config-file")
    @ConfigDescription("The file with the rules; only who may change the configuration may write it, as rules can run any Java")
    public TrinoGatewayRulesConfig setConfigFile(Path configFile)
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
    public TrinoGatewayRulesConfig setRefreshPeriod(Duration refreshPeriod)
    {
        this.refreshPeriod = refreshPeriod;
        return this;
    }

    @NotNull
    @MinDuration("10ms")
    @MaxDuration("1m")
    public Duration getRuleTimeout()
    {
        return ruleTimeout;
    }

    @Config("cluster-selection.rule-timeout")
    @ConfigDescription("How long all rules together may take for a query, before it goes by X-Trino-Routing-Group or to the default group")
    public TrinoGatewayRulesConfig setRuleTimeout(Duration ruleTimeout)
    {
        this.ruleTimeout = ruleTimeout;
        return this;
    }
}
