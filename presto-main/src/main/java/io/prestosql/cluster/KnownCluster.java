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

import io.prestosql.node.ClusterName;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.cluster.ClusterServicesFactory.SHARED_SECRET;
import static java.util.Objects.requireNonNull;

/**
 * A cluster of this dispatcher: its settings at the moment, and the services that reach it.
 */
public final class KnownCluster
{
    private final ClusterName name;
    private final ClusterServices services;
    private final Supplier<Optional<ClusterState>> orderedState;
    private volatile ClusterDefinition definition;
    private volatile boolean removed;

    /**
     * @param orderedState the state that goes before that of the definition
     */
    KnownCluster(ClusterDefinition definition, ClusterServices services, Supplier<Optional<ClusterState>> orderedState)
    {
        this.name = definition.name();
        this.definition = definition;
        this.services = requireNonNull(services, "services is null");
        this.orderedState = requireNonNull(orderedState, "orderedState is null");
    }

    public ClusterName name()
    {
        return name;
    }

    public ClusterServices services()
    {
        return services;
    }

    /**
     * Returns its settings; one whose definition is gone only finishes what it has.
     */
    public ClusterSettings settings()
    {
        ClusterState state = orderedState.get().orElseGet(this::definedState);
        return definition.settings().withState(removed && state == ClusterState.ACTIVE ? ClusterState.DRAINING : state);
    }

    /**
     * Returns the state that counts when operators order no other one.
     */
    public ClusterState definedState()
    {
        return removed ? ClusterState.DRAINING : definition.settings().state();
    }

    /**
     * Returns the addresses of its {@code discovery.uri}.
     */
    public Set<URI> servers()
    {
        return definition.servers();
    }

    /**
     * Returns where operators find its definition, or have found it: the path of a file, or {@value LoggedDefinitions#SOURCE}.
     */
    public String source()
    {
        return definition.source();
    }

    /**
     * Returns those of the problems that its definition has.
     *
     * @param problems those of all definitions
     */
    public List<String> problemsOf(List<String> problems)
    {
        String prefix = isDefinedInLog() ? LoggedDefinitions.problemPrefix(name) : source();
        return problems.stream()
                .filter(problem -> problem.startsWith(prefix))
                .collect(toImmutableList());
    }

    /**
     * Returns whether its definition stands in the query log only.
     */
    public boolean isDefinedInLog()
    {
        return source().equals(LoggedDefinitions.SOURCE);
    }

    /**
     * Returns whether its definition is gone, so that it only finishes what it runs.
     */
    public boolean isRemoved()
    {
        return removed;
    }

    /**
     * Returns whether it takes queries of no transaction, as far as its definition says.
     */
    public boolean takesQueries()
    {
        return settings().state() == ClusterState.ACTIVE;
    }

    /**
     * Returns whether its nodes have the secret of this dispatcher, so that what they announce is worth as much as what dispatchers say.
     */
    public boolean hasSecretOfProcess()
    {
        return !definition.connection().containsKey(SHARED_SECRET);
    }

    ClusterDefinition definition()
    {
        return definition;
    }

    void redefine(ClusterDefinition definition)
    {
        this.definition = requireNonNull(definition, "definition is null");
        removed = false;
    }

    void remove()
    {
        removed = true;
    }

    @Override
    public String toString()
    {
        return name.toString();
    }
}
