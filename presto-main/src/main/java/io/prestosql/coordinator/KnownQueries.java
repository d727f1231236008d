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
package io.prestosql.coordinator;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.prestosql.queries.SubmissionTime;
import io.trino.spi.QueryId;

import java.util.Optional;

/**
 * The assigned queries that the engine of this coordinator has, for as long as it has them. {@link AssignedQueries} forgets them earlier.
 */
public class KnownQueries
{
    private final Cache<QueryId, AssignedQuery> queries = CacheBuilder.newBuilder()
            .weakValues()
            .build();

    /**
     * @param query the query, to which the engine's query holds a reference
     */
    void add(AssignedQuery query)
    {
        queries.put(query.queryId(), query);
    }

    Optional<AssignedQuery> find(QueryId queryId)
    {
        return Optional.ofNullable(queries.getIfPresent(queryId));
    }

    Optional<SubmissionTime> findSubmissionTime(QueryId queryId)
    {
        return find(queryId).map(AssignedQuery::submissionTime);
    }
}
