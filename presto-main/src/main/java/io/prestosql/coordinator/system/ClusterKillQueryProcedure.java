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

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.protocol.FailureBound;
import io.prestosql.queries.KillByQueryClient;
import io.prestosql.queries.KillByQueryClient.KillDeniedException;
import io.prestosql.queries.QueryKiller;
import io.prestosql.queries.QueryKiller.Outcome;
import io.prestosql.queries.View;
import io.prestosql.rpc.CoordinatorCallException;
import io.trino.FullConnectorSession;
import io.trino.annotation.UsedByGeneratedCode;
import io.trino.connector.system.KillQueryProcedure;
import io.trino.dispatcher.DispatchManager;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.security.AccessControl;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.security.Identity;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.MoreFutures.getFutureValue;
import static io.trino.connector.system.KillQueryProcedure.createKillQueryException;
import static io.trino.security.AccessControlUtil.checkCanKillQueryOwnedBy;
import static io.trino.spi.StandardErrorCode.GENERIC_INTERNAL_ERROR;
import static io.trino.spi.StandardErrorCode.NOT_FOUND;
import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;
import static io.trino.spi.StandardErrorCode.PERMISSION_DENIED;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;

/**
 * {@code system.runtime.kill_query} for queries of the whole cluster. Queries that run here are killed by the engine.
 */
public class ClusterKillQueryProcedure
        extends KillQueryProcedure
{
    private static final int FORBIDDEN = 403;

    private final DispatchManager dispatchManager;
    private final AccessControl accessControl;
    private final QueryKiller killer;
    private final KillByQueryClient dispatchers;

    @Inject
    public ClusterKillQueryProcedure(DispatchManager dispatchManager, AccessControl accessControl, QueryKiller killer, KillByQueryClient dispatchers)
    {
        super(Optional.of(dispatchManager), accessControl);
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.killer = requireNonNull(killer, "killer is null");
        this.dispatchers = requireNonNull(dispatchers, "dispatchers is null");
    }

    @UsedByGeneratedCode
    @Override
    public void killQuery(String queryId, String message, ConnectorSession session)
    {
        if (!isElsewhere(queryId)) {
            super.killQuery(queryId, message, session);
            return;
        }
        Identity identity = ((FullConnectorSession) session).getSession().getIdentity();
        ExecutionFailureInfo reason = toFailure(createKillQueryException(message));
        View<Outcome> outcome;
        try {
            outcome = getFutureValue(FluentFuture.from(killer.kill(QueryId.valueOf(queryId), reason, owner -> checkCanKillQueryOwnedBy(identity, owner, accessControl)))
                    .transformAsync(
                            own -> own.value() == Outcome.NOT_FOUND ? killAnywhere(queryId, session, reason, own.missing()) : immediateFuture(own),
                            directExecutor())
                    .catchingAsync(
                            CoordinatorCallException.class,
                            failure -> failure.getStatus() == FORBIDDEN ? killAnywhere(queryId, session, reason, ImmutableList.of()) : immediateFailedFuture(failure),
                            directExecutor()));
        }
        catch (TrinoException e) {
            throw e;
        }
        catch (KillDeniedException e) {
            throw new TrinoException(PERMISSION_DENIED, e.getMessage(), e);
        }
        catch (RuntimeException e) {
            throw new TrinoException(GENERIC_INTERNAL_ERROR, "It is not known whether the target query was killed: " + queryId, e);
        }
        switch (outcome.value()) {
            case ORDERED -> {}
            case NOT_RUNNING -> throw new TrinoException(NOT_SUPPORTED, "Target query is not running: " + queryId);
            case NOT_FOUND -> throw new TrinoException(NOT_FOUND, "Target query not found: " + queryId +
                    (outcome.missing().isEmpty() ? "" : ". Not asked: " + String.join(", ", outcome.missing())));
        }
    }

    /**
     * Kills a query of another cluster, or one that waits, which this cluster may not stop if it has a secret of its own.
     */
    private ListenableFuture<View<Outcome>> killAnywhere(String queryId, ConnectorSession session, ExecutionFailureInfo reason, List<String> missing)
    {
        return transform(
                dispatchers.kill(QueryId.valueOf(queryId), QueryId.valueOf(session.getQueryId()), FailureBound.DEFAULT.apply(reason)),
                outcome -> new View<>(outcome, missing),
                directExecutor());
    }

    /**
     * Returns whether the query is not running on this coordinator, which may have run it and given it up.
     */
    private boolean isElsewhere(String queryId)
    {
        try {
            return queryId != null && dispatchManager.getQuery(QueryId.valueOf(queryId)).isDone();
        }
        catch (NoSuchElementException e) {
            return true;
        }
        catch (IllegalArgumentException e) {
            // not a query id, which the engine reports
            return false;
        }
    }
}
