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
package io.prestosql.queue;

import io.airlift.units.Duration;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.queue.LeaderElection.Takeover;
import io.prestosql.queue.core.CoordinatorLoss;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueryFate;
import io.prestosql.queue.core.QueryFates;
import io.prestosql.queue.core.QueueEffect;
import io.prestosql.queue.core.QueueRecord;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogMember;
import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import static io.prestosql.node.ClusterName.DEFAULT;
import static io.prestosql.node.DispatcherErrorCode.COORDINATOR_LOST;
import static io.prestosql.queue.FailoverHistory.MAX_EVENTS;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestFailoverHistory
{
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00Z");
    private static final CoordinatorIncarnation COORDINATOR = new CoordinatorIncarnation(DEFAULT, "coordinator-1", "a");
    private static final QueryFailure LOST = new QueryFailure(COORDINATOR_LOST, "lost");
    private static final String REFUSES = "it refuses connections";

    private long nanos;
    private final FailoverHistory history = new FailoverHistory(Clock.fixed(TIME, ZoneOffset.UTC), () -> nanos);

    @Test
    public void testTakeover()
    {
        history.leaderSeen(leader(1, "dispatcher-1"));
        nanos += SECONDS.toNanos(10);
        history.takesOver(2, "dispatcher-2", List.of(
                submitted("waiting"),
                submitted("found"),
                submitted("lost"),
                submitted("over"),
                dispatched("found"),
                dispatched("lost"),
                // an earlier leader ran this query again
                dispatched("lost"),
                dispatched("over"),
                ended("over"),
                // this record was written after the query was forgotten
                dispatched("forgotten")));
        assertThat(history.getElections()).extracting(LeaderElection::epoch).containsExactly(2L, 1L);
        assertThat(takeover()).isEqualTo(new Takeover(Optional.empty(), 4, 1, 2, QueryFates.NONE, 2));

        history.leads(2, new Duration(15, MILLISECONDS));
        history.leaderSeen(leader(2, "dispatcher-2"));
        history.settled(new QueueEffect.Settled(new QueryId("found"), COORDINATOR, true, QueryFate.FOUND, Optional.empty(), Optional.empty()), 2);
        assertThat(takeover().fates().found()).isEqualTo(1);
        assertThat(takeover().open()).isEqualTo(1);
        history.settled(new QueueEffect.Settled(new QueryId("lost"), COORDINATOR, true, QueryFate.FAILED, Optional.of(REFUSES), Optional.of(LOST)), 2);

        QueryFates fates = new QueryFates(1, 0, 0, 0, 0, 1, Map.of("COORDINATOR_LOST", 1));
        assertThat(history.getElections()).containsExactly(
                new LeaderElection(TIME, 0, 2, "dispatcher-2", Optional.of(new Takeover(Optional.of(15L), 4, 1, 2, fates, 0))),
                new LeaderElection(TIME, 10_000, 1, "dispatcher-1", Optional.empty()));
        // the loss counts its own query, too
        assertThat(history.getLosses()).containsExactly(
                new CoordinatorLoss(TIME, 0, COORDINATOR, REFUSES, Optional.of(2L), Optional.of(new QueryFates(0, 0, 0, 0, 0, 1, Map.of("COORDINATOR_LOST", 1)))));
        assertThat(history.getFoundQueries()).isEqualTo(1);
        assertThat(history.getFailedQueries()).isEqualTo(1);
        assertThat(history.getRerunQueries()).isZero();
    }

    @Test
    public void testLossWhileThisDispatcherLeads()
    {
        history.takesOver(1, "dispatcher-1", List.of());
        history.leads(1, new Duration(1, MILLISECONDS));
        history.coordinatorLost(COORDINATOR, REFUSES, OptionalLong.of(1));
        nanos += SECONDS.toNanos(3);
        history.settled(lost("again", QueryFate.RUN_AGAIN, Optional.empty()), 1);
        history.settled(lost("failed", QueryFate.FAILED, Optional.of(LOST)), 1);
        history.settled(lost("stopped", QueryFate.STOPPED, Optional.of(new QueryFailure(USER_CANCELED, "canceled"))), 1);
        assertThat(history.getLosses()).containsExactly(new CoordinatorLoss(
                TIME,
                3000,
                COORDINATOR,
                REFUSES,
                Optional.of(1L),
                Optional.of(new QueryFates(0, 0, 0, 1, 1, 1, Map.of("COORDINATOR_LOST", 1)))));
        // these queries were not inherited from an earlier leader
        assertThat(takeover()).isEqualTo(new Takeover(Optional.of(1L), 0, 0, 0, QueryFates.NONE, 0));
        assertThat(history.getRerunQueries()).isEqualTo(1);
    }

    @Test
    public void testLossOfSilentCoordinatorIsRecordedWithItsQueries()
    {
        history.takesOver(1, "dispatcher-1", List.of());
        history.settled(new QueueEffect.Settled(new QueryId("failed"), COORDINATOR, false, QueryFate.FAILED, Optional.of("it was silent until its lease was over"), Optional.of(LOST)), 1);
        assertThat(history.getLosses()).singleElement().satisfies(loss -> {
            assertThat(loss.reason()).isEqualTo("it was silent until its lease was over");
            assertThat(loss.fates()).map(QueryFates::failed).contains(1);
        });
    }

    @Test
    public void testStandbyDoesNotKnowWhatBecameOfQueries()
    {
        history.coordinatorLost(COORDINATOR, REFUSES, OptionalLong.empty());
        assertThat(history.getLosses()).containsExactly(new CoordinatorLoss(TIME, 0, COORDINATOR, REFUSES, Optional.empty(), Optional.empty()));

        // this dispatcher takes over and inherits a query of that coordinator
        history.takesOver(2, "dispatcher-1", List.of(submitted("query"), dispatched("query")));
        history.settled(new QueueEffect.Settled(new QueryId("query"), COORDINATOR, true, QueryFate.FAILED, Optional.of("it was restarted"), Optional.of(LOST)), 2);
        assertThat(history.getLosses()).singleElement().satisfies(loss -> {
            assertThat(loss.reason()).isEqualTo(REFUSES);
            assertThat(loss.epoch()).contains(2L);
            assertThat(loss.fates()).map(QueryFates::failed).contains(1);
        });
    }

    @Test
    public void testOldEventsAreForgotten()
    {
        for (int i = 1; i <= MAX_EVENTS + 5; i++) {
            history.leaderSeen(leader(i, "dispatcher"));
            history.coordinatorLost(new CoordinatorIncarnation(DEFAULT, "coordinator", "process-" + i), REFUSES, OptionalLong.empty());
        }
        assertThat(history.getElections()).hasSize(MAX_EVENTS).extracting(LeaderElection::epoch).startsWith(MAX_EVENTS + 5L);
        assertThat(history.getLosses()).hasSize(MAX_EVENTS).extracting(loss -> loss.coordinator().incarnation()).startsWith("process-" + (MAX_EVENTS + 5));
    }

    private Takeover takeover()
    {
        return history.getElections().getFirst().takeover().orElseThrow();
    }

    private static QueueEffect.Settled lost(String query, QueryFate fate, Optional<QueryFailure> failure)
    {
        return new QueueEffect.Settled(new QueryId(query), COORDINATOR, false, fate, Optional.of(REFUSES), failure);
    }

    private static QueryLogLeader leader(long epoch, String nodeId)
    {
        return new QueryLogLeader(epoch, new QueryLogMember(nodeId, URI.create("http://" + nodeId + ":8080")));
    }

    private static QueueRecord submitted(String query)
    {
        return new QueueRecord.Submitted(new QueryId(query));
    }

    private static QueueRecord dispatched(String query)
    {
        return new QueueRecord.Dispatched(new QueryId(query), COORDINATOR, true, 0);
    }

    private static QueueRecord ended(String query)
    {
        return new QueueRecord.Ended(new QueryId(query), QueryEnd.failed(new QueryFailure(USER_CANCELED, "canceled")), false);
    }
}
