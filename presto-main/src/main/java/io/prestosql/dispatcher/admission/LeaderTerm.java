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

import com.google.common.collect.ConcurrentHashMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Multiset;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.prestosql.queries.EachQuery;
import io.prestosql.queries.SubmissionTime;
import io.prestosql.queue.LeaderEvents;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.rpc.NotLeaderException;
import io.trino.dispatcher.DispatchManager;
import io.trino.dispatcher.DispatchQuery;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.server.SessionContext;
import io.trino.server.protocol.Slug;
import io.trino.spi.QueryId;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * Holds the queries of one term in which this dispatcher leads. Terms share no queries.
 */
public class LeaderTerm
{
    private static final Logger log = Logger.get(LeaderTerm.class);

    private final EachQuery abandoned = new EachQuery(log, "abandoning");
    private final long epoch;
    private final DispatchManager dispatchManager;
    private final LeaderEvents events;
    private final HttpRequestSessionContextFactory sessionContextFactory;
    private final Executor executor;
    private final int maxCreators;
    private final AdmissionGate gate;
    private final Map<QueryId, ClientQuery> queries = new ConcurrentHashMap<>();
    /** The transactions of queries that are not over. */
    private final Multiset<String> transactions = ConcurrentHashMultiset.create();
    /**
     * The queries that wait for their turn to be created. The engine creates queries on many threads, and so does not keep their order. Those
     * of an earlier leader take turns, and so do queries that come while there are any.
     */
    private final Queue<ClientQuery> inherited = new ArrayDeque<>();
    private final long startNanos = System.nanoTime();
    private int creators;
    private int createdInTurn;
    private boolean allInheritedEnqueued;
    /** The number of queries that may be running and are not in their groups yet. They come before all others. */
    private int mayRunToCreate;
    private boolean allThatMayRunEnqueued;
    private boolean tookOver;
    private boolean logged;
    private ListenableFuture<Void> nextTurn = immediateVoidFuture();
    private boolean closed;

