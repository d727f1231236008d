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
package io.prestosql.querylog;

import java.util.Optional;

/**
 * The condition of a query log, of any store, for operators.
 */
@FunctionalInterface
public interface QueryLogCondition
{
    QueryLogStatus getStatus();

    /**
     * Returns the problem that keeps a dispatcher from leading the queue until an operator fixes it, as far as this dispatcher can see.
     * Clients are told, so it is half a sentence and names no address.
     *
     * @return empty when there is no such problem, or when an election is just taking a moment
     */
    default Optional<String> getProblem()
    {
        return Optional.empty();
    }
}
