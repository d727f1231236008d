package io.prestosql.cluster;

import java.net.URI;

import static java.util.Objects.requireNonNull;

/**
 * One process of a coordinator, and where it is reached.
 *
 * @param nodeId the coordinator's node id
 * @param uri its internal address
 * @param incarnation the process; after a restart the same node has another one
 */
public record CoordinatorLink(String nodeId, URI uri, String incarnation)
{
    public CoordinatorLink
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(uri, "uri is null");
        requireNonNull(incarnation, "incarnation is null");
    }

    /**
     * For messages to people: clients must not learn addresses.
     */
    @Override
    public String toString()
    {
        return nodeId;
    }
}
