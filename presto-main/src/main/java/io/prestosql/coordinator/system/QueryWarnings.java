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
package io.prestosql.coordinator.system;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.inject.Inject;
import io.opentelemetry.context.Context;
import io.prestosql.coordinator.AssignedQuery;
import io.trino.execution.warnings.DefaultWarningCollector;
import io.trino.execution.warnings.WarningCollector;
import io.trino.execution.warnings.WarningCollectorConfig;
import io.trino.execution.warnings.WarningCollectorFactory;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoWarning;
import io.trino.spi.WarningCode;

import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Lets code that runs for a query warn the query's client. The engine creates a collector for each query without naming the query, so the
 * assigned query is taken from the {@link Context}.
 */
public class QueryWarnings
        implements WarningCollectorFactory
{
    /** In the range of {@link io.prestosql.node.DispatcherErrorCode}. */
    private static final WarningCode INCOMPLETE_VIEW = new WarningCode(0x0790_0000, "INCOMPLETE_VIEW");

    private final WarningCollectorConfig config;
    /** Entries live as long as the engine has the query. */
    private final Cache<QueryId, WarningCollector> collectors = CacheBuilder.newBuilder()
            .weakValues()
            .build();

    @Inject
    public QueryWarnings(WarningCollectorConfig config)
    {
        this.config = requireNonNull(config, "config is null");
    }

    @Override
    public WarningCollector create()
    {
        WarningCollector collector = new DefaultWarningCollector(config);
        AssignedQuery.fromContext(Context.current()).ifPresent(query -> collectors.put(query.queryId(), collector));
        return collector;
    }

    /**
     * Warns the client of a query that its rows are incomplete.
     *
     * @param missing the missing parts of the cluster; no warning when empty
     */
    public void warnOfMissing(String queryId, List<String> missing)
    {
        if (!missing.isEmpty()) {
            Optional.ofNullable(collectors.getIfPresent(QueryId.valueOf(queryId)))
                    .ifPresent(collector -> collector.add(new TrinoWarning(INCOMPLETE_VIEW, "Not the whole cluster is shown. Missing: " + String.join(", ", missing))));
        }
    }
}
