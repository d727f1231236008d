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

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.clusters.LeaderClusters;
import io.prestosql.dispatcher.clusters.Operator;
import io.prestosql.dispatcher.clusters.OrderedDefinition;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.NotLeaderException;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.ws.rs.BadRequestException;
import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;

import static com.google.common.util.concurrent.Futures.immediateFailedFuture;
import static com.google.common.util.concurrent.Futures.immediateVoidFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static jakarta.ws.rs.core.Response.Status.BAD_REQUEST;
import static jakarta.ws.rs.core.Response.Status.CONFLICT;
import static jakarta.ws.rs.core.Response.Status.NOT_FOUND;
import static java.util.Objects.requireNonNull;

/**
 * Makes orders for clusters of what scripts ask of Trino Gateway.
 * <p>
 * To repeat a request changes nothing, as a script has to do that when it is not certain whether an order counts. Each call fails with
 * {@link WebApplicationException} when the request or the leader refuses it, and with {@link NotLeaderException} when no leader answers.
 */
public class BackendOrders
{
    private final LeaderClusters clusters;
    private final ClusterTemplates templates;
    private final Executor executor;

    @Inject
    public BackendOrders(LeaderClusters clusters, ClusterTemplates templates, DispatchExecutor executor)
    {
        this(clusters, templates, executor.getExecutor());
    }

    BackendOrders(LeaderClusters clusters, ClusterTemplates templates, Executor executor)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.templates = requireNonNull(templates, "templates is null");
        this.executor = requireNonNull(executor, "executor is null");
    }

    /**
     * Defines a cluster that the query log does not have yet.
     *
     * @param template empty for the template of the configuration
     */
    public ListenableFuture<Void> add(Backend backend, Optional<String> template, Operator operator)
    {
        return define(backend, operator, present -> {
            Map<String, String> definition = backend.define(readTemplate(template));
            if (present.isPresent() && !present.get().equals(definition)) {
                throw new ClientErrorException("There is a backend '%s' already: update it, or delete it first".formatted(backend.name()), CONFLICT);
            }
            return definition;
        });
    }

    /**
     * Defines a cluster, or changes what a backend says of its definition.
     *
     * @param template what takes the place of the rest of its definition; empty to keep that, or for the template of the configuration
     * if the query log does not have the cluster yet
     */
    public ListenableFuture<Void> update(Backend backend, Optional<String> template, Operator operator)
    {
        return define(backend, operator, present -> backend.define(present
                .filter(_ -> template.isEmpty())
                .orElseGet(() -> readTemplate(template))));
    }

    /**
     * Removes a cluster. That there is none is no error, as in Trino Gateway.
     */
    public ListenableFuture<Void> delete(String name, Operator operator)
    {
        if (!ClusterName.isValid(name)) {
            return immediateVoidFuture();
        }
        return ifFound(clusters.order(new ClusterName(name), operator.orderDefinition(Optional.empty())));
    }

    public ListenableFuture<Void> setActive(String name, boolean active, Operator operator)
    {
        if (!ClusterName.isValid(name)) {
            return immediateFailedFuture(new NotFoundException("There is no cluster '%s'".formatted(name)));
        }
        return clusters.order(new ClusterName(name), operator.orderState(Optional.of(Backend.stateOf(active))));
    }

    /**
     * @param definition makes the new definition of that which the query log has
     */
    private ListenableFuture<Void> define(Backend backend, Operator operator, Function<Optional<Map<String, String>>, Map<String, String>> definition)
    {
        ClusterName cluster;
        try {
            cluster = new ClusterName(backend.name());
        }
        catch (IllegalArgumentException e) {
            return immediateFailedFuture(new BadRequestException(e.getMessage()));
        }
        return FluentFuture.from(clusters.definitions())
                .transformAsync(
                        definitions -> {
                            Optional<Map<String, String>> present = Optional.ofNullable(definitions.get(cluster)).map(OrderedDefinition::properties);
                            return order(cluster, definition.apply(present), operator);
                        },
                        executor)
                // scripts for Trino Gateway know only one state
                .transformAsync(_ -> clearState(cluster, operator), directExecutor());
    }

    private ListenableFuture<Void> order(ClusterName cluster, Map<String, String> definition, Operator operator)
    {
        return Futures.catching(
                clusters.order(cluster, operator.orderDefinition(Optional.of(definition))),
                WebApplicationException.class,
                refusal -> {
                    if (refusal.getResponse().getStatus() == BAD_REQUEST.getStatusCode()) {
                        throw new BadRequestException("proxyTo is discovery.uri, routingGroup is cluster.routing-groups, externalUrl is cluster.external-url: " + refusal.getMessage());
                    }
                    throw refusal;
                },
                directExecutor());
    }

    private ListenableFuture<Void> clearState(ClusterName cluster, Operator operator)
    {
        return ifFound(clusters.order(cluster, operator.orderState(Optional.empty())));
    }

    private static ListenableFuture<Void> ifFound(ListenableFuture<Void> order)
    {
        return Futures.catching(
                order,
                WebApplicationException.class,
                refusal -> {
                    if (refusal.getResponse().getStatus() == NOT_FOUND.getStatusCode()) {
                        return null;
                    }
                    throw refusal;
                },
                directExecutor());
    }

    private Map<String, String> readTemplate(Optional<String> template)
    {
        try {
            return templates.properties(template);
        }
        catch (InvalidTemplateException e) {
            throw new BadRequestException(e.getMessage());
        }
    }
}
