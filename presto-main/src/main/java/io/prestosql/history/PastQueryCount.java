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

import io.prestosql.dispatcher.admission.QuerySubmitter;

import java.time.Instant;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * How many queries one user has submitted in the time of one column of a chart, which one cluster had.
 *
 * @param start the beginning of the column
 * @param cluster empty for queries that no cluster ever got
 */
public record PastQueryCount(Instant start, Optional<String> cluster, QuerySubmitter submitter, long queries)
{
    public PastQueryCount
    {
        requireNonNull(start, "start is null");
        requireNonNull(cluster, "cluster is null");
        requireNonNull(submitter, "submitter is null");
    }
}
