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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import com.google.inject.Injector;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.cluster.ClusterFiles.Reading;
import io.prestosql.node.ClusterName;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.util.concurrent.Futures.nonCancellationPropagating;
import static io.prestosql.node.ClusterName.DEFAULT;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * The clusters behind this dispatcher: that of its own {@code discovery.uri}, if it has one, those of the files, and those of the query log.
 * <p>
 * Each cluster has services of its own, so that nothing waits for a cluster that does not answer. A change of how a cluster is reached
 * replaces its services; any other change does not disturb them.
 */
public class Clusters
{
    private static final Logger log = Logger.get(Clusters.class);
    private static final String NO_CLUSTER = "No cluster is defined, so all queries wait: add a file NAME.properties to the folder of cluster.config-dir, or PUT /v1/clusters/NAME";

    private static final Duration MAX_LEAVE_TIME = new Duration(5, SECONDS);

    private final ClusterFiles files;
    private final LoggedDefinitions loggedDefinitions;
    private final ClusterServicesFactory servicesFactory;
    private final Set<ClusterUse> uses;
    private final ScheduledExecutorService executor;
    private final Duration refreshPeriod;
    private final Duration forgetAfter;
    /** The removed clusters that run nothing, and since when. */
    private final Map<ClusterName, Long> unused = new HashMap<>();
    private final List<ClustersListener> listeners = new CopyOnWriteArrayList<>();
    /** Lets listeners hear one change at a time. Not the lock of this object: creating the services of a cluster can take seconds. */
    private final Object telling = new Object();
    private final LeavingClusters leaving = new LeavingClusters();
    private final Set<String> loggedProblems = new HashSet<>();
    private volatile Map<ClusterName, ClusterState> orderedStates = ImmutableMap.of();
    private volatile Map<ClusterName, KnownCluster> clusters;
    private volatile List<String> problems = ImmutableList.of();
    private boolean announced;
    private boolean stopped;

