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

import io.airlift.units.DataSize;
import io.airlift.units.Duration;
import io.trino.Session;
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.QueryInfo;
import io.trino.execution.QueryState;
import io.trino.execution.StateMachine.StateChangeListener;
import io.trino.server.BasicQueryInfo;
import io.trino.spi.ErrorCode;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

import static java.util.Objects.requireNonNull;

/**
 * A turn of a query in the engine's resource group: first a place in the group's queue, then a slot. The group takes the turn for the query
 * itself, and has it until the turn ends, which need not be the end of the query. {@link GroupTurns} decides which query has which turn.
 */
final class GroupTurn
        implements ManagedQueryExecution
{
    private final GroupTurns<?> turns;
    private final List<StateChangeListener<QueryState>> listeners = new CopyOnWriteArrayList<>();
    private volatile ManagedQueryExecution query;
    private volatile boolean come;
    private volatile boolean ended;

    GroupTurn(GroupTurns<?> turns, ManagedQueryExecution query)
    {
        this.turns = requireNonNull(turns, "turns is null");
        this.query = requireNonNull(query, "query is null");
    }

    ManagedQueryExecution query()
    {
        return query;
    }

    /**
     * Gives the turn to another query of the same group.
     */
    void setQuery(ManagedQueryExecution query)
    {
        this.query = requireNonNull(query, "query is null");
    }

    /**
     * Ends the turn: nothing starts in it any more.
     */
    void end()
    {
        ended = true;
    }

    boolean isEnded()
    {
        return ended;
    }

    /**
     * Makes the group let go of the turn, after its end.
     */
    void leaveGroup()
    {
        listeners.forEach(listener -> listener.stateChanged(QueryState.FINISHED));
    }

    /**
     * Notes that the group has given the turn its slot.
     */
    void come()
    {
        come = true;
    }

    boolean hasCome()
    {
        return come;
    }

    @Override
    public void startWaitingForResources()
    {
        turns.come(this).forEach(ManagedQueryExecution::startWaitingForResources);
    }

    @Override
    public void fail(Throwable cause)
    {
        query.fail(cause);
    }

    @Override
    public void addStateChangeListener(StateChangeListener<QueryState> listener)
    {
        listeners.add(listener);
        if (ended) {
            // the query was over before the group listened
            listener.stateChanged(QueryState.FINISHED);
        }
    }

    @Override
    public Session getSession()
    {
        return query.getSession();
    }

    @Override
    public DataSize getUserMemoryReservation()
    {
        return query.getUserMemoryReservation();
    }

    @Override
    public DataSize getTotalMemoryReservation()
    {
        return query.getTotalMemoryReservation();
    }

    @Override
    public Duration getTotalCpuTime()
    {
        return query.getTotalCpuTime();
    }

    @Override
    public BasicQueryInfo getBasicQueryInfo()
    {
        return query.getBasicQueryInfo();
    }

    @Override
    public QueryInfo getFullQueryInfo()
    {
        return query.getFullQueryInfo();
    }

    @Override
    public QueryState getState()
    {
        return query.getState();
    }

    @Override
    public boolean isDone()
    {
        return ended || query.isDone();
    }

    @Override
    public Optional<ErrorCode> getErrorCode()
    {
        return query.getErrorCode();
    }
}
