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
package io.prestosql.dispatcher.statement;

import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.QuerySlug;
import jakarta.ws.rs.WebApplicationException;

import java.util.Optional;

/**
 * A query of the queue that this dispatcher leads, as a poll of its client sees it.
 */
interface PolledQuery
{
    QuerySlug slug();

    /**
     * Waits until there is something to tell the client, but not for long.
     *
     * @return whether the client may be told where its rows are
     */
    ListenableFuture<Boolean> poll();

    /**
     * Returns the coordinator that the query was given to, if any.
     */
    Optional<CoordinatorLink> coordinator();

    /**
     * Returns the path to the query's rows on its coordinator, if it is known.
     */
    Optional<String> executingPath();

    /**
     * Notes which answer the client asks for.
     *
     * @throws WebApplicationException when the client may not ask for that answer
     */
    void checkToken(long token);
}
