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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.prestosql.queue.core.QueryEnd;
import io.prestosql.queue.core.QueryFailure;
import io.prestosql.queue.core.QueueEvent;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.testing.TestingConditions;
import io.trino.spi.QueryId;
import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroupId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.reflect.Reflection.newProxy;
import static com.google.common.util.concurrent.Futures.getDone;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.dispatcher.admission.AdmissionFixture.EPOCH;
import static io.prestosql.dispatcher.admission.AdmissionFixture.inherited;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submitted;
import static io.prestosql.dispatcher.admission.AdmissionFixture.submittedHere;
import static io.trino.spi.StandardErrorCode.SYNTAX_ERROR;
import static io.trino.spi.StandardErrorCode.USER_CANCELED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

public class TestLeaderTerm
{
    static {
        TestingConditions.lookOften();
    }

    private static final QueryId ONE = new QueryId("one");
    private static final QueryId TWO = new QueryId("two");
    private static final QueryId THREE = new QueryId("three");

    private final AdmissionFixture fixture = new AdmissionFixture();

    @AfterEach
    public void tearDown()
            throws Exception
    {
        fixture.close();
    }

    @Test
    public void testQueryOfThisTermIsCreatedAtOnce()
    {
        Queue<Runnable> tasks = new ArrayDeque<>();
        LeaderTerm term = fixture.createTerm(EPOCH, tasks::add, 1);
        ClientQuery query = submittedHere(ONE, submitted());
        term.add(query);
        term.enqueue(ONE, false);
        assertThat(tasks).isEmpty();
        await().until(() -> query.created().isDone());
        assertThat(term.remoteQuery(ONE)).isPresent();
        assertThat(fixture.posted()).isEmpty();
    }

    @Test
    public void testUnknownQuery()
    {
        LeaderTerm term = fixture.createTerm();
        term.enqueue(ONE, true);
        assertThat(term.get(ONE)).isEmpty();
        assertThat(term.remoteQuery(ONE)).isEmpty();
        term.allInheritedEnqueued();
        assertThat(fixture.posted()).isEmpty();
    }

    /**
     * The engine creates the queries on threads, and the first of them takes longest.
     */
    @Test
    public void testQueriesOfEarlierLeaderKeepTheirOrder()
    {
        LeaderTerm term = fixture.createTerm(EPOCH, directExecutor(), 3);
        CountDownLatch one = fixture.hold(ONE);
        CountDownLatch two = fixture.hold(TWO);
        for (QueryId queryId : ImmutableList.of(ONE, TWO, THREE)) {
            term.add(inherited(queryId, submitted()));
            term.enqueue(queryId, false);
        }
        await().until(() -> fixture.arrived().size() == 3);
        two.countDown();
        one.countDown();
        await().untilAsserted(() -> assertThat(fixture.entered()).containsExactly("one closed", "two closed", "three closed"));
    }

    @Test
    public void testQueryOfThisTermComesBehindThoseOfEarlierLeader()
    {
        Queue<Runnable> tasks = new ArrayDeque<>();
        LeaderTerm term = fixture.createTerm(EPOCH, tasks::add, 2);
        term.add(inherited(ONE, submitted()));
        term.add(submittedHere(TWO, submitted()));
        CountDownLatch one = fixture.hold(ONE);
        term.enqueue(ONE, false);
        term.enqueue(TWO, false);
        tasks.forEach(Runnable::run);
        await().until(() -> fixture.arrived().size() == 2);
        assertThat(fixture.entered()).isEmpty();
        one.countDown();
        await().untilAsserted(() -> assertThat(fixture.entered()).containsExactly("one closed", "two closed"));
    }

    @Test
    public void testBoundOfThreads()
    {
        Queue<Runnable> tasks = new ArrayDeque<>();
        LeaderTerm term = fixture.createTerm(EPOCH, tasks::add, 2);
        for (QueryId queryId : ImmutableList.of(ONE, TWO, THREE)) {
            term.add(inherited(queryId, submitted()));
            term.enqueue(queryId, false);
        }
        assertThat(tasks).hasSize(2);
    }

