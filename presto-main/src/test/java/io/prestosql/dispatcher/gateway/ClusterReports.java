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
package io.prestosql.dispatcher.gateway;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.clusters.ClusterReport;
import io.prestosql.dispatcher.clusters.ClusterReport.ReportedCoordinator;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.ClusterName;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Builds reports of clusters. Without more, a cluster is active and runs nothing.
 */
final class ClusterReports
{
    private final String name;
    private ClusterState state = ClusterState.ACTIVE;
    private boolean removed;
    private Optional<Integer> runningQueries = Optional.of(0);
    private int activeWorkers = 2;
    private int requiredWorkers;
    private Optional<Long> answerAgeMillis = Optional.of(3L);
    private List<ReportedCoordinator> coordinators;
    private List<URI> servers;
    private Set<String> routingGroups = ImmutableSet.of();
    private Optional<String> externalUrl = Optional.empty();

    private ClusterReports(String name)
    {
        this.name = name;
        this.servers = ImmutableList.of(URI.create("http://%s:8080".formatted(name)));
        this.coordinators = ImmutableList.of(coordinator(true, 0));
    }

    static ClusterReports report(String name)
    {
        return new ClusterReports(name);
    }

    static ReportedCoordinator coordinator(boolean takesQueries, int queries)
    {
        return new ReportedCoordinator("coordinator-1", CoordinatorHealth.ANSWERING, Optional.empty(), Optional.empty(), takesQueries, Optional.empty(), queries, 2, Optional.of(3L));
    }

    ClusterReports state(ClusterState state)
    {
        this.state = state;
        return this;
    }

    ClusterReports removed()
    {
        this.removed = true;
        return this;
    }

    ClusterReports runningQueries(int runningQueries)
    {
        this.runningQueries = Optional.of(runningQueries);
        return this;
    }

    ClusterReports requiredWorkers(int requiredWorkers)
    {
        this.requiredWorkers = requiredWorkers;
        return this;
    }

    ClusterReports neverAnswered()
    {
        this.answerAgeMillis = Optional.empty();
        this.coordinators = ImmutableList.of();
        return this;
    }

    ClusterReports coordinators(ReportedCoordinator... coordinators)
    {
        this.coordinators = ImmutableList.copyOf(coordinators);
        return this;
    }

    ClusterReports servers(String... servers)
    {
        this.servers = Stream.of(servers).map(URI::create).collect(toImmutableList());
        return this;
    }

    ClusterReports routingGroups(Set<String> routingGroups)
    {
        this.routingGroups = routingGroups;
        return this;
    }

    ClusterReports externalUrl(String externalUrl)
    {
        this.externalUrl = Optional.of(externalUrl);
        return this;
    }

    ClusterReport build()
    {
        return new ClusterReport(
                new ClusterName(name),
                state,
                state,
                Optional.empty(),
                "the query log",
                removed,
                Optional.of(false),
                state == ClusterState.ACTIVE,
                Optional.empty(),
                runningQueries,
                Optional.empty(),
                Optional.of(5),
                0,
                activeWorkers,
                requiredWorkers,
                answerAgeMillis,
                coordinators,
                ImmutableList.of(),
                servers,
                routingGroups,
                externalUrl);
    }
}
