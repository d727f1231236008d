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

import com.google.common.collect.ImmutableList;
import io.prestosql.rpc.Answer;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Comparator.comparing;

/**
 * Searches for one query. Decides who has the query from the answers of the queue and the coordinators, which may come in any order, as
 * soon as no outstanding answer can change the decision. So a silent coordinator delays only the search for a query that it may have.
 * <p>
 * The queue says which coordinator has a query, and that coordinator shows it. Until the queue answers, or if it does not, any coordinator
 * on which the query is not over is taken. A query that is over in the queue is over, even if a coordinator has just said otherwise.
 * <p>
 * Has no threads and no clock: the caller makes sure that every answer comes in the end.
 */
final class QuerySearch<T>
{
    private final Map<String, Optional<Answer<Optional<Found<T>>>>> coordinators = new TreeMap<>();
    private Optional<Answer<Optional<Found<T>>>> queue = Optional.empty();

    /**
     * @param coordinators the node ids of the coordinators that are asked
     */
    QuerySearch(Set<String> coordinators)
    {
        coordinators.forEach(coordinator -> this.coordinators.put(coordinator, Optional.empty()));
    }

    void queueAnswered(Answer<Optional<Found<T>>> answer)
    {
        checkState(queue.isEmpty(), "the queue has answered before");
        queue = Optional.of(answer);
    }

    void coordinatorAnswered(String coordinator, Answer<Optional<Found<T>>> answer)
    {
        checkState(coordinators.get(coordinator).isEmpty(), "coordinator %s has answered before", coordinator);
        coordinators.put(coordinator, Optional.of(answer));
    }

    /**
     * Returns empty while answers are outstanding that can change the result.
     */
    Optional<View<Optional<Found<T>>>> result()
    {
        Optional<Found<T>> queued = found(queue);
        if (queued.isPresent()) {
            return resultInQueue(queued.get());
        }
        Optional<Found<T>> running = best().filter(found -> !found.done());
        if (running.isPresent()) {
            return Optional.of(new View<>(running, ImmutableList.of()));
        }
        if (queue.isEmpty() || isAnyOutstanding()) {
            return Optional.empty();
        }
        return Optional.of(new View<>(best(), missing()));
    }

    private Optional<View<Optional<Found<T>>>> resultInQueue(Found<T> queued)
    {
        if (queued.coordinator().isEmpty()) {
            if (!queued.done()) {
                return complete(queued);
            }
            // the query may have run on a coordinator that the queue has forgotten
            Optional<Found<T>> ended = best().filter(Found::done);
            if (ended.isPresent()) {
                return complete(ended.get());
            }
            return isAnyOutstanding() ? Optional.empty() : complete(queued);
        }
        String coordinator = queued.coordinator().get();
        if (!coordinators.containsKey(coordinator)) {
            // the coordinator is no longer announced: it is dead, or has long been silent
            return queued.done() ? complete(queued) : Optional.of(new View<>(Optional.of(queued), ImmutableList.of(describe(coordinator, "it is not announced"))));
        }
        Optional<Answer<Optional<Found<T>>>> answer = coordinators.get(coordinator);
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        Optional<Found<T>> there = found(answer);
        if (there.isPresent() && (there.get().done() || !queued.done())) {
            return complete(there.get());
        }
        if (answer.get() instanceof Answer.Missing(String reason)) {
            return Optional.of(new View<>(Optional.of(queued), ImmutableList.of(describe(coordinator, reason))));
        }
        return complete(queued);
    }

    private Optional<View<Optional<Found<T>>>> complete(Found<T> found)
    {
        return Optional.of(new View<>(Optional.of(found), ImmutableList.of()));
    }

    /**
     * Returns the query as one of the coordinators has it, preferably one on which it is not over.
     */
    private Optional<Found<T>> best()
    {
        return coordinators.values().stream()
                .map(QuerySearch::found)
                .flatMap(Optional::stream)
                .min(comparing(Found::done));
    }

    private boolean isAnyOutstanding()
    {
        return coordinators.values().stream().anyMatch(Optional::isEmpty);
    }

    private List<String> missing()
    {
        ImmutableList.Builder<String> missing = ImmutableList.builder();
        coordinators.forEach((coordinator, answer) -> {
            if (answer.orElseThrow() instanceof Answer.Missing(String reason)) {
                missing.add(describe(coordinator, reason));
            }
        });
        missingQueue(queue.orElseThrow()).ifPresent(missing::add);
        return missing.build();
    }

    static Optional<String> missingQueue(Answer<?> queue)
    {
        return switch (queue) {
            case Answer.Given<?> _ -> Optional.empty();
            // the dispatchers may be dead, but the queries of the queue are not
            case Answer.Dead<?> _ -> Optional.of(describe("the queue", "no dispatcher leads it"));
            case Answer.Missing(String reason) -> Optional.of(describe("the queue", reason));
        };
    }

    static String describe(String who, String reason)
    {
        return "%s (%s)".formatted(who, reason);
    }

    private static <T> Optional<Found<T>> found(Optional<Answer<Optional<Found<T>>>> answer)
    {
        return answer.flatMap(given -> given instanceof Answer.Given(Optional<Found<T>> found) ? found : Optional.empty());
    }
}