    @Inject
    public Clusters(
            Injector injector,
            ClusterFiles files,
            ClusterServicesFactory servicesFactory,
            Set<ClusterUse> uses,
            @ForClusters ScheduledExecutorService executor,
            ClusterFilesConfig config)
    {
        this.files = requireNonNull(files, "files is null");
        this.servicesFactory = requireNonNull(servicesFactory, "servicesFactory is null");
        this.loggedDefinitions = new LoggedDefinitions(servicesFactory);
        this.uses = requireNonNull(uses, "uses is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.refreshPeriod = config.getRefreshPeriod();
        this.forgetAfter = config.getForgetAfter();
        this.clusters = servicesFactory.processDefinition().stream().collect(toImmutableMap(
                ClusterDefinition::name,
                definition -> new KnownCluster(definition, ClusterServices.ofProcess(injector), () -> orderedState(definition.name()))));
    }

    /**
     * Reads the definitions for the first time. Later, a wrong file changes nothing; now there is nothing that it could leave as it is.
     *
     * @throws InvalidClusterException when a file is wrong, or when there is neither a cluster nor a folder for the files of clusters. The
     * folder says that its operator knows of clusters, which calls may define later, or have defined.
     */
    public synchronized void load()
            throws IOException
    {
        Reading reading = files.read();
        if (!reading.problems().isEmpty()) {
            throw new InvalidClusterException(reading.problems());
        }
        List<String> failures = apply(reading.definitions());
        if (!failures.isEmpty()) {
            throw new InvalidClusterException(failures);
        }
        if (clusters.isEmpty()) {
            if (!files.isFolderPresent()) {
                throw new InvalidClusterException(ImmutableList.of("There is no cluster: set discovery.uri in config.properties, or add a file NAME.properties to the folder of cluster.config-dir. " +
                        "If calls define all clusters, create that folder, and leave it empty"));
            }
            log.warn("Neither config.properties nor a file defines a cluster. Queries wait until the query log tells of clusters that calls have defined, or a cluster is defined");
        }
    }

    /**
     * Announces this dispatcher to the clusters, and looks for changes of their definitions from now on.
     */
    public synchronized void start()
    {
        announced = true;
        clusters.values().forEach(cluster -> cluster.services().announce());
        executor.scheduleWithFixedDelay(this::refreshSafely, refreshPeriod.toMillis(), refreshPeriod.toMillis(), MILLISECONDS);
    }

    /**
     * Leaves all clusters side by side.
     */
    @PreDestroy
    public synchronized void stop()
    {
        stopped = true;
        clusters.values().forEach(leaving::leave);
        leaving.await(MAX_LEAVE_TIME);
    }

    /**
     * @param listener is told of changes from now on
     */
    public void addListener(ClustersListener listener)
    {
        listeners.add(requireNonNull(listener, "listener is null"));
    }

    public Optional<KnownCluster> find(ClusterName name)
    {
        return Optional.ofNullable(clusters.get(name));
    }

    /**
     * Returns the clusters, ordered by name.
     */
    public List<KnownCluster> all()
    {
        return ImmutableList.copyOf(clusters.values());
    }

    /**
     * Sets the states that operators have ordered. They go before those of the definitions, also of clusters that are not defined yet.
     */
    public void orderStates(Map<ClusterName, ClusterState> states)
    {
        Map<ClusterName, ClusterState> former;
        synchronized (telling) {
            former = orderedStates;
            orderedStates = ImmutableMap.copyOf(states);
        }
        all().stream()
                .filter(cluster -> !Objects.equals(former.get(cluster.name()), states.get(cluster.name())))
                .forEach(cluster -> {
                    log.info("Cluster %s is %s now", cluster, cluster.settings().state());
                    tell(listener -> listener.changed(cluster));
                });
    }

    /**
     * Sets the definitions that the query log has. They count a moment later, as the services of a cluster take their time.
     *
     * @param definitions the properties of each cluster, as its file would have them
     * @return done when they count, or it is known why they do not
     */
    public ListenableFuture<Void> defineInLog(Map<ClusterName, Map<String, String>> definitions)
    {
        loggedDefinitions.set(definitions);
        // who gives up waiting must not end it for others
        return nonCancellationPropagating(Futures.submit(this::refreshSafely, executor));
    }

    /**
     * Checks a definition for the query log as if it were that of a file.
     *
     * @return what is wrong, each with the name of the property and the fix
     */
    public List<String> checkDefinition(ClusterName name, Map<String, String> properties)
    {
        List<String> found = loggedDefinitions.check(name, properties);
        if (!found.isEmpty()) {
            return found;
        }
        Map<ClusterName, ClusterDefinition> others = all().stream().collect(toImmutableMap(KnownCluster::name, KnownCluster::definition));
        return loggedDefinitions.sharing(ClusterProperties.parse(name, properties, LoggedDefinitions.SOURCE), others).stream().collect(toImmutableList());
    }

    private Optional<ClusterState> orderedState(ClusterName name)
    {
        return Optional.ofNullable(orderedStates.get(name));
    }

    private void refreshSafely()
    {
        try {
            refresh();
        }
        catch (Throwable t) {
            log.error(t, "Error reading the definitions of clusters");
        }
    }

    synchronized void refresh()
            throws IOException
    {
        if (stopped) {
            // a cluster that comes now would never be left
            return;
        }
        Reading reading = loggedDefinitions.addTo(files.read());
        List<String> failures = apply(reading.definitions());
        List<String> wrong = ImmutableList.<String>builder()
                .addAll(reading.problems())
                .addAll(failures)
                .build();
        problems = clusters.isEmpty() ? ImmutableList.<String>builder().addAll(wrong).add(NO_CLUSTER).build() : wrong;
        loggedProblems.retainAll(wrong);
        wrong.stream()
                .filter(loggedProblems::add)
                .forEach(problem -> log.error("The definition of a cluster is wrong, and the last one that was right stays in use: %s", problem));
    }

    /**
     * @return why definitions cannot be used that look right, such as a certificate that cannot be read
     */
    private List<String> apply(Map<ClusterName, ClusterDefinition> read)
    {
        List<String> failures = new ArrayList<>();
        Map<ClusterName, ClusterDefinition> definitions = new TreeMap<>(read);
        servicesFactory.processDefinition().ifPresent(process -> definitions.putIfAbsent(DEFAULT, process));
        Map<ClusterName, KnownCluster> current = new TreeMap<>(clusters);
        List<Runnable> news = new ArrayList<>();
        for (ClusterDefinition definition : definitions.values()) {
            try {
                define(definition, current, news);
            }
            catch (RuntimeException e) {
                failures.add("Cluster %s cannot be reached as its definition says: %s".formatted(definition.name(), e.getMessage()));
            }
        }
        ImmutableList.copyOf(current.values()).stream()
                .filter(cluster -> !definitions.containsKey(cluster.name()))
                .forEach(cluster -> remove(cluster, current, news));
        clusters = ImmutableSortedMap.copyOf(current);
        news.forEach(Runnable::run);
        return failures;
    }

    private void define(ClusterDefinition definition, Map<ClusterName, KnownCluster> current, List<Runnable> news)
    {
        KnownCluster known = current.get(definition.name());
        if (known != null && known.definition().equals(definition) && !known.isRemoved()) {
            return;
        }
        if (known != null && known.definition().hasConnectionOf(definition)) {
            log.info("Cluster %s is changed: %s", definition.name(), definition.settings());
            known.redefine(definition);
            unused.remove(definition.name());
            news.add(() -> tell(listener -> listener.changed(known)));
            return;
        }
        KnownCluster cluster = new KnownCluster(definition, servicesFactory.create(definition.name(), definition.connection()), () -> orderedState(definition.name()));
        log.info("Cluster %s is %s: %s", definition.name(), known == null ? "added" : "reached in another way", definition);
        current.put(definition.name(), cluster);
        if (announced) {
            cluster.services().announce();
        }
        if (known != null) {
            news.add(() -> end(known));
        }
        news.add(() -> tell(listener -> listener.added(cluster)));
    }

    private void remove(KnownCluster cluster, Map<ClusterName, KnownCluster> current, List<Runnable> news)
    {
        if (!cluster.isRemoved()) {
            log.info("Cluster %s is removed, and takes no queries any more", cluster);
            cluster.remove();
            news.add(() -> tell(listener -> listener.changed(cluster)));
        }
        if (uses.stream().anyMatch(use -> use.isUsed(cluster))) {
            unused.remove(cluster.name());
            return;
        }
        long sinceNanos = unused.computeIfAbsent(cluster.name(), _ -> System.nanoTime());
        if (System.nanoTime() - sinceNanos >= forgetAfter.roundTo(NANOSECONDS)) {
            log.info("Cluster %s is forgotten: it was removed, and runs no queries any more", cluster);
            unused.remove(cluster.name());
            current.remove(cluster.name());
            news.add(() -> end(cluster));
        }
    }

    private void end(KnownCluster cluster)
    {
        tell(listener -> listener.removed(cluster));
        leaving.leave(cluster);
    }

    private void tell(Consumer<ClustersListener> news)
    {
        synchronized (telling) {
            for (ClustersListener listener : listeners) {
                try {
                    news.accept(listener);
                }
                catch (RuntimeException e) {
                    log.error(e, "Error telling of a change of clusters");
                }
            }
        }
    }

    @Managed(description = "Clusters that this dispatcher knows, those included that only finish what they run")
    public int getClusterCount()
    {
        return clusters.size();
    }

    @Managed(description = "What is wrong with the definitions of clusters; the last ones that were right stay in use")
    public List<String> getProblems()
    {
        return problems;
    }
}
