package io.prestosql.coordinator;

import com.google.common.collect.ImmutableList;
import io.trino.spi.resourcegroups.ResourceGroupId;

import java.util.List;

import static java.util.Objects.requireNonNull;

/**
 * A dispatcher's order to run a query.
 *
 * @param epoch the epoch of the leader that gives the order
 * @param request what the client sent
 * @param resourceGroup the segments of the resource group that has admitted the query
 * @param queuedMillis how long the query has been in the dispatcher's queue
 */
public record DispatchRequest(long epoch, ClientRequest request, List<String> resourceGroup, long queuedMillis)
{
    public DispatchRequest
    {
        requireNonNull(request, "request is null");
        resourceGroup = ImmutableList.copyOf(resourceGroup);
    }

    public ResourceGroupId resourceGroupId()
    {
        return new ResourceGroupId(resourceGroup);
    }
}
