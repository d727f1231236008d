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
 * What operators see of a query log, whatever its store.
 */
@FunctionalInterface
public interface QueryLogCondition
{
    QueryLogStatus getStatus();

    /**
     * What keeps a dispatcher from leading the queue until it is mended, as far as this dispatcher can see; empty when nothing does, or an election takes a moment. Clients are told: it is half a
     * sentence, and names no address.
     */
    default Optional<String> getProblem()
    {
        return Optional.empty();
    }
}
