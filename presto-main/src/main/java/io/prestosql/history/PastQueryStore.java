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

import io.airlift.units.Duration;

import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where the history is kept. Calls may block, within the store's time-outs, and come from several threads. They throw
 * {@link HistoryUnavailableException} when the store does not answer: {@link HistoryTimeoutException} when that took too long.
 */
public interface PastQueryStore
        extends Closeable
{
    /** Of one call to {@link #count}. */
    int MAX_COUNTS = 100_000;

    /**
     * Returns whether each dispatcher sees what any dispatcher has written.
     */
    boolean isShared();

    /**
     * Writes queries, all or none. A query that is already there stays as it is, unless the new one {@link PastQuery#replaces replaces} it.
     * To repeat a call changes nothing.
     *
     * @param queries each with another id
     * @throws HistoryRefusalException when one of them can never be written
     */
    void write(List<PastQuery> queries);

    /**
     * Returns those of the queries that are not there.
     */
    Set<String> findMissing(Set<String> queryIds);

    /**
     * Reads queries, the latest submission first.
     *
     * @param after where to go on; empty for the beginning
     */
    List<PastQuery> read(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit);

    /**
     * Counts the queries that match.
     *
     * @param minutes the length of a column, which begins at a multiple of it since the epoch of Unix
     * @throws TooManyCountsException when there are more than {@link #MAX_COUNTS}
     */
    List<PastQueryCount> count(PastQueryFilter filter, int minutes);

    /**
     * Removes queries that were written longer ago than that, on the store's clock.
     *
     * @param limit how many to remove at most
     * @return how many were removed
     */
    int removeOld(Duration retention, int limit);

    @Override
    void close();
}
