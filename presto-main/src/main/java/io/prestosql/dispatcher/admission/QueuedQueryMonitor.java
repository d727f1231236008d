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
package io.prestosql.dispatcher.admission;

import com.google.inject.Inject;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.trino.client.NodeVersion;
import io.trino.connector.CatalogServiceProvider;
import io.trino.cost.StatsAndCosts;
import io.trino.event.QueryMonitor;
import io.trino.event.QueryMonitorConfig;
import io.trino.eventlistener.EventListenerManager;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.StageInfo;
import io.trino.metadata.FunctionManager;
import io.trino.metadata.GlobalFunctionCatalog;
import io.trino.metadata.LanguageFunctionProvider;
import io.trino.metadata.SessionPropertyManager;
import io.trino.operator.OperatorStats;
import io.trino.server.BasicQueryInfo;

import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;

/**
 * Tells event listeners of the queries that coordinators do not tell them of. The plans of these queries, if any, are not known, so functions
 * and metadata are not asked for anything.
 * <p>
 * The events of the dispatcher's engine are not passed on: it does not know whether a query is over for good.
 */
public class QueuedQueryMonitor
        extends QueryMonitor
{
    @Inject
    public QueuedQueryMonitor(
            JsonCodec<ExecutionFailureInfo> failureCodec,
            EventListenerManager eventListenerManager,
            NodeInfo nodeInfo,
            NodeVersion nodeVersion,
            SessionPropertyManager sessionPropertyManager,
            QueryMonitorConfig config)
    {
        super(
                jsonCodec(StageInfo.class),
                jsonCodec(OperatorStats.class),
                failureCodec,
                jsonCodec(StatsAndCosts.class),
                eventListenerManager,
                nodeInfo,
                nodeVersion,
                sessionPropertyManager,
                DispatcherMetadata.create(),
                new FunctionManager(CatalogServiceProvider.fail(), noFunctions(), LanguageFunctionProvider.DISABLED),
                config);
    }

    private static GlobalFunctionCatalog noFunctions()
    {
        return new GlobalFunctionCatalog(
                () -> {
                    throw new UnsupportedOperationException();
                },
                () -> {
                    throw new UnsupportedOperationException();
                },
                () -> {
                    throw new UnsupportedOperationException();
                });
    }

    @Override
    public void queryCreatedEvent(BasicQueryInfo queryInfo) {}

    @Override
    public void queryImmediateFailureEvent(BasicQueryInfo queryInfo, ExecutionFailureInfo failure) {}

    /**
     * @param failure why the query has failed; empty when it has finished at a coordinator that cannot say so any more
     * @param created whether listeners have not heard of the query before
     */
    void ended(BasicQueryInfo queryInfo, Optional<ExecutionFailureInfo> failure, boolean created)
    {
        if (created) {
            super.queryCreatedEvent(queryInfo);
        }
        // the engine's event of a query without statistics
        super.queryImmediateFailureEvent(queryInfo, failure.orElse(null));
    }
}
