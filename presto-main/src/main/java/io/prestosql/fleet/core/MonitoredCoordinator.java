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
package io.prestosql.fleet.core;

import com.google.common.collect.ImmutableSet;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.CoordinatorReport;

import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static java.util.Objects.requireNonNull;

/**
 * A dispatcher's knowledge of a coordinator at one moment.
 *
 * @param uri its address
 * @param report its last report; empty before the first one, and once it is gone
 * @param lastAnswerNanos the time of its last answer, on this dispatcher's monotonic clock
 * @param named incarnations that are here according to the log, until there is news of them
 * @param otherQueue the identity of the query log whose dispatchers have this coordinator, when it is not this dispatcher's log
 * @param otherProtocol what the coordinator and this dispatcher speak, in words that follow its name, when they speak no common version of the
 * protocol between nodes
 */
public record MonitoredCoordinator(
        QualifiedNodeId id,
        URI uri,
        CoordinatorHealth health,
        Optional<CoordinatorReport> report,
        OptionalLong lastAnswerNanos,
        Set<String> named,
        Optional<String> otherQueue,
        Optional<String> otherProtocol)
{
    public MonitoredCoordinator
    {
        requireNonNull(id, "id is null");
        requireNonNull(uri, "uri is null");
        requireNonNull(health, "health is null");
        requireNonNull(report, "report is null");
        requireNonNull(lastAnswerNanos, "lastAnswerNanos is null");
        named = ImmutableSet.copyOf(named);
        requireNonNull(otherQueue, "otherQueue is null");
        requireNonNull(otherProtocol, "otherProtocol is null");
    }

    /**
     * Returns the current incarnation, as far as it is known.
     */
    public Optional<CoordinatorLink> link()
    {
        return report.map(last -> new CoordinatorLink(id.cluster(), id.nodeId(), uri, last.incarnation()));
    }

    /**
     * Returns whether the incarnation is not known to be dead.
     */
    public boolean mayBeAlive(String incarnation)
    {
        return report.map(CoordinatorReport::incarnation).equals(Optional.of(incarnation)) || named.contains(incarnation);
    }

    /**
     * Returns whether the coordinator takes queries of this dispatcher.
     */
    public boolean isAvailable()
    {
        return health == ANSWERING && otherQueue.isEmpty() && report.map(CoordinatorReport::ready).orElse(false);
    }
}
