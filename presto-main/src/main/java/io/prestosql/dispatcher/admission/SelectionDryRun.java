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
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.opentelemetry.api.trace.Span;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.ClusterSelections;
import io.prestosql.selection.core.ClusterRooms;
import io.prestosql.selection.core.ClusterRoute.ToTargets;
import io.prestosql.spi.selection.ClusterChoice;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelection.WhenUnavailable;
import io.prestosql.spi.selection.ClusterTarget;
import io.trino.Session;
import io.trino.execution.QueryPreparer;
import io.trino.execution.QueryPreparer.PreparedQuery;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.security.AccessControl;
import io.trino.server.SessionContext;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.SessionSupplier;
import io.trino.spi.QueryId;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.spi.resourcegroups.SelectionCriteria;
import io.trino.spi.security.Identity;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.units.Duration.succinctDuration;
import static io.trino.util.StatementUtils.getQueryType;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Says where a statement would go, and why, without running it. It takes the same steps as a submission, up to the resource group.
 */
public class SelectionDryRun
{
    private final SessionSupplier sessionSupplier;
    private final QueryPreparer queryPreparer;
    private final ResourceGroupManager<?> resourceGroupManager;
    private final SessionPropertyDefaults sessionPropertyDefaults;
    private final AccessControl accessControl;
    private final ClusterSelections selections;
    private final ClusterRooms rooms;
    private final QueueAdmission queueAdmission;

    /**
     * Where a statement would go.
     *
     * @param resourceGroup the group that it would wait in
     * @param reason what has decided, such as a rule
     * @param targets the clusters that it may go to, the best first
     * @param maxWait the age at which it would wait for them no longer
     * @param clusters what there is to say of each of its clusters at the moment
     * @param cluster the cluster that it would go to now, if one can take it
     * @param leader whether this dispatcher leads the queue; others do not know how many queries the clusters have
     */
    public record DryRunResult(
            String resourceGroup,
            String reason,
            List<String> targets,
            Set<String> clusterTags,
            ClusterChoice choice,
            WhenUnavailable whenUnavailable,
            Optional<Duration> maxWait,
            Map<ClusterName, String> clusters,
            Optional<ClusterName> cluster,
            boolean leader)
    {
        public DryRunResult
        {
            requireNonNull(resourceGroup, "resourceGroup is null");
            requireNonNull(reason, "reason is null");
            targets = ImmutableList.copyOf(targets);
            clusterTags = ImmutableSet.copyOf(clusterTags);
            requireNonNull(choice, "choice is null");
            requireNonNull(whenUnavailable, "whenUnavailable is null");
            requireNonNull(maxWait, "maxWait is null");
            requireNonNull(clusters, "clusters is null");
            requireNonNull(cluster, "cluster is null");
        }
    }

    @Inject
    public SelectionDryRun(
            @ForDispatcher SessionSupplier sessionSupplier,
            QueryPreparer queryPreparer,
            @SuppressWarnings("rawtypes") GroupTurns resourceGroupManager,
            SessionPropertyDefaults sessionPropertyDefaults,
            AccessControl accessControl,
            ClusterSelections selections,
            ClusterRooms rooms,
            QueueAdmission queueAdmission)
    {
        this.sessionSupplier = requireNonNull(sessionSupplier, "sessionSupplier is null");
        this.queryPreparer = requireNonNull(queryPreparer, "queryPreparer is null");
        this.resourceGroupManager = requireNonNull(resourceGroupManager, "resourceGroupManager is null");
        this.sessionPropertyDefaults = requireNonNull(sessionPropertyDefaults, "sessionPropertyDefaults is null");
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.selections = requireNonNull(selections, "selections is null");
        this.rooms = requireNonNull(rooms, "rooms is null");
        this.queueAdmission = requireNonNull(queueAdmission, "queueAdmission is null");
    }

    /**
     * @param requestFacts what the selection has found in the request
     * @throws io.trino.spi.TrinoException when the statement would fail before it gets into a resource group
     */
    public DryRunResult run(QueryId queryId, SessionContext sessionContext, Map<String, String> requestFacts, String sql)
    {
        Session session = sessionSupplier.createSession(queryId, Span.getInvalid(), sessionContext);
        accessControl.checkCanExecuteQuery(sessionContext.getIdentity(), queryId);
        PreparedQuery preparedQuery = queryPreparer.prepareQuery(session, sql);
        Optional<String> queryType = getQueryType(preparedQuery.getStatement()).map(Enum::name);
        ResourceGroupId resourceGroup = resourceGroupManager.selectGroup(new SelectionCriteria(
                sessionContext.getIdentity().getPrincipal().isPresent(),
                sessionContext.getIdentity().getUser(),
                sessionContext.getIdentity().getGroups(),
                sessionContext.getOriginalIdentity().getUser(),
                sessionContext.getAuthenticatedIdentity().map(Identity::getUser),
                sessionContext.getSource(),
                sessionContext.getClientTags(),
                sessionContext.getResourceEstimates(),
                queryType)).getResourceGroupId();
        session = sessionPropertyDefaults.newSessionWithDefaultProperties(session, queryType, resourceGroup);
        ClusterSelection selection = QuerySelection.create(
                selections,
                session,
                preparedQuery.getStatement(),
                resourceGroup,
                sessionContext.getAuthenticatedIdentity().map(Identity::getUser),
                requestFacts).get();
        ToTargets route = ToTargets.of(selection);
        Map<ClusterName, String> clusters = new TreeMap<>();
        rooms.obstacles(route).forEach((cluster, obstacle) -> clusters.put(cluster, obstacle.orElse("can take it")));
        return new DryRunResult(
                resourceGroup.toString(),
                selection.reason(),
                selection.targets().stream().map(ClusterTarget::toString).collect(toImmutableList()),
                selection.clusterTags(),
                selection.choice(),
                selection.whenUnavailable(),
                selection.maxWait().map(limit -> succinctDuration(limit.toMillis(), MILLISECONDS)),
                clusters,
                rooms.choices(queryId, route).stream().findFirst(),
                queueAdmission.isLeading());
    }
}
