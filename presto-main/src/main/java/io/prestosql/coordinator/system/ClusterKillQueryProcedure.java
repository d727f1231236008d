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

import com.google.inject.Inject;
import io.prestosql.queries.QueryKiller;
import io.prestosql.queries.QueryKiller.Outcome;
import io.prestosql.queries.View;
import io.trino.FullConnectorSession;
import io.trino.annotation.UsedByGeneratedCode;
import io.trino.connector.system.KillQueryProcedure;
import io.trino.dispatcher.DispatchManager;
import io.trino.security.AccessControl;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.security.Identity;

import java.util.NoSuchElementException;
import java.util.Optional;

import static io.airlift.concurrent.MoreFutures.getFutureValue;
import static io.trino.connector.system.KillQueryProcedure.createKillQueryException;
import static io.trino.security.AccessControlUtil.checkCanKillQueryOwnedBy;
import static io.trino.spi.StandardErrorCode.GENERIC_INTERNAL_ERROR;
import static io.trino.spi.StandardErrorCode.NOT_FOUND;
import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;
import static io.trino.util.Failures.toFailure;
import static java.util.Objects.requireNonNull;

/**
 * {@code system.runtime.kill_query} for queries of the whole cluster. Queries that run here are killed by the engine.
 */
public class ClusterKillQueryProcedure
        extends KillQueryProcedure
{
    private final DispatchManager dispatchManager;
    private final AccessControl accessControl;
    private final QueryKiller killer;

    @Inject
    public ClusterKillQueryProcedure(DispatchManager dispatchManager, AccessControl accessControl, QueryKiller killer)
    {
        super(Optional.of(dispatchManager), accessControl);
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.killer = requireNonNull(killer, "killer is null");
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
        View<Outcome> outcome;
        try {
            outcome = getFutureValue(killer.kill(
                    QueryId.valueOf(queryId),
                    toFailure(createKillQueryException(message)),
                    owner -> checkCanKillQueryOwnedBy(identity, owner, accessControl)));
        }
        catch (TrinoException e) {
            throw e;
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
