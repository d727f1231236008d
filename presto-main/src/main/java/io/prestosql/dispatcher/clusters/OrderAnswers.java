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
package io.prestosql.dispatcher.clusters;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.leader.LeaderProblem;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.rpc.Refusal;
import io.prestosql.rpc.RetryLater;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * Tells operators why their orders have failed.
 */
public class OrderAnswers
{
    private final LeaderProblem leaderProblem;

    @Inject
    public OrderAnswers(LeaderProblem leaderProblem)
    {
        this.leaderProblem = requireNonNull(leaderProblem, "leaderProblem is null");
    }

    /**
     * @param answer the answer to an order that the leader has carried out; fails as {@link LeaderClusters} says
     */
    public ListenableFuture<Response> explainFailure(ListenableFuture<Response> answer)
    {
        return FluentFuture.from(answer)
                .catching(WebApplicationException.class, failure -> Refusal.response(failure.getResponse().getStatus(), failure.getMessage()), directExecutor())
                .catching(NotLeaderException.class, _ -> RetryLater.response(leaderProblem.explain() + ". It is not certain whether the order counts"), directExecutor());
    }
}
