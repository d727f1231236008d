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
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceSelector;
import io.airlift.discovery.client.ServiceType;
import io.airlift.log.Logger;
import io.prestosql.discovery.DiscoveryServersConfig;
import io.prestosql.fleet.core.CoordinatorHealth;
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorAddress;
import io.prestosql.node.CoordinatorIncarnation;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.InternalAddresses;
import io.prestosql.node.QualifiedNodeId;
import io.prestosql.protocol.CoordinatorReport;
import io.prestosql.protocol.DeciderAppointment;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.ToLongFunction;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.fleet.core.CoordinatorHealth.ANSWERING;
import static io.prestosql.fleet.core.CoordinatorHealth.GONE;
import static io.prestosql.fleet.core.CoordinatorHealth.UNKNOWN;
import static io.prestosql.node.ServiceNames.COORDINATOR_SERVICE;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The coordinators of one cluster, as this dispatcher sees them.
 */
public class ClusterCoordinators
{
    private static final Logger log = Logger.get(ClusterCoordinators.class);
    private static final long FIRST_LOOKUP_MILLIS = 50;

    private final ClusterName cluster;
    private final ServiceSelector selector;
    private final CoordinatorClient client;
    private final Leadership leadership;
    private final CoordinatorMonitorConfig monitorConfig;
    private final ScheduledExecutorService executor;
    private final long lookupMillis;
    private final InternalAddresses addresses;
    private final Map<String, CoordinatorMonitor> monitors = new ConcurrentHashMap<>();
    private final CoordinatorListener listener;
    private final DeciderChoice deciderChoice = new DeciderChoice();

