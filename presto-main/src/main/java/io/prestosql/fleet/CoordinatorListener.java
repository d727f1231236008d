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
package io.prestosql.fleet;

import io.prestosql.node.CoordinatorLink;
import io.prestosql.protocol.QueryReport;

import java.util.List;
import java.util.OptionalLong;

/**
 * Hears what happens to coordinators. The calls for one coordinator come one at a time, in order. They must not block.
 */
public interface CoordinatorListener
{
    /**
     * The coordinator has answered. Every report is passed on, in the order of the requests, except those that were overtaken.
     *
     * @param epoch the epoch in which this dispatcher led when it asked the coordinator, which may be over by now; empty when it asked
     * without one
     * @param complete whether the coordinator has only these queries; otherwise it may have more that have not changed since the report
     * before
     */
    default void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries) {}

    /**
     * The incarnation is certainly over, and its queries with it.
     *
     * @param reason how that is known
     */
    default void coordinatorLost(CoordinatorLink coordinator, String reason) {}

    /**
     * A coordinator may take queries that could not take them before.
     */
    default void coordinatorAvailable() {}

    /**
     * A coordinator that took queries does not any more.
     */
    default void coordinatorUnavailable() {}

    /**
     * The size of the memory of all clusters together has changed.
     */
    default void clusterMemoryChanged(long bytes) {}
}