    /**
     * @param maxCreators how many queries of an earlier leader may be created at the same time. All but one of them may wait for their turn,
     * each on one of the engine's threads for dispatching.
     */
    LeaderTerm(long epoch, DispatchManager dispatchManager, LeaderEvents events, HttpRequestSessionContextFactory sessionContextFactory, Executor executor, int maxCreators, AdmissionGate gate)
    {
        checkArgument(maxCreators > 0, "maxCreators is not positive");
        this.epoch = epoch;
        this.dispatchManager = requireNonNull(dispatchManager, "dispatchManager is null");
        this.events = requireNonNull(events, "events is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.maxCreators = maxCreators;
        this.gate = requireNonNull(gate, "gate is null");
    }

    public long epoch()
    {
        return epoch;
    }

    public DispatchManager dispatchManager()
    {
        return dispatchManager;
    }

    void add(ClientQuery query)
    {
        queries.put(query.queryId(), query);
        query.submittedQuery().request().transactionId().ifPresent(transaction -> {
            transactions.add(transaction);
            query.over().addListener(() -> transactions.remove(transaction), directExecutor());
        });
    }

    public Optional<ClientQuery> get(QueryId queryId)
    {
        return Optional.ofNullable(queries.get(queryId));
    }

    public Optional<RemoteDispatchQuery> remoteQuery(QueryId queryId)
    {
        return get(queryId).flatMap(ClientQuery::remoteQuery);
    }

    Collection<ClientQuery> queries()
    {
        return queries.values();
    }

    void remove(ClientQuery query)
    {
        if (queries.remove(query.queryId(), query)) {
            if (query.end().isEmpty()) {
                query.submittedQuery().request().transactionId().ifPresent(transactions::remove);
            }
            query.destroy();
        }
    }

    /**
     * Returns the transactions with statements in the queue or running. These transactions must not idle out.
     */
    List<String> queuedTransactions()
    {
        return ImmutableList.copyOf(transactions.elementSet());
    }

    /**
     * Puts the query into the resource groups, behind those that were put there before.
     */
    void enqueue(QueryId queryId, boolean mayRun)
    {
        ClientQuery query = queries.get(queryId);
        if (query == null) {
            return;
        }
        query.enqueued(mayRun);
        synchronized (this) {
            if (mayRun) {
                mayRunToCreate++;
            }
            else {
                allThatMayRunEnqueued = true;
                endTakingOver();
            }
        }
        boolean inTurn;
        boolean oneMore;
        synchronized (this) {
            inTurn = query.sessionContext().isEmpty() || creators > 0;
            oneMore = inTurn && creators < maxCreators;
            if (inTurn) {
                inherited.add(query);
            }
            if (oneMore) {
                creators++;
            }
        }
        if (!inTurn) {
            create(query, immediateVoidFuture());
        }
        else if (oneMore) {
            executor.execute(this::createNextInherited);
        }
    }

    private void createNextInherited()
    {
        ClientQuery query;
        ListenableFuture<Void> turn;
        SettableFuture<Void> over = SettableFuture.create();
        synchronized (this) {
            query = closed ? null : inherited.poll();
            if (query == null) {
                creators--;
                logWhenInheritedAreCreated();
                return;
            }
            createdInTurn++;
            turn = nextTurn;
            nextTurn = over;
        }
        // a query that cannot be created does not wait for its turn
        ListenableFuture<?> _ = Futures.whenAllComplete(create(query, turn), turn).run(() -> {
            created(query);
            over.set(null);
            executor.execute(this::createNextInherited);
        }, directExecutor());
    }

    private synchronized void created(ClientQuery query)
    {
        if (query.mayRun()) {
            mayRunToCreate--;
            endTakingOver();
        }
    }

    /**
     * Ends the take-over when all queries that may be running have been created, before any other query gets its turn.
     */
    private synchronized void endTakingOver()
    {
        if (allThatMayRunEnqueued && mayRunToCreate == 0 && !tookOver && !closed) {
            tookOver = true;
            gate.setTakingOver(false);
        }
    }

    /**
     * Notes that all queries of earlier leaders have been enqueued that need not wait for their clients.
     */
    synchronized void allInheritedEnqueued()
    {
        allInheritedEnqueued = true;
        allThatMayRunEnqueued = true;
        endTakingOver();
        logWhenInheritedAreCreated();
    }

    private synchronized void logWhenInheritedAreCreated()
    {
        if (allInheritedEnqueued && creators == 0 && createdInTurn > 0 && !logged && !closed) {
            logged = true;
            log.info("The resource groups have the %s queries of earlier leaders that wait or run, %s after the election", createdInTurn, Duration.nanosSince(startNanos).convertToMostSuccinctTimeUnit());
        }
    }

    /**
     * @param turn done when the query may be put into its resource group
     */
    private ListenableFuture<Void> create(ClientQuery query, ListenableFuture<Void> turn)
    {
        QueryId queryId = query.queryId();
        SessionContext sessionContext;
        try {
            sessionContext = query.sessionContext().orElseGet(() -> query.submittedQuery().request().createSessionContext(sessionContextFactory));
        }
        catch (RuntimeException e) {
            // the session was valid where the query was submitted, so this dispatcher must be configured differently
            query.creationEnded();
            events.post(epoch, new QueueEvent.NotQueueable(queryId, QueryFailure.of(e)));
            return immediateVoidFuture();
        }
        QueryOrder order = new QueryOrder(query, epoch, query.mayRun(), SubmissionTime.until(Instant.now(), query.submittedQuery().createTime()), turn);
        query.span().addEvent("submit");
        ListenableFuture<Void> created;
        try (Scope _ = order.inContext(Context.current()).makeCurrent()) {
            created = dispatchManager.createQuery(queryId, query.span(), Slug.createNew(), sessionContext, order.request().sql());
        }
        created.addListener(() -> {
            query.creationEnded();
            DispatchQuery dispatchQuery = dispatchManager.getQuery(queryId);
            if (!(dispatchQuery instanceof RemoteDispatchQuery)) {
                events.post(epoch, new QueueEvent.NotQueueable(queryId, QueryFailure.of(dispatchQuery.getFullQueryInfo().getFailureInfo())));
            }
        }, directExecutor());
        return created;
    }

    void close()
    {
        synchronized (this) {
            closed = true;
            inherited.clear();
        }
        NotLeaderException reason = new NotLeaderException();
        abandoned.run(queries.values(), ClientQuery::queryId, query -> query.abandon(reason));
        queries.clear();
        dispatchManager.stop();
    }
}
