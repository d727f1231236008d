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
package io.prestosql.protocol;

import com.google.common.collect.ImmutableList;
import io.prestosql.rpc.TraceContext;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A dispatcher's order to run a query.
 *
 * @param epoch the epoch of the leader that gives the order
 * @param incarnation the incarnation that the order is for
 * @param saidNanos the time of the leader's latest answer from the coordinator, on the coordinator's own clock
 * @param request the client's request
 * @param resourceGroup the segments of the resource group that has admitted the query
 * @param queuedMillis how long the query has waited since its submission, under all leaders; dispatchers of release 476-1 leave out the
 * time before the resource groups
 * @param run the number of this run of the query, from 0 for the first run to {@link #MAX_RERUNS}
 * @param queue the identity of the log that has elected the leader; empty when it is not known, and from nodes of release 476-1
 * @param submitted when the client submitted the query, as the log has it; empty from dispatchers of release 476-1
 * @param traceContext the query's span at the dispatcher that took it from its client
 */
public record DispatchRequest(
        long epoch,
        String incarnation,
        long saidNanos,
        ClientRequest request,
        List<String> resourceGroup,
        long queuedMillis,
        int run,
        Optional<String> queue,
        Optional<Instant> submitted,
        Optional<TraceContext> traceContext)
{
    /** How often a query may be run again. Bounds how many coordinators a poison query can crash. */
    public static final int MAX_RERUNS = 2;

    public DispatchRequest
    {
        checkArgument(epoch > 0, "epoch is not positive");
        requireNonNull(incarnation, "incarnation is null");
        requireNonNull(request, "request is null");
        requireNonNull(queue, "queue is null");
        resourceGroup = ImmutableList.copyOf(resourceGroup);
        checkArgument(run >= 0 && run <= MAX_RERUNS, "run is not between 0 and %s: %s", MAX_RERUNS, run);
        requireNonNull(submitted, "submitted is null");
        requireNonNull(traceContext, "traceContext is null");
    }

    public ResourceGroupId resourceGroupId()
    {
        return new ResourceGroupId(resourceGroup);
    }
}
