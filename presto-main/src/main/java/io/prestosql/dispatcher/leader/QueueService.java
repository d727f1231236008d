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
package io.prestosql.dispatcher.leader;

import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QueryOutcome;
import io.prestosql.dispatcher.admission.QuerySubmission;
import io.prestosql.queries.QueueView;
import io.prestosql.queue.QueryTooLargeException;
import io.prestosql.rpc.NotLeaderException;
import io.trino.spi.QueryId;

import java.util.Optional;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * The queue as clients and views use it. Every call may be repeated: the second one changes nothing.
 * <p>
 * A call about a query that certainly does not exist fails with {@link jakarta.ws.rs.NotFoundException}. A call fails with
 * {@link NotLeaderException} when this dispatcher cannot answer it because another one leads, or none. Any other failure leaves open whether
 * the call has had its effect.
 */
public interface QueueService
        extends QueueView
{
    /** How long a poll is held when there is nothing to tell. This is the engine's value; clients rely on it to notice a dead server. */
    Duration MAX_WAIT = new Duration(1, SECONDS);

    /**
     * @return a future that is done when the query cannot be lost any more. It fails with {@link QueryTooLargeException} when the query is
     * larger than the queue can take, and with {@link jakarta.ws.rs.BadRequestException} when there is no session for it.
     */
    ListenableFuture<QueueAnswer> submit(QuerySubmission submission);

    /**
     * @param maxWait how long to wait for something to tell
     * @return a future that fails with {@link jakarta.ws.rs.WebApplicationException} and status 410 when the token is neither the last nor
     * the next one
     */
    ListenableFuture<QueueAnswer> poll(QueryId queryId, String slug, long token, Duration maxWait);

    /**
     * @return a future that is done when the order cannot be lost any more
     */
    ListenableFuture<Void> cancel(QueryId queryId, String slug, long token);

    /**
     * @return how the query has ended, or the coordinator that runs it; empty when neither is known after a second
     */
    ListenableFuture<Optional<QueryOutcome>> outcome(QueryId queryId);
}
