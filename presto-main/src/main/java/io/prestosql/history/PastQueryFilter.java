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
package io.prestosql.history;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Says which queries of the history to read. What is empty is not filtered by.
 *
 * @param from the earliest time of submission
 * @param to the first time of submission that is too late
 * @param text what a statement contains, in any case
 */
public record PastQueryFilter(
        Optional<String> queryId,
        Optional<String> user,
        Optional<String> source,
        Optional<String> cluster,
        Optional<PastState> state,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<String> text)
{
    public PastQueryFilter
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(user, "user is null");
        requireNonNull(source, "source is null");
        requireNonNull(cluster, "cluster is null");
        requireNonNull(state, "state is null");
        requireNonNull(from, "from is null");
        requireNonNull(to, "to is null");
        requireNonNull(text, "text is null");
    }

    static PastQueryFilter of(Instant from, Instant to)
    {
        return new PastQueryFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(from), Optional.of(to), Optional.empty());
    }

    boolean matches(PastQuery query)
    {
        return queryId.map(query.queryId()::equals).orElse(true) &&
                user.map(query.submitter().user()::equals).orElse(true) &&
                (source.isEmpty() || source.equals(query.source())) &&
                (cluster.isEmpty() || cluster.equals(query.cluster())) &&
                state.map(wanted -> wanted == query.state()).orElse(true) &&
                from.map(time -> !query.submitted().isBefore(time)).orElse(true) &&
                to.map(time -> query.submitted().isBefore(time)).orElse(true) &&
                text.map(wanted -> query.sql().filter(sql -> sql.toLowerCase(Locale.ENGLISH).contains(wanted.toLowerCase(Locale.ENGLISH))).isPresent()).orElse(true);
    }
}
