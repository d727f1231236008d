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

import io.prestosql.rpc.Answer;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

public class TestQuerySearch
{
    private static final Answer<Optional<Found<String>>> UNKNOWN = new Answer.Given<>(Optional.empty());
    private static final Answer<Optional<Found<String>>> SILENT = new Answer.Missing<>("it does not answer");
    private static final Answer<Optional<Found<String>>> DEAD = new Answer.Dead<>();

    private final QuerySearch<String> search = new QuerySearch<>(Set.of("a", "b"));

    @Test
    public void testQueued()
    {
        assertThat(search.result()).isEmpty();
        search.queueAnswered(queued());
        // no coordinator has the query, so the search waits for none
        assertFound("queue");
    }

    @Test
    public void testRunningIsFoundWithoutTheQueueAndWithoutOthers()
    {
        search.coordinatorAnswered("b", running("b"));
        assertFound("b");
    }

    @Test
    public void testQueueNamesTheCoordinatorThatHasQuery()
    {
        search.queueAnswered(queuedAt("a", false));
        // an earlier run, which the queue has given up
        search.coordinatorAnswered("b", running("b"));
        assertThat(search.result()).isEmpty();
        search.coordinatorAnswered("a", running("a"));
        assertFound("a");
    }

    @Test
    public void testOnItsWayToTheCoordinator()
    {
        search.queueAnswered(queuedAt("a", false));
        search.coordinatorAnswered("a", UNKNOWN);
        assertFound("queue");
    }

    @Test
    public void testSilentCoordinatorHasIt()
    {
        search.coordinatorAnswered("b", UNKNOWN);
        search.queueAnswered(queuedAt("a", false));
        assertThat(search.result()).isEmpty();
        search.coordinatorAnswered("a", SILENT);
        assertFound("queue", "a (it does not answer)");
    }

    @Test
    public void testSilentCoordinatorThatDoesNotHaveIt()
    {
        search.queueAnswered(queuedAt("b", false));
        search.coordinatorAnswered("b", running("b"));
        assertFound("b");
    }

    @Test
    public void testDeadCoordinatorHadIt()
    {
        search.queueAnswered(queuedAt("a", false));
        search.coordinatorAnswered("a", DEAD);
        assertFound("queue");
    }

    @Test
    public void testCoordinatorThatIsNotAnnouncedHasIt()
    {
        search.queueAnswered(queuedAt("c", false));
        assertFound("queue", "c (it is not announced)");
    }

    /**
     * The queue has the end from the log. A coordinator that has lost its lease may not know it yet.
     */
    @Test
    public void testOverInTheQueue()
    {
        search.queueAnswered(queuedAt("a", true));
        search.coordinatorAnswered("a", running("a"));
        assertFound("queue");
    }

    @Test
    public void testEndedInQueueAndOnCoordinator()
    {
        search.queueAnswered(queuedAt("a", true));
        search.coordinatorAnswered("a", ended("a"));
        assertFound("a");
    }

    @Test
    public void testOverWithoutCoordinatorInTheQueue()
    {
        search.queueAnswered(found("queue", true, Optional.empty()));
        search.coordinatorAnswered("a", UNKNOWN);
        assertThat(search.result()).isEmpty();
        search.coordinatorAnswered("b", ended("b"));
        assertFound("b");
    }

    @Test
    public void testFailedBeforeAnyCoordinator()
    {
        search.queueAnswered(found("queue", true, Optional.empty()));
        search.coordinatorAnswered("a", UNKNOWN);
        search.coordinatorAnswered("b", SILENT);
        assertFound("queue");
    }

    /**
     * After a change of leaders, the queue does not know queries that had ended before.
     */
    @Test
    public void testForgottenByTheQueue()
    {
        search.queueAnswered(UNKNOWN);
        search.coordinatorAnswered("a", ended("a"));
        // the query may be running again on another coordinator
        assertThat(search.result()).isEmpty();
        search.coordinatorAnswered("b", UNKNOWN);
        assertFound("a");
    }

    @Test
    public void testUnknown()
    {
        search.queueAnswered(UNKNOWN);
        search.coordinatorAnswered("a", UNKNOWN);
        search.coordinatorAnswered("b", DEAD);
        assertThat(search.result()).contains(new View<>(Optional.empty(), List.of()));
    }

    @Test
    public void testUnknownToThoseWhoAnswer()
    {
        search.coordinatorAnswered("a", SILENT);
        search.coordinatorAnswered("b", UNKNOWN);
        assertThat(search.result()).isEmpty();
        search.queueAnswered(new Answer.Missing<>("no dispatcher leads it"));
        assertThat(search.result()).contains(new View<>(Optional.empty(), List.of("a (it does not answer)", "the queue (no dispatcher leads it)")));
    }

    @Test
    public void testAllDispatchersAreDead()
    {
        search.queueAnswered(DEAD);
        search.coordinatorAnswered("a", ended("a"));
        search.coordinatorAnswered("b", UNKNOWN);
        assertFound("a", "the queue (no dispatcher leads it)");
    }

    @Test
    public void testOrderOfAnswersDoesNotMatter()
    {
        List<Answer<Optional<Found<String>>>> answersOfA = List.of(UNKNOWN, SILENT, DEAD, running("a"), ended("a"));
        List<Answer<Optional<Found<String>>>> answersOfB = List.of(UNKNOWN, SILENT, DEAD);
        List<Answer<Optional<Found<String>>>> answersOfQueue = List.of(UNKNOWN, SILENT, DEAD, queued(), queuedAt("a", false), queuedAt("a", true), queuedAt("c", false));
        for (Answer<Optional<Found<String>>> a : answersOfA) {
            for (Answer<Optional<Found<String>>> b : answersOfB) {
                for (Answer<Optional<Found<String>>> queue : answersOfQueue) {
                    QuerySearch<String> queueFirst = new QuerySearch<>(Set.of("a", "b"));
                    queueFirst.queueAnswered(queue);
                    Optional<View<Optional<Found<String>>>> early = queueFirst.result();
                    queueFirst.coordinatorAnswered("b", b);
                    queueFirst.coordinatorAnswered("a", a);
                    QuerySearch<String> queueLast = new QuerySearch<>(Set.of("a", "b"));
                    queueLast.coordinatorAnswered("a", a);
                    queueLast.coordinatorAnswered("b", b);
                    queueLast.queueAnswered(queue);
                    assertThat(queueLast.result()).as("a %s, b %s, queue %s", a, b, queue).isPresent().isEqualTo(queueFirst.result());
                    early.ifPresent(view -> assertThat(queueLast.result()).contains(view));
                }
            }
        }
    }

    private void assertFound(String by, String... missing)
    {
        View<Optional<Found<String>>> view = search.result().orElseThrow();
        assertThat(view.value().map(Found::value)).contains(by);
        assertThat(view.missing()).containsExactly(missing);
    }

    private static Answer<Optional<Found<String>>> queued()
    {
        return found("queue", false, Optional.empty());
    }

    private static Answer<Optional<Found<String>>> queuedAt(String coordinator, boolean done)
    {
        return found("queue", done, Optional.of(coordinator));
    }

    private static Answer<Optional<Found<String>>> running(String coordinator)
    {
        return found(coordinator, false, Optional.of(coordinator));
    }

    private static Answer<Optional<Found<String>>> ended(String coordinator)
    {
        return found(coordinator, true, Optional.of(coordinator));
    }

    private static Answer<Optional<Found<String>>> found(String by, boolean done, Optional<String> coordinator)
    {
        return new Answer.Given<>(Optional.of(new Found<>(by, done, coordinator)));
    }
}
