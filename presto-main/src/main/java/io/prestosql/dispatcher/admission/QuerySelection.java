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
package io.prestosql.dispatcher.admission;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;
import io.prestosql.selection.ClusterSelections;
import io.prestosql.selection.StatementAnalysis;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.trino.Session;
import io.trino.spi.TrinoException;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.sql.tree.Statement;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import static com.google.common.base.Suppliers.memoize;
import static io.prestosql.node.DispatcherErrorCode.CLUSTER_SELECTION_FAILED;
import static io.prestosql.node.DispatcherErrorCode.INVALID_CLUSTER_SELECTION;
import static io.prestosql.spi.selection.ClusterChoice.LEAST_LOADED;
import static io.prestosql.spi.selection.ClusterSelection.WhenUnavailable.WAIT;
import static java.util.Objects.requireNonNull;

/**
 * Selects the clusters of one query, and does so again when the rules have changed.
 */
final class QuerySelection
{
    private static final Logger log = Logger.get(QuerySelection.class);

    /** The name of no cluster. */
    private static final ClusterTarget NOWHERE = new ClusterTarget.NamedCluster("");

    private final Supplier<ClusterSelection> policy;
    private volatile Optional<ClusterSelection> current = Optional.empty();
    private volatile boolean outdated;

    /**
     * @param policy selects clusters by the rules of the moment
     */
    QuerySelection(Supplier<ClusterSelection> policy)
    {
        this.policy = requireNonNull(policy, "policy is null");
    }

    /**
     * @param statement the parsed statement, which is not kept
     * @param authenticatedUser the user that the client has proved to be
     * @param requestFacts what the selection has found in the request
     */
    static QuerySelection create(
            ClusterSelections selections,
            Session session,
            Statement statement,
            ResourceGroupId resourceGroup,
            Optional<String> authenticatedUser,
            Map<String, String> requestFacts)
    {
        StatementFacts facts = selections.needsQuery() ? StatementAnalysis.analyze(statement, session.getCatalog(), session.getSchema()) : StatementFacts.NONE;
        Supplier<SelectionQuery> query = memoize(() -> toQuery(session, facts, resourceGroup, authenticatedUser, requestFacts));
        return new QuerySelection(() -> selections.select(requestFacts, query));
    }

    private static SelectionQuery toQuery(Session session, StatementFacts facts, ResourceGroupId resourceGroup, Optional<String> authenticatedUser, Map<String, String> requestFacts)
    {
        Map<String, String> properties = new HashMap<>(session.getSystemProperties());
        session.getCatalogProperties().forEach((catalog, values) -> values.forEach((name, value) -> properties.put(catalog + "." + name, value)));
        return new SelectionQuery(
                session.getUser(),
                session.getOriginalIdentity().getUser(),
                authenticatedUser,
                session.getIdentity().getGroups(),
                session.getSource(),
                session.getClientTags(),
                session.getClientInfo(),
                properties,
                resourceGroup.toString(),
                facts,
                requestFacts);
    }

    /**
     * Returns the clusters that the query may go to.
     *
     * @throws TrinoException when it may go to none
     */
    ClusterSelection get()
    {
        if (current.isEmpty()) {
            current = Optional.of(select());
        }
        else if (outdated) {
            outdated = false;
            refresh();
        }
        return current.get();
    }

    /**
     * Returns the clusters that a query may go to which an earlier leader has accepted. If the rules of this dispatcher allow none, it waits
     * until they do, rather than be lost.
     */
    ClusterSelection getOrNowhere()
    {
        try {
            return get();
        }
        catch (TrinoException e) {
            ClusterSelection nowhere = new ClusterSelection(e.getMessage(), ImmutableList.of(NOWHERE), ImmutableSet.of(), LEAST_LOADED, WAIT, Optional.empty());
            current = Optional.of(nowhere);
            return nowhere;
        }
    }

    /**
     * Lets the next call select again, as the rules have changed.
     */
    void rulesChanged()
    {
        outdated = true;
    }

    /**
     * Selects again. If the rules would refuse the query, which was accepted before, it keeps its clusters.
     */
    private void refresh()
    {
        try {
            current = Optional.of(select());
        }
        catch (TrinoException e) {
            log.debug(e, "The changed rules do not allow a query that was accepted before");
        }
    }

    private ClusterSelection select()
    {
        try {
            return policy.get();
        }
        catch (ClusterSelectionException e) {
            throw new TrinoException(INVALID_CLUSTER_SELECTION, e.getMessage(), e);
        }
        catch (RuntimeException e) {
            throw new TrinoException(CLUSTER_SELECTION_FAILED, "Error selecting the clusters of the query: " + e.getMessage(), e);
        }
    }
}