    @Test
    public void testQueryWithoutValidSession()
    {
        LeaderTerm term = fixture.createTerm();
        ClientQuery one = inherited(ONE, submitted("SELECT 1", ImmutableMap.of()));
        term.add(one);
        term.add(inherited(TWO, submitted()));
        term.enqueue(ONE, false);
        term.enqueue(TWO, false);
        assertThat(one.created()).isDone();
        assertThat(fixture.posted()).singleElement().satisfies(event -> {
            assertThat(event).isInstanceOf(QueueEvent.NotQueueable.class);
            assertThat(((QueueEvent.NotQueueable) event).queryId()).isEqualTo(ONE);
        });
        // it does not keep others from their turns
        await().untilAsserted(() -> assertThat(fixture.entered()).containsExactly("two closed"));
    }

    @Test
    public void testQueryThatCannotBeParsed()
    {
        LeaderTerm term = fixture.createTerm();
        ClientQuery one = inherited(ONE, submitted("SELEC 1", ImmutableMap.of("x-trino-user", "alice")));
        term.add(one);
        term.add(inherited(TWO, submitted()));
        term.enqueue(ONE, false);
        term.enqueue(TWO, false);
        await().untilAsserted(() -> assertThat(fixture.posted()).singleElement().satisfies(event -> {
            assertThat(((QueueEvent.NotQueueable) event).queryId()).isEqualTo(ONE);
            assertThat(((QueueEvent.NotQueueable) event).reason().errorCode()).isEqualTo(SYNTAX_ERROR.toErrorCode());
        }));
        assertThat(one.created()).isDone();
        assertThat(term.remoteQuery(ONE)).isEmpty();
        await().untilAsserted(() -> assertThat(fixture.entered()).containsExactly("two closed"));
    }

    /**
     * Queries that may be running take their slots while the gate is open. It is closed before any other query can take one.
     */
    @Test
    public void testTakeOverEndsWhenAllThatMayRunHaveTheirSlots()
    {
        LeaderTerm term = fixture.createTerm(EPOCH, directExecutor(), 3);
        fixture.gate().setTakingOver(true);
        CountDownLatch two = fixture.hold(TWO);
        for (QueryId queryId : ImmutableList.of(ONE, TWO, THREE)) {
            term.add(inherited(queryId, submitted()));
        }
        term.enqueue(ONE, true);
        term.enqueue(TWO, true);
        ClientQuery one = term.get(ONE).orElseThrow();
        await().until(() -> one.created().isDone());
        assertThat(fixture.gate().isOpen()).as("more queries may be running").isTrue();
        term.enqueue(THREE, false);
        await().until(() -> fixture.arrived().size() == 3);
        assertThat(fixture.gate().isOpen()).as("the second query has no slot yet").isTrue();
        AtomicBoolean late = new AtomicBoolean();
        fixture.gate().gate(watchedRoot(() -> late.set(fixture.hasTurn(THREE))));
        two.countDown();
        await().untilAsserted(() -> assertThat(fixture.entered()).containsExactly("one open", "two open", "three closed"));
        assertThat(late).as("another query has its turn when the gate closes").isFalse();
    }

    /**
     * @param closed runs when the gate of the group is closed
     */
    private static ResourceGroup watchedRoot(Runnable closed)
    {
        return newProxy(ResourceGroup.class, (_, method, arguments) -> {
            if (method.getName().equals("getId")) {
                return new ResourceGroupId("root");
            }
            if (method.getName().equals("setHardConcurrencyLimit") && arguments[0].equals(0)) {
                closed.run();
            }
            return method.getReturnType() == int.class ? 1 : null;
        });
    }

