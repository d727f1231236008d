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

import com.google.common.collect.ImmutableList;
import io.prestosql.selection.PolicyConfiguration;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;

import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * Makes policies that select clusters as Trino Gateway does.
 *
 * @param <C> the configuration of one of the ways in which it does
 */
final class TrinoGatewayPolicyFactory<C>
        implements ClusterSelectionPolicyFactory
{
    private final String name;
    private final Class<C> configClass;
    private final PolicyMaker<C> maker;

    interface PolicyMaker<C>
    {
        ClusterSelectionPolicy make(TrinoGatewayConfig common, C config, ClusterSelectionContext context);
    }

    private TrinoGatewayPolicyFactory(String name, Class<C> configClass, PolicyMaker<C> maker)
    {
        this.name = requireNonNull(name, "name is null");
        this.configClass = requireNonNull(configClass, "configClass is null");
        this.maker = requireNonNull(maker, "maker is null");
    }

    static ClusterSelectionPolicyFactory forRules(TrinoGatewayCounters counters)
    {
        return new TrinoGatewayPolicyFactory<>("trino-gateway-rules", TrinoGatewayRulesConfig.class, (common, config, context) -> {
            TrinoGatewayRules policy = new TrinoGatewayRules(common, config, counters, context);
            policy.start();
            return policy;
        });
    }

    static ClusterSelectionPolicyFactory forService(TrinoGatewayCounters counters)
    {
        return new TrinoGatewayPolicyFactory<>("trino-gateway-service", TrinoGatewayServiceConfig.class, (common, config, context) -> new TrinoGatewayService(common, config, counters, context));
    }

    @Override
    public String getName()
    {
        return name;
    }

    @Override
    public ClusterSelectionPolicy create(Map<String, String> properties, ClusterSelectionContext context)
    {
        PolicyConfiguration configuration = PolicyConfiguration.parse(properties, ImmutableList.of(TrinoGatewayConfig.class, configClass));
        return maker.make(configuration.get(TrinoGatewayConfig.class), configuration.get(configClass), context);
    }
}
