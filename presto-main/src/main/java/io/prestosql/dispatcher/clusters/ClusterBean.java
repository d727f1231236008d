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
package io.prestosql.dispatcher.clusters;

import io.prestosql.cluster.ClusterState;
import io.prestosql.node.ClusterName;
import org.weakref.jmx.Managed;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Shows one cluster in JMX, as this dispatcher sees it.
 */
public class ClusterBean
{
    private final ClusterName cluster;
    private final ClusterReporter reporter;

    ClusterBean(ClusterName cluster, ClusterReporter reporter)
    {
        this.cluster = requireNonNull(cluster, "cluster is null");
        this.reporter = requireNonNull(reporter, "reporter is null");
    }

    private Optional<ClusterReport> report()
    {
        return reporter.createReport(cluster);
    }

    private boolean isInState(ClusterState state)
    {
        return report().filter(report -> report.state() == state).isPresent();
    }

    @Managed(description = "The state that counts: ACTIVE, DRAINING or INACTIVE")
    public String getState()
    {
        return report().map(report -> report.state().name()).orElse("");
    }

    @Managed(description = "Whether its state is ACTIVE")
    public boolean isActive()
    {
        return isInState(ClusterState.ACTIVE);
    }

    @Managed(description = "Whether its state is DRAINING")
    public boolean isDraining()
    {
        return isInState(ClusterState.DRAINING);
    }

    @Managed(description = "Whether its state is INACTIVE")
    public boolean isInactive()
    {
        return isInState(ClusterState.INACTIVE);
    }

    @Managed(description = "Whether it would get a query now")
    public boolean isTakingQueries()
    {
        return report().filter(ClusterReport::takesQueries).isPresent();
    }

    @Managed(description = "Why it would get no query now")
    public String getRefusal()
    {
        return report().flatMap(ClusterReport::refusal).orElse("");
    }

    @Managed(description = "On the leader: queries that it has, or is about to get")
    public int getRunningQueries()
    {
        return report().flatMap(ClusterReport::runningQueries).orElse(0);
    }

    @Managed(description = "On the leader: queries that wait for a slot and may go to it")
    public int getWaitingQueries()
    {
        return report().flatMap(ClusterReport::waitingQueries).orElse(0);
    }

    @Managed(description = "Milliseconds since a coordinator of it has answered this dispatcher; -1 when none ever has")
    public long getAnswerAgeMillis()
    {
        return report().flatMap(ClusterReport::answerAgeMillis).orElse(-1L);
    }
}