    @Test
    public void testTakeOverEndsWithoutOtherQueries()
    {
        LeaderTerm term = fixture.createTerm();
        fixture.gate().setTakingOver(true);
        term.add(inherited(ONE, submitted()));
        term.enqueue(ONE, true);
        ClientQuery one = term.get(ONE).orElseThrow();
        await().until(() -> one.created().isDone());
        assertThat(fixture.gate().isOpen()).isTrue();
        term.allInheritedEnqueued();
        await().until(() -> !fixture.gate().isOpen());
    }

    /**
     * A term that is over must not end the take-over of the next one.
     */
    @Test
    public void testClosedTermLeavesTheGateAlone()
    {
        LeaderTerm term = fixture.createTerm();
        term.close();
        fixture.gate().setTakingOver(true);
        term.allInheritedEnqueued();
        assertThat(fixture.gate().isOpen()).isTrue();
    }

    @Test
    public void testTransactions()
    {
        LeaderTerm term = fixture.createTerm();
        ClientQuery one = inTransaction(ONE, "t");
        ClientQuery two = inTransaction(TWO, "t");
        ClientQuery three = inTransaction(THREE, "u");
        ClientQuery none = inTransaction(new QueryId("four"), "NONE");
        for (ClientQuery query : ImmutableList.of(one, two, three, none)) {
            term.add(query);
        }
        assertThat(term.queuedTransactions()).containsExactlyInAnyOrder("t", "u");
        end(one);
        term.remove(one);
        assertThat(term.queuedTransactions()).as("another statement of the transaction is not over").containsExactlyInAnyOrder("t", "u");
        end(two);
        assertThat(term.queuedTransactions()).containsExactly("u");
        // its client never asked for it
        term.remove(three);
        assertThat(term.queuedTransactions()).isEmpty();
    }

    @Test
    public void testRemove()
    {
        LeaderTerm term = fixture.createTerm();
        ClientQuery query = inherited(ONE, submitted());
        term.add(query);
        term.remove(inherited(ONE, submitted()));
        assertThat(term.get(ONE)).as("another query of this id").containsSame(query);
        term.remove(query);
        assertThat(term.get(ONE)).isEmpty();
        assertThat(term.queries()).isEmpty();
    }

    @Test
    public void testClose()
    {
        Queue<Runnable> tasks = new ArrayDeque<>();
        LeaderTerm term = fixture.createTerm(EPOCH, tasks::add, 1);
        ClientQuery created = submittedHere(ONE, submitted());
        // an attempt to create it would be noticed at once, as its session is not valid
        ClientQuery waits = inherited(TWO, submitted("SELECT 1", ImmutableMap.of()));
        term.add(created);
        term.add(waits);
        term.enqueue(ONE, false);
        await().until(() -> created.created().isDone());
        term.enqueue(TWO, false);
        RemoteDispatchQuery remote = term.remoteQuery(ONE).orElseThrow();

        term.close();
        assertThat(term.queries()).isEmpty();
        assertThat(remote.isAbandoned()).isTrue();
        // the engine frees the slot
        assertThat(remote.isDone()).isTrue();
        for (ClientQuery query : ImmutableList.of(created, waits)) {
            assertThatThrownBy(() -> getDone(query.answerable())).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(NotLeaderException.class);
            assertThatThrownBy(() -> getDone(query.over())).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(NotLeaderException.class);
        }
        // the next leader creates what was not created
        tasks.forEach(Runnable::run);
        assertThat(waits.created()).isNotDone();
        assertThat(fixture.posted()).isEmpty();
    }

    private static ClientQuery inTransaction(QueryId queryId, String transactionId)
    {
        return inherited(queryId, submitted("SELECT 1", ImmutableMap.of("x-trino-user", "alice", "x-trino-transaction-id", transactionId)));
    }

    private static void end(ClientQuery query)
    {
        query.ended(QueryEnd.failed(new QueryFailure(USER_CANCELED, "Query was canceled")));
    }
}
