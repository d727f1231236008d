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
package io.prestosql.selection;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;
import io.prestosql.node.ConfigurationFile;
import io.prestosql.selection.core.ClusterLabels;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.configuration.ConfigurationUtils.replaceEnvironmentVariables;
import static io.prestosql.spi.selection.ClusterSelectionPolicy.MAX_REQUEST_FACTS_LENGTH;
import static java.util.Objects.requireNonNull;

/**
 * Asks the configured policy which clusters queries may go to.
 */
public class ClusterSelections
{
    static final String MANAGER = "cluster-selection.configuration-manager";

    private static final Logger log = Logger.get(ClusterSelections.class);

    private final Context context;
    private final Path configFile;
    private final Map<String, ClusterSelectionPolicyFactory> factories = new HashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final SelectionMetrics metrics;
    private final AtomicLong refused = new AtomicLong();
    private volatile ClusterSelectionPolicy policy;

    @Inject
    public ClusterSelections(Clusters clusters, Set<ClusterSelectionPolicyFactory> factories, ClusterSelectionConfig config, SelectionMetrics metrics)
    {
        this(() -> labels(clusters), factories, config.getConfigFile(), metrics);
    }

    /**
     * @param labels by what rules know each cluster at the moment
     */
    ClusterSelections(Supplier<Map<ClusterName, ClusterLabels>> labels, Set<ClusterSelectionPolicyFactory> factories, Path configFile, SelectionMetrics metrics)
    {
        this.context = new Context(labels);
        this.configFile = requireNonNull(configFile, "configFile is null");
        this.metrics = requireNonNull(metrics, "metrics is null");
        factories.forEach(this::addFactory);
        this.policy = new HeaderSelectionPolicy(Optional.empty(), context);
    }

    private static Map<ClusterName, ClusterLabels> labels(Clusters clusters)
    {
        return clusters.all().stream().collect(toImmutableMap(KnownCluster::name, cluster -> cluster.settings().labels()));
    }

    /**
     * Makes a policy known, before the configuration is loaded.
     */
    public synchronized void addFactory(ClusterSelectionPolicyFactory factory)
    {
        checkState(factories.put(factory.getName(), factory) == null, "There are two policies for the selection of clusters with the name '%s'", factory.getName());
    }

    /**
     * Loads the configured policy. Without the file, clients may name a routing group, and all clusters are equal otherwise.
     *
     * @throws InvalidClusterSelectionException when the file, or one that it names, is wrong
     */
    public synchronized void load()
    {
        if (!Files.exists(configFile)) {
            return;
        }
        ConfigurationFile file;
        try {
            file = ConfigurationFile.load(configFile);
        }
        catch (UncheckedIOException | IllegalArgumentException e) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s: %s".formatted(configFile, e.getMessage())));
        }
        List<String> repetitions = file.repetitions();
        if (!repetitions.isEmpty()) {
            throw new InvalidClusterSelectionException(repetitions);
        }
        String name = file.properties().get(MANAGER);
        if (name == null) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s %s: the property is missing. Set it to one of: %s".formatted(configFile, MANAGER, names())));
        }
        ClusterSelectionPolicyFactory factory = factories.get(name);
        if (factory == null) {
            throw new InvalidClusterSelectionException(ImmutableList.of("%s %s: there is no '%s'. Set it to one of: %s".formatted(file.locationOf(MANAGER), MANAGER, name, names())));
        }
        try {
            policy = factory.create(Maps.filterKeys(replaceEnvironmentVariables(file.properties()), property -> !property.equals(MANAGER)), context);
        }
        catch (InvalidPolicyPropertiesException e) {
            throw new InvalidClusterSelectionException(e.problems().stream()
                    .map(problem -> file.withLocation(problem).orElseGet(() -> "%s: %s".formatted(configFile, problem)))
                    .collect(toImmutableList()));
        }
        catch (InvalidClusterSelectionException e) {
            // such as those of a file with rules, which name that file
            throw new InvalidClusterSelectionException(e.problems().stream()
                    .map(problem -> file.withLocation(problem).orElse(problem))
                    .collect(toImmutableList()));
        }
        log.info("Clusters are selected by %s, as %s says", name, configFile);
    }

    private String names()
    {
        return String.join(", ", factories.keySet().stream().sorted().toList());
    }

    @PreDestroy
    public void stop()
    {
        policy.shutdown();
    }

    /**
     * @param listener hears that queries in the queue may have to go elsewhere
     */
    public void addListener(Runnable listener)
    {
        listeners.add(requireNonNull(listener, "listener is null"));
    }

    /**
     * Finds what has to be known of a request, to be kept with the query.
     *
     * @throws ClusterSelectionException when the request is to be refused
     */
    public Map<String, String> inspect(SelectionRequest request)
    {
        try {
            Map<String, String> facts = ImmutableMap.copyOf(metrics.inspection(() -> policy.inspect(request)));
            int length = facts.entrySet().stream()
                    .flatMap(fact -> Stream.of(fact.getKey(), fact.getValue()))
                    .mapToInt(String::length)
                    .sum();
            if (length > MAX_REQUEST_FACTS_LENGTH) {
                throw new ClusterSelectionException("What the rules for clusters need of the request's headers is %s characters long, more than the maximum of %s".formatted(length, MAX_REQUEST_FACTS_LENGTH));
            }
            return facts;
        }
        catch (ClusterSelectionException e) {
            refused.incrementAndGet();
            throw e;
        }
    }

    /**
     * Returns whether the policy has to know more of a query than what is kept of its request.
     */
    public boolean needsQuery()
    {
        return !(policy instanceof HeaderSelectionPolicy);
    }

    /**
     * @param requestFacts what {@link #inspect} has found
     * @param query makes the query as a policy sees it, if the policy needs more than that
     * @throws ClusterSelectionException when the query may go nowhere
     */
    public ClusterSelection select(Map<String, String> requestFacts, Supplier<SelectionQuery> query)
    {
        try {
            ClusterSelectionPolicy current = policy;
            return metrics.selection(() -> current instanceof HeaderSelectionPolicy header ? header.select(requestFacts) : current.select(query.get()));
        }
        catch (ClusterSelectionException e) {
            refused.incrementAndGet();
            throw e;
        }
    }

    @Managed(description = "What is wrong with the rules for the selection of clusters; the last rules that were right stay in use")
    public List<String> getProblems()
    {
        return policy.problems();
    }

    @Managed(description = "Queries that the rules for the selection of clusters have refused")
    public long getRefusedQueries()
    {
        return refused.get();
    }

    private class Context
            implements ClusterSelectionContext
    {
        private final Supplier<Map<ClusterName, ClusterLabels>> labels;

        private Context(Supplier<Map<ClusterName, ClusterLabels>> labels)
        {
            this.labels = requireNonNull(labels, "labels is null");
        }

        @Override
        public Set<String> clusters()
        {
            return labels.get().keySet().stream()
                    .map(ClusterName::value)
                    .collect(toImmutableSet());
        }

        @Override
        public Set<String> routingGroups()
        {
            return labels.get().values().stream()
                    .flatMap(cluster -> cluster.routingGroups().stream())
                    .collect(toImmutableSet());
        }

        @Override
        public void rulesChanged()
        {
            for (Runnable listener : listeners) {
                try {
                    listener.run();
                }
                catch (RuntimeException e) {
                    log.error(e, "Error applying changed rules for the selection of clusters");
                }
            }
        }
    }
}
