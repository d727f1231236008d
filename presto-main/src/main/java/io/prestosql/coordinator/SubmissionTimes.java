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
 * The submissions of the queries that the engine of this coordinator has.
 */
public class SubmissionTimes
{
    /** As long as the engine has the query. */
    private final Cache<QueryId, SubmissionTime> times = CacheBuilder.newBuilder()
            .weakValues()
            .build();

    /**
     * @param time is kept by the query
     */
    void submitted(QueryId queryId, SubmissionTime time)
    {
        times.put(queryId, time);
    }

    Optional<SubmissionTime> find(QueryId queryId)
    {
        return Optional.ofNullable(times.getIfPresent(queryId));
    }
}
