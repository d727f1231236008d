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
package io.prestosql.simulation;

import com.google.common.collect.ImmutableList;
import io.prestosql.coordinator.CoordinatorLease;
import io.prestosql.coordinator.CoordinatorLease.Verdict;
import io.prestosql.protocol.Stamp;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent.EndTold;
import io.prestosql.simulation.Journal.Execution;
import io.trino.spi.QueryId;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static io.prestosql.simulation.Simulation.LEASE;
import static io.prestosql.simulation.Simulation.MILLIS;
import static io.trino.spi.StandardErrorCode.DIVISION_BY_ZERO;

/**
 * A coordinator that runs the production lease, and queries that take their time.
 */
final class SimulatedCoordinator
        extends Node
{
    private static final long MEAN_EXECUTION = 400 * MILLIS;
    private static final long LONG_EXECUTION = 8000 * MILLIS;
    private static final long TICK = 100 * MILLIS;
    private static final long MEAN_TELLING = 100 * MILLIS;

    private static final class Query
    {
        private Optional<Execution> execution = Optional.empty();
        private boolean over;
        private boolean told;
        private Optional<QueryFailure> failure = Optional.empty();
        private Optional<Long> recordedNanos = Optional.empty();
        private long change;
    }

    record QueryLine(QueryId queryId, boolean over, Optional<QueryFailure> failure, EndTold endTold) {}

    record Report(boolean deposed, Stamp stamp, boolean hasLease, long version, boolean complete, List<QueryLine> queries) {}

    /** What a client gets that asks for rows. */
    record Page(boolean known, Optional<Execution> rows, boolean over, Optional<QueryFailure> failure) {}

    private final Variant variant;
    private final Journal journal;
    private final Map<QueryId, Query> queries = new LinkedHashMap<>();
    private CoordinatorLease lease;
    private long version;

    SimulatedCoordinator(World world, String name, double maxDrift, Variant variant, Journal journal)
    {
        super(world, name, maxDrift);
        this.variant = variant;
        this.journal = journal;
    }

    @Override
    protected void started()
    {
        long process = generation();
        long[] leases = new long[1];
        lease = new CoordinatorLease(LEASE, () -> {
            leases[0]++;
            return "%s-%s".formatted(process, leases[0]);
        });
        every(TICK, this::expire);
    }

    @Override
    protected void killed()
    {
        giveUpAll();
    }

    private void giveUpAll()
    {
        queries.values().forEach(query -> query.execution.ifPresent(journal::over));
        queries.clear();
    }

    private void expire()
    {
        if (variant != Variant.NO_SELF_FENCING && lease.expire(clock())) {
            world.trace(() -> this + " gives up what it runs, as its lease is over");
            giveUpAll();
        }
    }

    boolean isRunning(Execution execution)
    {
        boolean leaseOver = variant != Variant.NO_SELF_FENCING && lease.leaseEnd().stream().noneMatch(end -> clock() - end < 0);
        return isAlive() && !leaseOver && execution.incarnation().equals(lease.incarnation());
    }

    Report report(long epoch, boolean complete, long afterVersion, Optional<Stamp> renewal, List<QueryId> recorded)
    {
        expire();
        if (lease.observe(epochOf(epoch), clock()) != Verdict.OBEY) {
            return new Report(true, stamp(), false, version, false, ImmutableList.of());
        }
        renewal.ifPresent(stamp -> lease.renew(epochOf(epoch), stamp.incarnation(), stamp.saidNanos()));
        for (QueryId queryId : recorded) {
            Optional.ofNullable(queries.get(queryId)).ifPresent(query -> query.recordedNanos = query.recordedNanos.or(() -> Optional.of(clock())));
        }
        queries.values().removeIf(this::mayForget);
        ImmutableList.Builder<QueryLine> lines = ImmutableList.builder();
        queries.forEach((queryId, query) -> {
            if (complete || query.change > afterVersion) {
                lines.add(new QueryLine(queryId, query.over, query.failure, endTold(query)));
            }
        });
        return new Report(false, stamp(), lease.leaseEnd().isPresent(), version, complete || variant == Variant.MISTAKE_CHANGES_FOR_ALL, lines.build());
    }

    private EndTold endTold(Query query)
    {
        if (query.execution.isEmpty()) {
            return EndTold.NEVER;
        }
        return query.told || variant == Variant.REPORT_TOLD_EARLY ? EndTold.YES : EndTold.NOT_YET;
    }

    private boolean mayForget(Query query)
    {
        if (variant == Variant.FORGET_UNRECORDED_ENDS) {
            return query.over && world.chance(0.1);
        }
        // what is ordered may come as late as this
        long keep = variant == Variant.FORGET_TOO_EARLY ? 0 : LEASE;
        return query.over && query.recordedNanos.map(recorded -> clock() - recorded > keep).orElse(false);
    }

    private Stamp stamp()
    {
        return new Stamp(lease.incarnation(), clock());
    }

    private long epochOf(long epoch)
    {
        return variant == Variant.SKIP_FENCING ? Math.max(epoch, lease.highestEpoch()) : epoch;
    }

    private String incarnationOf(String incarnation)
    {
        return variant == Variant.IGNORE_INCARNATION ? lease.incarnation() : incarnation;
    }

    Verdict dispatch(QueryId queryId, long epoch, String incarnation, long saidNanos, int run)
    {
        expire();
        Verdict verdict = lease.judgeStart(epochOf(epoch), incarnationOf(incarnation), saidNanos, clock());
        if (verdict != Verdict.OBEY) {
            world.trace(() -> "%s refuses %s of epoch %s: %s".formatted(this, queryId, epoch, verdict));
            return verdict;
        }
        if (!queries.containsKey(queryId)) {
            world.trace(() -> "%s starts run %s of %s, of epoch %s".formatted(this, run, queryId, epoch));
            Query query = new Query();
            queries.put(queryId, query);
            query.execution = Optional.of(journal.started(queryId, this, lease.incarnation(), epoch, variant == Variant.REPEAT_RUN ? 0 : run));
            changed(query);
            later(world.around(world.chance(0.2) ? LONG_EXECUTION : MEAN_EXECUTION), () -> {
                if (queries.get(queryId) == query && !query.over) {
                    over(query, world.chance(0.1) ? Optional.of(new QueryFailure(DIVISION_BY_ZERO, "Division by zero")) : Optional.empty());
                }
            });
        }
        return Verdict.OBEY;
    }

    private void over(Query query, Optional<QueryFailure> failure)
    {
        query.over = true;
        query.failure = failure;
        query.execution.ifPresent(journal::over);
        changed(query);
        query.execution.ifPresent(execution -> later(world.around(MEAN_TELLING), () -> {
            journal.listenersTold(execution.queryId());
            query.told = true;
            changed(query);
        }));
    }

    private void changed(Query query)
    {
        version++;
        query.change = version;
    }

    Verdict stop(QueryId queryId, long epoch, String incarnation, QueryFailure reason)
    {
        expire();
        Verdict verdict = lease.judge(epochOf(epoch), incarnationOf(incarnation));
        if (verdict != Verdict.OBEY) {
            return verdict;
        }
        Query query = queries.get(queryId);
        if (query == null) {
            if (variant != Variant.NO_TOMBSTONE) {
                query = new Query();
                queries.put(queryId, query);
                over(query, Optional.of(reason));
            }
        }
        else if (!query.over) {
            over(query, Optional.of(reason));
        }
        return Verdict.OBEY;
    }

    Page page(QueryId queryId)
    {
        expire();
        Query query = queries.get(queryId);
        if (query == null || query.execution.isEmpty()) {
            return query == null ? new Page(false, Optional.empty(), false, Optional.empty()) : new Page(true, Optional.empty(), query.over, query.failure);
        }
        return new Page(true, query.failure.isEmpty() ? query.execution : Optional.empty(), query.over, query.failure);
    }
}
