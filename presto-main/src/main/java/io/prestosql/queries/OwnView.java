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
package io.prestosql.queries;

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.execution.QueryInfo;
import io.trino.spi.QueryId;
import io.trino.transaction.TransactionManager;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.trino.execution.QueryStateMachine.pruneQueryInfo;
import static java.util.Objects.requireNonNull;

/**
 * This coordinator's part of the view of the cluster.
 */
public class OwnView
{
    private static final Logger log = Logger.get(OwnView.class);

    private final EachQuery shown = new EachQuery(log, "showing");
    private final String nodeId;
    private final DispatchManager dispatchManager;
    private final TransactionManager transactionManager;

    @Inject
    public OwnView(NodeInfo nodeInfo, DispatchManager dispatchManager, TransactionManager transactionManager)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.transactionManager = requireNonNull(transactionManager, "transactionManager is null");
    }

    /**
     * Returns all queries that this coordinator knows.
     */
    public List<ViewedQuery> getQueries()
    {
        return shown.map(dispatchManager.getQueryTracker().getAllQueries(), DispatchQuery::getQueryId, query -> Optional.of(view(query)));
    }

    public Optional<ViewedQuery> findQuery(QueryId queryId)
    {
        return find(queryId).map(this::view);
    }

    private ViewedQuery view(DispatchQuery query)
    {
        return ViewedQuery.create(query, Optional.of(nodeId));
    }

    public Optional<QueryInfo> findInfo(QueryId queryId, boolean pruned)
    {
        return dispatchManager.getFullQueryInfo(queryId)
                .map(info -> pruned ? pruneQueryInfo(info, info.getVersion()) : info);
    }

    /**
     * Fails a query that is running here.
     *
     * @return whether the query was running here; if not, nothing was done
     */
    public boolean fail(QueryId queryId, ExecutionFailureInfo reason)
    {
        Optional<DispatchQuery> running = find(queryId).filter(query -> !query.isDone());
        running.ifPresent(query -> query.fail(reason.toException()));
        return running.isPresent();
    }

    private Optional<DispatchQuery> find(QueryId queryId)
    {
        try {
            return Optional.of(dispatchManager.getQuery(queryId));
        }
        catch (NoSuchElementException e) {
            return Optional.empty();
        }
    }

    public List<ViewedTransaction> getTransactions()
    {
        return transactionManager.getAllTransactionInfos().stream()
                .map(ViewedTransaction::create)
                .collect(toImmutableList());
    }
}
