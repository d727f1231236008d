package io.prestosql.dispatcher;

import io.prestosql.cluster.CoordinatorLink;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The coordinator in this very process, if it has that role, too: its queries' traffic need not leave the process.
 */
public record LocalCoordinator(Optional<String> nodeId)
{
    public LocalCoordinator
    {
        requireNonNull(nodeId, "nodeId is null");
    }

    public boolean is(CoordinatorLink coordinator)
    {
        return nodeId.equals(Optional.of(coordinator.nodeId()));
    }
}
