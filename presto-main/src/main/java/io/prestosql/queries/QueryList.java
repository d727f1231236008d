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
import io.trino.spi.QueryId;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import static io.prestosql.queries.QuerySearch.describe;
import static io.prestosql.queries.QuerySearch.missingQueue;
import static java.util.Comparator.comparing;

/**
 * Merges the queries that the queue and the coordinators show. As for a single query (see {@link QuerySearch}), the queue says which
 * coordinator has a query, and that coordinator shows it. A query that is over in the queue is over. Queries that the queue does not know,
 * or has forgotten, are shown by the coordinators that know them.
 */
final class QueryList
{
    private QueryList() {}

    /**
     * @param coordinators the answers of all coordinators that were asked, by node id
     * @return the queries in the order of their ids, which is roughly the order of their submission
     */
    static View<List<ViewedQuery>> merge(Answer<List<ViewedQuery>> queue, Map<String, Answer<List<ViewedQuery>>> coordinators)
    {
        Map<String, String> missing = new TreeMap<>();
        Map<String, Map<QueryId, ViewedQuery>> shown = new TreeMap<>();
        coordinators.forEach((coordinator, answer) -> {
            switch (answer) {
                case Answer.Given(List<ViewedQuery> queries) -> shown.put(coordinator, byId(queries, coordinator));
                case Answer.Dead<List<ViewedQuery>> _ -> {}
                case Answer.Missing(String reason) -> missing.put(coordinator, reason);
            }
        });

        Map<QueryId, ViewedQuery> merged = new TreeMap<>(comparing(QueryId::toString));
        for (Map<QueryId, ViewedQuery> queries : shown.values()) {
            queries.forEach((queryId, query) -> merged.merge(queryId, query, QueryList::better));
        }
        if (queue instanceof Answer.Given(List<ViewedQuery> queries)) {
            for (ViewedQuery query : queries) {
                merged.put(query.queryId(), show(query, shown, Optional.ofNullable(merged.get(query.queryId()))));
                query.coordinator()
                        .filter(coordinator -> !query.isDone() && !coordinators.containsKey(coordinator))
                        .ifPresent(coordinator -> missing.put(coordinator, "it is not announced"));
            }
        }
        ImmutableList.Builder<String> descriptions = ImmutableList.builder();
        missing.forEach((coordinator, reason) -> descriptions.add(describe(coordinator, reason)));
        missingQueue(queue).ifPresent(descriptions::add);
        return new View<>(ImmutableList.copyOf(merged.values()), descriptions.build());
    }

    private static ViewedQuery show(ViewedQuery queued, Map<String, Map<QueryId, ViewedQuery>> shown, Optional<ViewedQuery> anywhere)
    {
        if (queued.coordinator().isEmpty()) {
            // an ended query may have run on a coordinator that the queue has forgotten; a query that is not over was given up on its
            // coordinator
            return anywhere.filter(other -> queued.isDone() && other.isDone()).orElse(queued);
        }
        return queued.coordinator()
                .map(shown::get)
                .map(queries -> queries.get(queued.queryId()))
                .filter(there -> there.isDone() || !queued.isDone())
                .orElse(queued);
    }

    private static ViewedQuery better(ViewedQuery one, ViewedQuery other)
    {
        return one.isDone() && !other.isDone() ? other : one;
    }

    /**
     * @param coordinator the coordinator that shows them, which does not know the name of its cluster
     */
    private static Map<QueryId, ViewedQuery> byId(List<ViewedQuery> queries, String coordinator)
    {
        Map<QueryId, ViewedQuery> byId = new HashMap<>();
        queries.forEach(query -> byId.put(query.queryId(), query.withCoordinator(Optional.of(coordinator))));
        return byId;
    }
}
