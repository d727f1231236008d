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
package io.prestosql.spi.selection;

/**
 * How to choose among the clusters of one {@link ClusterTarget} that can take a query.
 */
public enum ClusterChoice
{
    /** The one with the fewest queries for the processors of its workers. */
    LEAST_LOADED,
    /** In proportion to {@code cluster.weight}. */
    WEIGHTED,
    /** Each in turn. */
    ROUND_ROBIN,
    /** The one with the fewest queries of the same user, and of those the least loaded. */
    FEWEST_QUERIES_OF_USER,
}
