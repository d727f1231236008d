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

import com.google.common.collect.ImmutableList;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * How many queries were submitted in each column of a chart, by the cluster that had them.
 *
 * @param start the beginning of the first column
 * @param minutes the length of each
 * @param clusters each cluster that had any, by name; at the end the queries that no cluster ever got
 */
public record HistoryChart(Instant start, int minutes, List<ClusterLine> clusters)
{
    public HistoryChart
    {
        requireNonNull(start, "start is null");
        clusters = ImmutableList.copyOf(clusters);
    }

    /**
     * @param cluster absent for the queries that no cluster ever got
     * @param queries the number of each column, in the order of time
     */
    public record ClusterLine(Optional<String> cluster, List<Long> queries)
    {
        public ClusterLine
        {
            requireNonNull(cluster, "cluster is null");
            queries = ImmutableList.copyOf(queries);
        }
    }
}