    @Inject
    public ClusterCoordinators(
            ClusterName cluster,
            @ServiceType(COORDINATOR_SERVICE) ServiceSelector selector,
            CoordinatorClient client,
            Leadership leadership,
            CoordinatorListeners listeners,
            CoordinatorMonitorConfig monitorConfig,
            @ForCoordinators ScheduledExecutorService executor,
            DiscoveryServersConfig discoveryConfig,
            InternalAddresses addresses)
    {
        this.cluster = requireNonNull(cluster, "cluster is null");
        this.selector = requireNonNull(selector, "selector is null");
        this.client = requireNonNull(client, "client is null");
        this.leadership = requireNonNull(leadership, "leadership is null");
        this.monitorConfig = requireNonNull(monitorConfig, "monitorConfig is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.lookupMillis = discoveryConfig.getLookupInterval().toMillis();
        this.addresses = requireNonNull(addresses, "addresses is null");
        this.listener = listeners.ofCluster(cluster, () -> maxOfReports(CoordinatorReport::clusterMemoryBytes));
    }

    /**
     * Asks the coordinators for complete reports, as a listener has missed earlier ones.
     */
    synchronized void reportAll()
    {
        monitors.values().forEach(CoordinatorMonitor::reportAll);
    }

    @PostConstruct
    public void start()
    {
        executor.execute(this::lookupAgain);
    }

    private void lookupAgain()
    {
        try {
            lookup();
        }
        catch (Throwable t) {
            log.error(t, "Error looking up coordinators");
        }
        // the selector does not wait for its first answer, but queries may
        executor.schedule(this::lookupAgain, monitors.isEmpty() ? Math.min(FIRST_LOOKUP_MILLIS, lookupMillis) : lookupMillis, MILLISECONDS);
    }

    @PreDestroy
    public void stop()
    {
        monitors.values().forEach(CoordinatorMonitor::stop);
    }

    private synchronized void lookup()
    {
        List<ServiceDescriptor> services = selector.selectAllServices();
        for (ServiceDescriptor service : services) {
            Optional<URI> address = addresses.of(service);
            if (address.isEmpty()) {
                continue;
            }
            URI uri = address.get();
            CoordinatorMonitor monitor = monitors.get(service.getNodeId());
            if (monitor == null) {
                log.info("Found coordinator %s at %s", id(service.getNodeId()), uri);
                monitor(service.getNodeId(), uri).start();
            }
            else {
                monitor.setUri(uri);
            }
        }
        // a silent coordinator is followed even when it is no longer announced: it may have queries
        Set<String> announced = services.stream()
                .map(ServiceDescriptor::getNodeId)
                .collect(toImmutableSet());
        monitors.values().removeIf(monitor -> {
            boolean forget = monitor.health() == GONE && !announced.contains(monitor.nodeId());
            if (forget) {
                log.info("Forgetting coordinator %s at %s, which is gone", monitor.id(), monitor.uri());
                monitor.stop();
            }
            return forget;
        });
    }

    private QualifiedNodeId id(String nodeId)
    {
        return new QualifiedNodeId(cluster, nodeId);
    }

    private CoordinatorMonitor monitor(String nodeId, URI uri)
    {
        CoordinatorMonitor monitor = new CoordinatorMonitor(id(nodeId), uri, client, leadership, this::appointDecider, listener, executor, monitorConfig);
        monitors.put(nodeId, monitor);
        return monitor;
    }

    /**
     * Appoints the coordinator that decides what is killed when workers are out of memory. Silent coordinators may have queries, so the
     * decider has to know them.
     */
    private Optional<DeciderAppointment> appointDecider(long epoch)
    {
        List<CoordinatorMonitor> alive = monitors.values().stream()
                .filter(monitor -> monitor.health() != GONE && monitor.otherQueue().isEmpty())
                .sorted(comparing(CoordinatorMonitor::nodeId))
                .collect(toImmutableList());
        return deciderChoice.appoint(
                epoch,
                alive.stream()
                        .map(monitor -> new CoordinatorAddress(monitor.nodeId(), monitor.uri()))
                        .collect(toImmutableList()),
                alive.stream()
                        .filter(monitor -> monitor.health() == ANSWERING)
                        .map(CoordinatorMonitor::nodeId)
                        .collect(toImmutableSet()));
    }

    /**
     * Finds out what has become of an incarnation that another dispatcher has seen, whether or not its node is announced. Listeners then get
     * a report of it, or hear that it is lost. Its node is followed until it is gone.
     *
     * @param link where the incarnation was; if the node is known at another address, it is looked for there
     */
    public synchronized void follow(CoordinatorLink link)
    {
        CoordinatorMonitor monitor = monitors.get(link.nodeId());
        if (monitor == null) {
            log.info("Following coordinator %s at %s", link, link.uri());
            monitor = monitor(link.nodeId(), link.uri());
        }
        monitor.follow(link);
    }

    /**
     * Lets the coordinators know that this dispatcher leads the queue now, or does not any more, and asks for complete reports.
     */
    public void leadershipChanged()
    {
        monitors.values().forEach(CoordinatorMonitor::leadershipChanged);
    }

    /**
     * Returns the time, on the incarnation's own clock, of its last report. It goes with an order to start a query. Empty when nothing is
     * known of the incarnation, or when it is over.
     */
    public OptionalLong stamp(CoordinatorLink coordinator)
    {
        return Optional.ofNullable(monitors.get(coordinator.nodeId()))
                .flatMap(CoordinatorMonitor::report)
                .filter(report -> report.incarnation().equals(coordinator.incarnation()))
                .map(report -> OptionalLong.of(report.saidNanos()))
                .orElseGet(OptionalLong::empty);
    }

    /**
     * Returns the coordinators that a query may go to, in no order.
     */
    List<Candidate> candidates()
    {
        return available().stream()
                .flatMap(monitor -> monitor.link().stream().map(link -> new Candidate(link, monitor.load(), monitor.lastAssigned())))
                .collect(toImmutableList());
    }

    /**
     * A coordinator that a query may go to.
     *
     * @param load how many queries it has
     * @param lastAssigned the sequence number of the last query that was assigned to it
     */
    record Candidate(CoordinatorLink link, int load, long lastAssigned)
    {
        Candidate
        {
            requireNonNull(link, "link is null");
        }
    }

    /**
     * Returns whether a coordinator would start a query now.
     */
    public boolean isAnyAvailable()
    {
        return !available().isEmpty();
    }

    /**
     * Returns whether a coordinator belongs to the dispatchers of another query log.
     */
    boolean isAnyOfOtherQueue()
    {
        return monitors.values().stream().anyMatch(monitor -> monitor.otherQueue().isPresent());
    }

    private List<CoordinatorMonitor> available()
    {
        return monitors.values().stream()
                .filter(CoordinatorMonitor::isAvailable)
                .collect(toImmutableList());
    }

    /**
     * Returns whether a coordinator would answer a question at an address, as far as is known: {@code UNKNOWN} when it is not followed there,
     * and {@code ANSWERING} when all that it says is that it speaks another version of the protocol.
     */
    public CoordinatorHealth health(String nodeId, URI address)
    {
        CoordinatorMonitor monitor = monitors.get(nodeId);
        return monitor == null ? UNKNOWN : monitor.healthAt(address);
    }

    /**
     * Returns the incarnations that are not known to be dead.
     */
    public List<CoordinatorLink> getLinks()
    {
        return monitors.values().stream()
                .map(CoordinatorMonitor::link)
                .flatMap(Optional::stream)
                .collect(toImmutableList());
    }

    /**
     * Returns whether another incarnation of the same node is there, or its process is dead.
     */
    public boolean isLost(CoordinatorIncarnation coordinator)
    {
        CoordinatorMonitor monitor = monitors.get(coordinator.nodeId());
        if (monitor == null) {
            return false;
        }
        return monitor.health() == GONE || monitor.link().map(link -> !link.coordinator().equals(coordinator)).orElse(false);
    }

    /**
     * Returns whether the incarnation is not known to be dead.
     */
    public boolean isAlive(CoordinatorLink coordinator)
    {
        CoordinatorMonitor monitor = monitors.get(coordinator.nodeId());
        return monitor != null && monitor.mayBeAlive(coordinator);
    }

    /**
     * Finds out at once how the coordinator is doing, after a call to it has failed.
     */
    public void suspect(CoordinatorLink coordinator)
    {
        Optional.ofNullable(monitors.get(coordinator.nodeId())).ifPresent(CoordinatorMonitor::checkNow);
    }

    /**
     * @param sequence greater than for all earlier queries
     */
    void queryAssigned(CoordinatorLink coordinator, long sequence)
    {
        Optional.ofNullable(monitors.get(coordinator.nodeId())).ifPresent(monitor -> monitor.queryAssigned(sequence));
    }

    public void queryReleased(CoordinatorLink coordinator)
    {
        Optional.ofNullable(monitors.get(coordinator.nodeId())).ifPresent(CoordinatorMonitor::queryReleased);
    }

    /**
     * Returns the condition of each coordinator, ordered by node id.
     */
    public List<CoordinatorCondition> getConditions()
    {
        return monitors.values().stream()
                .sorted(comparing(CoordinatorMonitor::nodeId))
                .map(CoordinatorMonitor::condition)
                .collect(toImmutableList());
    }

    /**
     * Returns whether a coordinator answers, which need not take queries.
     */
    boolean isAnyAnswering()
    {
        return monitors.values().stream().anyMatch(monitor -> monitor.health() == ANSWERING);
    }

    int availableCoordinators()
    {
        return available().size();
    }

    /**
     * Returns the number of the cluster's workers. Coordinators share them, and each may not have found all of them yet.
     */
    long activeWorkers()
    {
        return maxOfReports(CoordinatorReport::activeWorkers);
    }

    long availableProcessors()
    {
        return maxOfReports(CoordinatorReport::availableProcessors);
    }

    private long maxOfReports(ToLongFunction<CoordinatorReport> value)
    {
        return monitors.values().stream()
                .map(CoordinatorMonitor::report)
                .flatMap(Optional::stream)
                .mapToLong(value)
                .max()
                .orElse(0);
    }

    int knownCoordinators()
    {
        return monitors.size();
    }

    /**
     * Returns whether no coordinator has a query, as far as is known.
     */
    boolean isIdle()
    {
        return monitors.values().stream().allMatch(monitor -> monitor.health() == GONE || monitor.load() == 0);
    }

    List<String> status()
    {
        return monitors.values().stream()
                .sorted(comparing(CoordinatorMonitor::nodeId))
                .map(monitor -> "%s %s available=%s leased=%s queries=%s workers=%s".formatted(
                        monitor.id(),
                        monitor.health(),
                        monitor.isAvailable(),
                        monitor.report().map(CoordinatorReport::leased).orElse(false),
                        monitor.report().map(CoordinatorReport::runningQueries).orElse(0),
                        monitor.report().map(CoordinatorReport::activeWorkers).orElse(0)))
                .collect(toImmutableList());
    }
}
