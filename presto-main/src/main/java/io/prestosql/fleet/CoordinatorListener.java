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
 * Hears what happens to coordinators. The calls for one coordinator come one after the other, in order. They must not block.
 */
public interface CoordinatorListener
{
    /**
     * The coordinator has answered: every report is told, in the order of the requests, and none that was overtaken.
     *
     * @param epoch the epoch of this dispatcher's leadership under which the coordinator was asked, which may be over by now; empty when it
     * was asked without
     * @param complete whether the coordinator has none but these queries; otherwise there may be more that have not changed since the
     * report before
     */
    default void reported(CoordinatorLink coordinator, OptionalLong epoch, boolean complete, List<QueryReport> queries) {}

    /**
     * That incarnation is certainly over, and its queries with it.
     *
     * @param reason how that is known
     */
    default void coordinatorLost(CoordinatorLink coordinator, String reason) {}

    /**
     * A coordinator may take queries that could not before.
     */
    default void coordinatorAvailable() {}

    /**
     * A coordinator that took queries does not any more.
     */
    default void coordinatorUnavailable() {}

    /**
     * The size of the cluster's memory has changed.
     */
    default void clusterMemoryChanged(long bytes) {}
}
