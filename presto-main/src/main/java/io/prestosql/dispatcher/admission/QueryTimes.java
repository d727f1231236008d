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

import io.airlift.units.Duration;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * The times that the client of a query is told.
 *
 * @param elapsedMillis the time since the client submitted the query, at most until its end; not negative
 * @param queuedMillis the part of that time before the query was sent to a coordinator; not negative
 */
public record QueryTimes(long elapsedMillis, long queuedMillis)
{
    public QueryTimes
    {
        checkArgument(queuedMillis >= 0, "queuedMillis is negative");
        checkArgument(elapsedMillis >= queuedMillis, "a query has waited longer than it is there");
    }

    /**
     * @param queued the queued time. It may be some milliseconds longer than elapsed, as it is read from another clock.
     */
    static QueryTimes create(Duration elapsed, Duration queued)
    {
        return new QueryTimes(elapsed.toMillis(), Math.min(queued.toMillis(), elapsed.toMillis()));
    }
}
