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
package io.prestosql.fleet;

import io.prestosql.node.CoordinatorLink;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The result of the search for the coordinator that holds a transaction.
 *
 * @param complete whether every coordinator that may be alive has answered, so that without a holder there is no such transaction
 */
public record TransactionSearch(Optional<CoordinatorLink> holder, boolean complete)
{
    public TransactionSearch
    {
        requireNonNull(holder, "holder is null");
    }
}
