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

import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.queries.EachQuery;
import io.prestosql.queue.LeaderEvents;
import io.prestosql.queue.core.QueueEvent;
import io.trino.execution.QueryManagerConfig;

import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Forgets the queries that clients will not ask for any more: those that are over for long, and those that clients have submitted and never
 * asked for.
 */
class QueryPurger
{
    private static final Logger log = Logger.get(QueryPurger.class);
    private static final long PURGE_MILLIS = 500;
    /** Longer than the engine takes to make a query. */
    private static final Duration CREATION = new Duration(30, SECONDS);

    private final Supplier<Optional<LeaderTerm>> term;
    private final HistoryTexts historyTexts;
    private final LeaderEvents events;
    private final Duration submissionTimeout;
    private final Duration minExpireAge;
    private final Duration creation;
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("query-purger"));
    private final EachQuery purged = new EachQuery(log, "purging");

    /**
     * @param term the term in which this dispatcher leads, if it does
     */
    QueryPurger(Supplier<Optional<LeaderTerm>> term, HistoryTexts historyTexts, LeaderEvents events, QueryManagerConfig config)
    {
        this(term, historyTexts, events, config.getClientTimeout(), config.getMinQueryExpireAge(), CREATION);
    }

    /**
     * @param submissionTimeout how long a client may wait before it asks for its query
     * @param minExpireAge how long a query that is over is kept
     * @param creation how long the engine may take to make a query
     */
    QueryPurger(Supplier<Optional<LeaderTerm>> term, HistoryTexts historyTexts, LeaderEvents events, Duration submissionTimeout, Duration minExpireAge, Duration creation)
    {
        this.term = requireNonNull(term, "term is null");
        this.historyTexts = requireNonNull(historyTexts, "historyTexts is null");
        this.events = requireNonNull(events, "events is null");
        this.submissionTimeout = requireNonNull(submissionTimeout, "submissionTimeout is null");
        this.minExpireAge = requireNonNull(minExpireAge, "minExpireAge is null");
        this.creation = requireNonNull(creation, "creation is null");
    }

    void start()
    {
        executor.scheduleWithFixedDelay(() -> {
            try {
                purge();
            }
            catch (Throwable t) {
                log.error(t, "Error purging queries");
            }
        }, PURGE_MILLIS, PURGE_MILLIS, MILLISECONDS);
    }

    void stop()
    {
        executor.shutdownNow();
    }

    void purge()
    {
        term.get().ifPresent(current -> purged.run(current.queries(), ClientQuery::queryId, query -> {
            if (isForgettable(current, query)) {
                current.remove(query);
                historyTexts.forgotten(query);
                events.post(current.epoch(), new QueueEvent.Forget(query.queryId()));
            }
        }));
    }

    private boolean isForgettable(LeaderTerm current, ClientQuery query)
    {
        if (!query.isEnqueued() && query.end().isEmpty()) {
            return query.age().compareTo(submissionTimeout) >= 0;
        }
        // the engine keeps a history of queries; a query that was over before the engine had it is kept for the same time
        if (!query.isEnqueued()) {
            return query.isOverSince(minExpireAge);
        }
        // a query that was stopped at once may not have reached the engine yet
        return query.isOverSince(creation) && !current.dispatchManager().isQueryRegistered(query.queryId());
    }
}
