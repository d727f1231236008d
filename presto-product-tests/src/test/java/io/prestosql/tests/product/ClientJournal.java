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
package io.prestosql.tests.product;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

/**
 * The outcomes of all queries, as their clients were told them.
 */
final class ClientJournal
{
    private final List<Entry> entries = new ArrayList<>();

    synchronized void add(Entry entry)
    {
        entries.add(requireNonNull(entry, "entry is null"));
    }

    /**
     * Returns the queries whose clients were told an id.
     */
    synchronized List<Entry> acknowledged()
    {
        return entries.stream()
                .filter(entry -> entry.queryId().isPresent())
                .collect(toImmutableList());
    }

    synchronized List<Entry> withOutcome(Outcome outcome)
    {
        return entries.stream()
                .filter(entry -> entry.outcome() == outcome)
                .collect(toImmutableList());
    }

    /**
     * Returns the number of failures by error name.
     */
    Map<String, Integer> failures()
    {
        Map<String, Integer> failures = new TreeMap<>();
        withOutcome(Outcome.FAILED).forEach(entry -> failures.merge(entry.error().orElse("?"), 1, Integer::sum));
        return failures;
    }

    enum Outcome
    {
        FINISHED,
        WRONG_ROWS,
        /** The query failed with an error from the server. */
        FAILED,
        /** The submission failed, and the client was told no id. */
        NOT_ACCEPTED,
        /** The client was told an id, but could not find out how its query ended. */
        LOST,
    }

    /**
     * @param error the error's name, or the driver's message
     */
    record Entry(int client, int number, String sql, Optional<String> queryId, Outcome outcome, Optional<String> error)
    {
        Entry
        {
            requireNonNull(sql, "sql is null");
            requireNonNull(queryId, "queryId is null");
            requireNonNull(outcome, "outcome is null");
            requireNonNull(error, "error is null");
        }
    }
}
