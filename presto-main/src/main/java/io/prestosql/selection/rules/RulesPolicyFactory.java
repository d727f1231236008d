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

import io.prestosql.selection.PolicyConfiguration;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;

import java.util.Map;

/**
 * Makes {@link RulesPolicy}.
 */
public class RulesPolicyFactory
        implements ClusterSelectionPolicyFactory
{
    @Override
    public String getName()
    {
        return "file";
    }

    @Override
    public ClusterSelectionPolicy create(Map<String, String> properties, ClusterSelectionContext context)
    {
        RulesConfig config = PolicyConfiguration.build(properties, RulesConfig.class);
        return new RulesPolicy(config.getConfigFile(), config.getRefreshPeriod(), context);
    }
}
