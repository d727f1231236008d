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

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The time in which a query ran, on the clock that all nodes of a test share.
 */
record RunningTime(String queryId, Instant start, Instant end)
{
    /**
     * Returns the largest number of queries that ran at once. An end counts before a start in the same millisecond.
     */
    static int maxAtOnce(Collection<RunningTime> times)
    {
        List<Change> changes = new ArrayList<>();
        for (RunningTime time : times) {
            changes.add(new Change(time.start(), 1));
            changes.add(new Change(time.end(), -1));
        }
        changes.sort(Comparator.comparing(Change::time).thenComparing(Change::difference));
        int running = 0;
        int max = 0;
        for (Change change : changes) {
            running += change.difference();
            max = Math.max(max, running);
        }
        return max;
    }

    private record Change(Instant time, int difference) {}
}
