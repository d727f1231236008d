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
import io.prestosql.dispatcher.leader.LeaderCalls;
import io.prestosql.dispatcher.leader.LeaderProblem;
import io.prestosql.rpc.RetryLater;
import jakarta.ws.rs.core.Response;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * Answers requests for operators' last changes of clusters at any dispatcher, as only the one that leads knows them.
 */
public class LastChanges
{
    private final ClusterChanges changes;
    private final LeaderClustersClient client;
    private final LeaderCalls leader;
    private final LeaderProblem leaderProblem;

    @Inject
    public LastChanges(ClusterChanges changes, LeaderClustersClient client, LeaderCalls leader, LeaderProblem leaderProblem)
    {
        this.changes = requireNonNull(changes, "changes is null");
        this.client = requireNonNull(client, "client is null");
        this.leader = requireNonNull(leader, "leader is null");
        this.leaderProblem = requireNonNull(leaderProblem, "leaderProblem is null");
    }

    /**
     * @param limit how many changes to show, the newest first; positive
     * @return the answer of a REST resource; never fails
     */
    public ListenableFuture<Response> answer(int limit)
    {
        return FluentFuture.from(leader.callOnce(() -> immediateFuture(changes.last(limit)), address -> client.getChanges(address, limit)))
                .transform(found -> Response.ok(found).build(), directExecutor())
                .catching(Exception.class, _ -> RetryLater.response(leaderProblem.explain() + ". Only the dispatcher that leads knows the changes of clusters"), directExecutor());
    }
}
