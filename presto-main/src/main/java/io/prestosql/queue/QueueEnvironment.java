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
     * @param queries what clients have submitted to earlier leaders, in that order
     * @param addresses where the coordinators were that may be running something
     */
    void elected(long epoch, Map<QueryId, SubmittedQuery> queries, Map<CoordinatorIncarnation, URI> addresses);

    /**
     * Everything that follows from the election has been ordered.
     */
    void leads();

    /**
     * Every effect but those that concern the log, the step down, and those that are for watchers only.
     */
    void perform(QueueEffect effect);

    /**
     * This dispatcher does not lead any more: forget all queries, and let their clients ask somebody else.
     */
    void deposed();

    /**
     * Whether this process has event listeners. Without any the log need not know what they have heard.
     */
    boolean hasEventListeners();

    /**
     * What is kept of a query that is over.
     *
     * @return empty when the query is not known any more
     */
    Optional<SubmittedQuery> condensed(QueryId queryId);

    /**
     * Where a coordinator is to which a query is about to be sent.
     */
    URI addressOf(CoordinatorIncarnation coordinator);
}
