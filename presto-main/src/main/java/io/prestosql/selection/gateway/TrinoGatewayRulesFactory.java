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

import io.prestosql.selection.PolicyConfiguration;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.prestosql.spi.selection.SelectionRequest;

import java.util.Map;
import java.util.function.Function;

import static java.util.Objects.requireNonNull;

/**
 * Makes policies that select clusters by a rule file of Trino Gateway.
 */
public class TrinoGatewayRulesFactory
        implements ClusterSelectionPolicyFactory
{
    public static final String NAME = "trino-gateway-rules";

    private final Function<SelectionRequest, StatementFacts> statements;
    private final TrinoGatewayCounters counters;

    /**
     * @param statements finds what the statement of a request is about; the statement parses, and is not EXECUTE if its prepared statement is known
     */
    public TrinoGatewayRulesFactory(Function<SelectionRequest, StatementFacts> statements, TrinoGatewayCounters counters)
    {
        this.statements = requireNonNull(statements, "statements is null");
        this.counters = requireNonNull(counters, "counters is null");
    }

    @Override
    public String getName()
    {
        return NAME;
    }

    @Override
    public ClusterSelectionPolicy create(Map<String, String> config, ClusterSelectionContext context)
    {
        TrinoGatewayRules policy = new TrinoGatewayRules(PolicyConfiguration.build(config, TrinoGatewayRulesConfig.class), statements, counters, context);
        policy.start();
        return policy;
    }
}
