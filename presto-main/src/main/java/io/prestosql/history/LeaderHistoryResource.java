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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.queue.QueueDriver;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.Refusal;
import io.prestosql.rpc.RetryLater;
import io.trino.server.security.ResourceSecurity;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Response;

import java.util.Optional;
import java.util.function.Function;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.jaxrs.AsyncResponseHandler.bindAsyncResponse;
import static io.trino.server.security.ResourceSecurity.AccessType.INTERNAL_ONLY;
import static jakarta.ws.rs.core.MediaType.APPLICATION_JSON;
import static java.util.Objects.requireNonNull;

/**
 * Serves the history that the leader has in its memory to the other dispatchers, which know what their users may see of it. Status 421 says
 * that this dispatcher does not lead.
 */
@Path("/v1/queue/history")
@ResourceSecurity(INTERNAL_ONLY)
public class LeaderHistoryResource
{
    static final int TOO_MANY_COUNTS = 413;

    private final QueueDriver driver;
    private final Optional<HistoryReads> reads;

    @Inject
    public LeaderHistoryResource(QueueDriver driver, Optional<HistoryReads> reads)
    {
        this.driver = requireNonNull(driver, "driver is null");
        this.reads = requireNonNull(reads, "reads is null");
    }

    @POST
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void read(HistoryClient.Read read, @Suspended AsyncResponse asyncResponse)
    {
        if (read == null) {
            throw new BadRequestException("Body is missing");
        }
        answer(asyncResponse, known -> known.readHere(Optional.empty(), read.filter(), read.after(), read.limit()));
    }

    @POST
    @Path("count")
    @Consumes(APPLICATION_JSON)
    @Produces(APPLICATION_JSON)
    public void count(HistoryClient.Count count, @Suspended AsyncResponse asyncResponse)
    {
        if (count == null) {
            throw new BadRequestException("Body is missing");
        }
        answer(asyncResponse, known -> known.countHere(Optional.empty(), count.filter(), count.minutes()));
    }

    private void answer(AsyncResponse asyncResponse, Function<HistoryReads, ListenableFuture<?>> question)
    {
        if (driver.getEpoch().isEmpty()) {
            asyncResponse.resume(NotLeaderException.response());
            return;
        }
        if (reads.isEmpty()) {
            asyncResponse.resume(Refusal.response(404, "This dispatcher keeps no history: set query-history.retention on all dispatchers"));
            return;
        }
        FluentFuture<Response> response = FluentFuture.from(question.apply(reads.get()))
                .transform(found -> Response.ok(found).build(), directExecutor())
                .catching(TooManyCountsException.class, failure -> Refusal.response(TOO_MANY_COUNTS, failure.getMessage()), directExecutor())
                .catching(HistoryBusyException.class, failure -> RetryLater.response(failure.getMessage()), directExecutor())
                .catching(HistoryUnavailableException.class, failure -> RetryLater.response(failure.getMessage()), directExecutor());
        bindAsyncResponse(asyncResponse, response, directExecutor());
    }
}
