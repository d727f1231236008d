package io.prestosql.queue;

import static java.util.Objects.requireNonNull;

/**
 * Says in the log where a query is about to be sent.
 *
 * @param nodeId the coordinator
 * @param incarnation its process
 */
public record QueryDispatched(String nodeId, String incarnation)
{
    public QueryDispatched
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(incarnation, "incarnation is null");
    }
}
