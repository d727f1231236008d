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
package io.prestosql.queue;

import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.protocol.SubmittedQuery;
import io.prestosql.queue.core.QueueEffect;
import io.trino.spi.QueryId;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * Carries out effects of the queue core. Calls come one at a time, and return quickly.
 */
public interface QueueEnvironment
{
    /**
     * This dispatcher leads from now on.
     *
     * @param queries the submissions of clients to earlier leaders, in the order of the log
     * @param addresses the addresses of the coordinators that may run queries of earlier leaders, as the log has them
     */
    void elected(long epoch, Map<QueryId, SubmittedQuery> queries, Map<CoordinatorIncarnation, URI> addresses);

    /**
     * All effects of the election have been ordered.
     */
    void leads();

    /**
     * Carries out an effect. Does not get the effects that concern the log, the step-down, and the effects that are for observers only.
     */
    void perform(QueueEffect effect);

    /**
     * This dispatcher no longer leads: forget all queries, and let their clients ask another dispatcher.
     */
    void deposed();

    /**
     * Returns whether this process has event listeners. Without any, the log need not know what they have heard.
     */
    boolean hasEventListeners();

    /**
     * Returns the part of a query's submission that is kept when the query is over.
     *
     * @return empty when the query is not known any more
     */
    Optional<SubmittedQuery> condensed(QueryId queryId);

    /**
     * Returns the address of a coordinator to which a query is about to be sent.
     */
    URI addressOf(CoordinatorIncarnation coordinator);
}
