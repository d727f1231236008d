package io.prestosql.cluster;

import io.prestosql.coordinator.QueryReport;

/**
 * Is told what happens to coordinators. The calls for one coordinator come one after the other, in order; they must not block.
 */
public interface CoordinatorListener
{
    /**
     * A query on the coordinator has changed.
     */
    default void queryReported(CoordinatorLink coordinator, QueryReport report) {}

    /**
     * The process is certainly dead, and its queries with it.
     *
     * @param reason how that is known
     */
    default void coordinatorLost(CoordinatorLink coordinator, String reason) {}

    /**
     * A coordinator may take queries that could not before.
     */
    default void coordinatorAvailable() {}

    /**
     * The size of the cluster's memory has changed.
     */
    default void clusterMemoryChanged(long bytes) {}
}
