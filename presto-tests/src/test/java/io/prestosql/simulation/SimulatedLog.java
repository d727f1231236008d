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
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueueRecord;
import io.trino.spi.QueryId;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static io.prestosql.simulation.World.MILLIS;

/**
 * The query log as its contract describes it: a single node that elects leaders, and orders and keeps records. It is down while this node
 * is paused.
 */
final class SimulatedLog
        extends Node
{
    private static final long LEADER_LEASE = 800 * MILLIS;

    enum AppendAnswer { DONE, DEPOSED }

    /**
     * @param leadsIn the epoch in which the asking process leads, if it does
     * @param records the live records, for a leader that does not have them yet
     */
    record Standing(Optional<Long> leadsIn, Optional<List<QueueRecord>> records) {}

    private record Member(String name, long generation) {}

    private final Map<Member, Long> lastHeard = new LinkedHashMap<>();
    private final List<QueueRecord> records = new ArrayList<>();
    /** Queries of whose submissions only the displayed part is kept. */
    private final Set<QueryId> condensed = new LinkedHashSet<>();
    private Optional<Member> leader = Optional.empty();
    private long epoch;
    private long lastBatch;

    SimulatedLog(World world)
    {
        super(world, "log", 0);
    }

    @Override
    protected void started() {}

    @Override
    protected void killed() {}

    /**
     * Takes a sign of life from a member, and tells it whether it leads.
     *
     * @param leading the epoch in which the member believes that it leads
     */
    Standing heartbeat(SimulatedDispatcher dispatcher, long generation, long leading)
    {
        Member member = new Member(dispatcher.name(), generation);
        long now = clock();
        lastHeard.put(member, now);
        boolean leaderIsSilent = leader.map(current -> now - lastHeard.get(current) > LEADER_LEASE || (current.name().equals(member.name()) && current.generation() < generation)).orElse(true);
        // a leader that does not know its epoch has missed the answer, and is elected again
        boolean toldInVain = leader.equals(Optional.of(member)) && leading != epoch;
        if (leaderIsSilent || toldInVain) {
            epoch++;
            lastBatch = 0;
            leader = Optional.of(member);
            world.trace(() -> "%s leads in epoch %s".formatted(dispatcher, epoch));
        }
        if (!leader.equals(Optional.of(member))) {
            return new Standing(Optional.empty(), Optional.empty());
        }
        if (leading == epoch) {
            return new Standing(Optional.of(epoch), Optional.empty());
        }
        checkTextsAreThere();
        return new Standing(Optional.of(epoch), Optional.of(ImmutableList.copyOf(records)));
    }

    /**
     * Appends a batch, unless the same leader has already appended a later one.
     */
    AppendAnswer append(long appendEpoch, long batch, List<QueueRecord> batchRecords)
    {
        if (appendEpoch != epoch) {
            return AppendAnswer.DEPOSED;
        }
        if (batch <= lastBatch) {
            // a late batch: its sender was told that the outcome is in doubt, or it is a copy
            return AppendAnswer.DONE;
        }
        lastBatch = batch;
        for (QueueRecord record : batchRecords) {
            if (record instanceof QueueRecord.Forgotten forgotten) {
                records.removeIf(other -> other.queryId().equals(forgotten.queryId()));
                condensed.remove(forgotten.queryId());
            }
            else if (record instanceof QueueRecord.Condensed(QueryId queryId)) {
                if (records.contains(new QueueRecord.Submitted(queryId))) {
                    condensed.add(queryId);
                }
            }
            else if (record instanceof QueueRecord.Told(QueryId queryId, QueryEnd _)) {
                records.replaceAll(other -> other instanceof QueueRecord.Ended ended && ended.queryId().equals(queryId) ? new QueueRecord.Ended(queryId, ended.end(), false) : other);
            }
            else {
                records.add(record);
            }
        }
        return AppendAnswer.DONE;
    }

    /**
     * Checks that every live query among the leader's records can be run.
     */
    private void checkTextsAreThere()
    {
        for (QueryId queryId : condensed) {
            if (records.stream().noneMatch(record -> record instanceof QueueRecord.Ended ended && ended.queryId().equals(queryId))) {
                throw new InvariantViolation("I1: the leader of epoch %s has the beginning of query %s only, which is not over".formatted(epoch, queryId));
            }
        }
    }

    boolean confirm(long confirmEpoch)
    {
        return confirmEpoch == epoch;
    }
}
