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
import jakarta.validation.constraints.NotBlank;

/**
 * Configures what the rule files and the routing service of Trino Gateway have in common.
 */
public class TrinoGatewayConfig
{
    private String defaultRoutingGroup = "adhoc";
    private boolean analyzeStatements = true;

    @NotBlank
    public String getDefaultRoutingGroup()
    {
        return defaultRoutingGroup;
    }

    @Config("cluster-selection.default-routing-group")
    @ConfigDescription("The routing group of queries for which the rules, or the service, name none")
    public TrinoGatewayConfig setDefaultRoutingGroup(String defaultRoutingGroup)
    {
        this.defaultRoutingGroup = defaultRoutingGroup;
        return this;
    }

    public boolean isAnalyzeStatements()
    {
        return analyzeStatements;
    }

    @Config("cluster-selection.analyze-statements")
    @ConfigDescription("Whether rules, or the service, get trinoQueryProperties and trinoRequestUser")
    public TrinoGatewayConfig setAnalyzeStatements(boolean analyzeStatements)
    {
        this.analyzeStatements = analyzeStatements;
        return this;
    }
}
