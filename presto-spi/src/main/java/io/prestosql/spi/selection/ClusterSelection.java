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
package io.prestosql.spi.selection;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * The clusters that a query may go to.
 *
 * @param reason what has led to this, for people, such as the name of a rule
 * @param targets the clusters, the best first; a later target counts only while no cluster of the earlier ones can take the query
 * @param clusterTags only clusters with all of these {@code cluster.tags} count
 * @param choice how to choose among the clusters of one target
 * @param whenUnavailable what happens to the query while none of the clusters can take it
 * @param maxWait the age at which the query waits no longer for its clusters, counted from its submission; empty to wait without a limit
 */
public record ClusterSelection(
        String reason,
        List<ClusterTarget> targets,
        Set<String> clusterTags,
        ClusterChoice choice,
        WhenUnavailable whenUnavailable,
        Optional<Duration> maxWait)
{
    /**
     * What happens to a query while none of its clusters can take it.
     */
    public enum WhenUnavailable
    {
        /** It waits, without a slot of its resource group. */
        WAIT,
        /** It fails when no cluster takes queries: all are drained, inactive or away. It waits for a cluster that is full. */
        FAIL,
    }

    public ClusterSelection
    {
        requireNonNull(reason, "reason is null");
        targets = List.copyOf(targets);
        clusterTags = Set.copyOf(clusterTags);
        requireNonNull(choice, "choice is null");
        requireNonNull(whenUnavailable, "whenUnavailable is null");
        requireNonNull(maxWait, "maxWait is null");
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("targets is empty");
        }
        if (maxWait.isPresent() && maxWait.get().isNegative()) {
            throw new IllegalArgumentException("maxWait is negative");
        }
    }

    /**
     * Lets a query wait for these targets, and choose the least loaded cluster.
     */
    public static ClusterSelection waitFor(String reason, ClusterTarget... targets)
    {
        return new ClusterSelection(reason, List.of(targets), Set.of(), ClusterChoice.LEAST_LOADED, WhenUnavailable.WAIT, Optional.empty());
    }
}
