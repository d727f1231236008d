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

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * A query found by a search, as the queue or a coordinator shows it.
 *
 * @param value the query as it is shown
 * @param done whether the queue or coordinator that shows the query says that it is over
 * @param coordinator the node id of the coordinator that has the query, or is about to get it; empty when no coordinator has it
 */
public record Found<T>(T value, boolean done, Optional<String> coordinator)
{
    public Found
    {
        requireNonNull(value, "value is null");
        requireNonNull(coordinator, "coordinator is null");
    }

    static Found<ViewedQuery> of(ViewedQuery query)
    {
        return new Found<>(query, query.isDone(), query.coordinator());
    }

    static Found<QueryDetails> of(QueryDetails details)
    {
        return new Found<>(details, details.state().isDone(), details.coordinator());
    }
}
