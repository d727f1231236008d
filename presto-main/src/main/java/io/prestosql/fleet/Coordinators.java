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

import com.google.inject.Inject;
import io.prestosql.cluster.ClusterState;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.ClustersListener;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.fleet.ClusterCoordinators.Candidate;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.selection.core.ClusterCapacity;
import org.weakref.jmx.Managed;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static java.lang.Math.toIntExact;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

/**
 * The coordinators of all clusters, as this dispatcher sees them.
 */
public class Coordinators
        implements ClustersListener
{
    private final Supplier<List<ClusterFleet>> fleets;
    private final Function<ClusterName, Optional<ClusterFleet>> finder;
    private final CoordinatorListeners listeners;
    private final AtomicLong assignments = new AtomicLong();

    @Inject
    public Coordinators(Clusters clusters, CoordinatorListeners listeners)
    {
        this(
                () -> clusters.all().stream()
                        .map(ClusterFleet::of)
                        .collect(toImmutableList()),
                cluster -> clusters.find(cluster).map(ClusterFleet::of),
                listeners);
        clusters.addListener(this);
    }

    /**
     * @param fleets the coordinators of each cluster that is there at the moment, ordered by cluster
     */
    public Coordinators(Supplier<List<ClusterFleet>> fleets, CoordinatorListeners listeners)
    {
        this(
                fleets,
                cluster -> fleets.get().stream()
                        .filter(fleet -> fleet.cluster().equals(cluster))
                        .findFirst(),
                listeners);
    }

    private Coordinators(Supplier<List<ClusterFleet>> fleets, Function<ClusterName, Optional<ClusterFleet>> finder, CoordinatorListeners listeners)
    {
        this.fleets = requireNonNull(fleets, "fleets is null");
        this.finder = requireNonNull(finder, "finder is null");
        this.listeners = requireNonNull(listeners, "listeners is null");
    }

    /**
     * @param listener is told everything that coordinators have, including earlier reports
     */
    public void addListener(CoordinatorListener listener)
    {
        listeners.add(listener);
        all().forEach(ClusterCoordinators::reportAll);
    }

    @Override
    public void removed(KnownCluster cluster)
    {
        find(cluster.name()).ifPresentOrElse(
                // it is only reached in another way, and may run queries
                coordinators -> ClusterFleet.of(cluster).coordinators().getLinks().forEach(coordinators::follow),
                () -> listeners.clusterRemoved(cluster.name()));
    }

    private Stream<ClusterCoordinators> all()
    {
        return fleets.get().stream().map(ClusterFleet::coordinators);
    }

    private Optional<ClusterCoordinators> find(ClusterName cluster)
    {
        return findFleet(cluster).map(ClusterFleet::coordinators);
    }

    private Optional<ClusterFleet> findFleet(ClusterName cluster)
    {
        return finder.apply(cluster);
    }

    /**
     * Returns the client for calls to the coordinators of a cluster; empty when there is no such cluster any more.
     */
    public Optional<CoordinatorClient> client(ClusterName cluster)
    {
        return findFleet(cluster).map(ClusterFleet::client);
    }

    /**
     * Returns the client with which coordinators of a cluster analyse queries that wait; empty when there is no such cluster any more.
     */
    public Optional<AnalysisClient> analysisClient(ClusterName cluster)
    {
        return findFleet(cluster).map(ClusterFleet::analysisClient);
    }

    /**
     * Finds out what has become of an incarnation that another dispatcher has seen, whether or not its node is announced. Listeners then get
     * a report of it, or hear that it is lost. Its node is followed until it is gone.
     *
     * @param link where the incarnation was; if the node is known at another address, it is looked for there
     */
    public void follow(CoordinatorLink link)
    {
        find(link.cluster()).ifPresent(coordinators -> coordinators.follow(link));
    }

    /**
     * Lets the coordinators know that this dispatcher leads the queue now, or does not any more, and asks for complete reports.
     */
    public void leadershipChanged()
    {
        all().forEach(ClusterCoordinators::leadershipChanged);
    }

    /**
     * Returns the time, on the incarnation's own clock, of its last report. It goes with an order to start a query. Empty when nothing is
     * known of the incarnation, or when it is over.
     */
    public OptionalLong stamp(CoordinatorLink coordinator)
    {
        return find(coordinator.cluster()).map(coordinators -> coordinators.stamp(coordinator)).orElseGet(OptionalLong::empty);
    }

    /**
     * Returns the least loaded coordinator that takes queries.
     *
     * @return empty when no coordinator takes queries
     */
    public Optional<CoordinatorLink> select()
    {
        return links(fleets.get().stream().filter(ClusterFleet::takesQueries)).stream().findFirst();
    }

    /**
     * Returns the coordinators of a cluster that a query may go to, the least loaded first.
     */
    public List<CoordinatorLink> candidates(ClusterName cluster)
    {
        return links(findFleet(cluster).stream());
    }

    /**
     * Returns the least loaded coordinator of a cluster that may be asked to analyse queries that wait.
     *
     * @return empty when no coordinator of the cluster is there, or the cluster is inactive
     */
    public Optional<CoordinatorLink> selectForAnalysis(ClusterName cluster)
    {
        return links(findFleet(cluster).stream().filter(fleet -> fleet.settings().get().state() != ClusterState.INACTIVE)).stream().findFirst();
    }

    private static List<CoordinatorLink> links(Stream<ClusterFleet> fleets)
    {
        return fleets
                .flatMap(fleet -> fleet.coordinators().candidates().stream())
                .sorted(comparing(Candidate::load).thenComparing(Candidate::lastAssigned))
                .map(Candidate::link)
                .collect(toImmutableList());
    }

    /**
     * Returns what each cluster takes at the moment.
     */
    public Map<ClusterName, ClusterCapacity> capacities()
    {
        return fleets.get().stream().collect(toImmutableMap(ClusterFleet::cluster, ClusterFleet::capacity));
    }

    /**
     * Returns how a cluster is doing; empty when there is no such cluster any more.
     */
    public Optional<ClusterCondition> condition(ClusterName cluster)
    {
        return findFleet(cluster).map(ClusterFleet::condition);
    }

    /**
     * Returns whether a coordinator would start a query now.
     */
    public boolean isAnyAvailable()
    {
        return fleets.get().stream().anyMatch(ClusterFleet::takesQueries);
    }

    /**
     * Returns whether no coordinator takes queries, and some belong to the dispatchers of another query log.
     */
    public boolean isOtherQueuesOnly()
    {
        return !isAnyAvailable() && all().anyMatch(ClusterCoordinators::isAnyOfOtherQueue);
    }

    /**
     * Returns the incarnations that are not known to be dead.
     */
    public List<CoordinatorLink> getLinks()
    {
        return all()
                .flatMap(coordinators -> coordinators.getLinks().stream())
                .collect(toImmutableList());
    }

    /**
     * Returns whether another incarnation of the same node is there, or its process is dead.
     */
    public boolean isLost(CoordinatorIncarnation coordinator)
    {
        return test(coordinator.cluster(), coordinators -> coordinators.isLost(coordinator));
    }

    /**
     * Returns whether the incarnation is not known to be dead.
     */
    public boolean isAlive(CoordinatorLink coordinator)
    {
        return test(coordinator.cluster(), coordinators -> coordinators.isAlive(coordinator));
    }

    private boolean test(ClusterName cluster, Predicate<ClusterCoordinators> condition)
    {
        return find(cluster).filter(condition).isPresent();
    }

    /**
     * Finds out at once how the coordinator is doing, after a call to it has failed.
     */
    public void suspect(CoordinatorLink coordinator)
    {
        find(coordinator.cluster()).ifPresent(coordinators -> coordinators.suspect(coordinator));
    }

    public void queryAssigned(CoordinatorLink coordinator)
    {
        find(coordinator.cluster()).ifPresent(coordinators -> coordinators.queryAssigned(coordinator, assignments.incrementAndGet()));
    }

    public void queryReleased(CoordinatorLink coordinator)
    {
        find(coordinator.cluster()).ifPresent(coordinators -> coordinators.queryReleased(coordinator));
    }

    /**
     * Returns the condition of each coordinator, ordered by cluster and node id.
     */
    public List<CoordinatorCondition> getConditions()
    {
        return all()
                .flatMap(coordinators -> coordinators.getConditions().stream())
                .collect(toImmutableList());
    }

    @Managed(description = "Coordinators that would start a query now")
    public int getAvailableCoordinators()
    {
        return toIntExact(sum(ClusterCoordinators::availableCoordinators));
    }

    @Managed(description = "Nodes that run tasks")
    public long getActiveWorkers()
    {
        return sum(ClusterCoordinators::activeWorkers);
    }

    @Managed(description = "Processors of all nodes that run tasks")
    public long getAvailableProcessors()
    {
        return sum(ClusterCoordinators::availableProcessors);
    }

    private long sum(ToLongFunction<ClusterCoordinators> value)
    {
        return all().mapToLong(value).sum();
    }

    @Managed(description = "Coordinators that are known, dead ones included")
    public int getKnownCoordinators()
    {
        return toIntExact(sum(ClusterCoordinators::knownCoordinators));
    }

    @Managed(description = "Coordinator processes that were found dead since this dispatcher has started")
    public long getLostCoordinators()
    {
        return listeners.lostCoordinators();
    }

    @Managed(description = "One line for every coordinator: node, health, whether it takes queries and has a lease, its queries and workers")
    public List<String> getStatus()
    {
        return all()
                .flatMap(coordinators -> coordinators.status().stream())
                .collect(toImmutableList());
    }
}
