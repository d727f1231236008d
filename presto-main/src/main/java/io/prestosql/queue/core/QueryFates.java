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
package io.prestosql.queue.core;

import com.google.common.collect.ImmutableSortedMap;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Counts queries by their {@link QueryFate}.
 *
 * @param errors the number of failed queries by the name of their error
 */
public record QueryFates(int found, int foundOver, int notStarted, int runAgain, int stopped, int failed, Map<String, Integer> errors)
{
    public static final QueryFates NONE = new QueryFates(0, 0, 0, 0, 0, 0, Map.of());

    public QueryFates
    {
        errors = ImmutableSortedMap.copyOf(errors);
    }

    public QueryFates plus(QueryFate fate, Optional<QueryFailure> failure)
    {
        return switch (fate) {
            case FOUND -> new QueryFates(found + 1, foundOver, notStarted, runAgain, stopped, failed, errors);
            case FOUND_OVER -> new QueryFates(found, foundOver + 1, notStarted, runAgain, stopped, failed, errors);
            case NOT_STARTED -> new QueryFates(found, foundOver, notStarted + 1, runAgain, stopped, failed, errors);
            case RUN_AGAIN -> new QueryFates(found, foundOver, notStarted, runAgain + 1, stopped, failed, errors);
            case STOPPED -> new QueryFates(found, foundOver, notStarted, runAgain, stopped + 1, failed, errors);
            case FAILED -> {
                Map<String, Integer> newErrors = new TreeMap<>(errors);
                failure.ifPresent(reason -> newErrors.merge(reason.errorCode().getName(), 1, Integer::sum));
                yield new QueryFates(found, foundOver, notStarted, runAgain, stopped, failed + 1, newErrors);
            }
        };
    }

    public int total()
    {
        return found + foundOver + notStarted + runAgain + stopped + failed;
    }
}
