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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableList;
import io.prestosql.protocol.ClientRequest;
import io.prestosql.selection.core.ClusterRoute;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;

/**
 * A query that may have to wait in the queue, as its analysis needs it.
 *
 * @param epoch the epoch of the leader that has the query
 * @param resourceGroup the segments of the resource group that it waits in
 * @param transactionId the client's transaction, if it has one
 * @param inherited whether the query was submitted to an earlier leader, which may have had it analysed
 * @param clusterRoute the clusters that the query may go to at the moment
 */
record WaitingQuery(
        QueryId queryId,
        long epoch,
        ClientRequest request,
        List<String> resourceGroup,
        Optional<String> transactionId,
        boolean inherited,
        Supplier<ClusterRoute> clusterRoute)
{
    WaitingQuery
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(request, "request is null");
        resourceGroup = ImmutableList.copyOf(resourceGroup);
        requireNonNull(transactionId, "transactionId is null");
        requireNonNull(clusterRoute, "clusterRoute is null");
    }
}
