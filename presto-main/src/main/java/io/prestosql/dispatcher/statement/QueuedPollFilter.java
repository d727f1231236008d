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
package io.prestosql.dispatcher.statement;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.ClientQuery;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.RemoteDispatchQuery;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.LocalCoordinator;
import io.prestosql.protocol.QuerySlug;
import io.trino.spi.QueryId;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.WebApplicationException;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.dispatcher.leader.QueueService.MAX_WAIT;
import static java.lang.Boolean.TRUE;
import static java.util.Objects.requireNonNull;

/**
 * Answers a poll of a queued query that is dispatched meanwhile with the coordinator's first results, which saves the client a round trip.
 * Leaves all other polls to the {@link StatementResource}.
 */
public class QueuedPollFilter
        implements Filter
{
    /** Whether the client of a request may be told where its rows are. */
    private static final String EXPOSED_ATTRIBUTE = QueuedPollFilter.class.getName() + ".exposed";

    private final Function<QueryId, Optional<PolledQuery>> queries;
    private final Coordinators coordinators;
    /** The {@link ExecutingQueryFilter} starts and stops it. */
    private final ExecutingQueryProxy proxy;
    private final LocalCoordinator localCoordinator;

    @Inject
    public QueuedPollFilter(QueueAdmission queue, Coordinators coordinators, ExecutingQueryProxy proxy, LocalCoordinator localCoordinator)
    {
        this(queryId -> queue.get(queryId).map(query -> new LeadersQuery(queue, query)), coordinators, proxy, localCoordinator);
    }

    QueuedPollFilter(Function<QueryId, Optional<PolledQuery>> queries, Coordinators coordinators, ExecutingQueryProxy proxy, LocalCoordinator localCoordinator)
    {
        this.queries = requireNonNull(queries, "queries is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.proxy = requireNonNull(proxy, "proxy is null");
        this.localCoordinator = requireNonNull(localCoordinator, "localCoordinator is null");
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException
    {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        Optional<QueuedPath> path = QueuedPath.parse(request.getRequestURI())
                .filter(_ -> request.getMethod().equals("GET"));
        Optional<PolledQuery> query = path.flatMap(this::find);
        if (query.isEmpty()) {
            chain.doFilter(request, response);
        }
        else if (request.getDispatcherType() == DispatcherType.REQUEST) {
            hold(request, query.get());
        }
        else {
            answer(path.get(), query.get(), request, response, chain);
        }
    }

    private Optional<PolledQuery> find(QueuedPath path)
    {
        return queries.apply(path.queryId())
                .filter(query -> query.slug().isValid(path.slug(), path.token()));
    }

    private static void hold(HttpServletRequest request, PolledQuery query)
    {
        AsyncContext asyncContext = request.startAsync();
        asyncContext.setTimeout(0);
        FluentFuture.from(query.poll())
                .transform(
                        exposed -> {
                            request.setAttribute(EXPOSED_ATTRIBUTE, exposed);
                            return null;
                        },
                        directExecutor())
                // the request comes back to this filter
                .addListener(asyncContext::dispatch, directExecutor());
    }

    private void answer(QueuedPath path, PolledQuery query, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException
    {
        Optional<String> executingPath = query.executingPath();
        Optional<CoordinatorLink> coordinator = query.coordinator();
        request.setAttribute(StatementResource.WAITED_ATTRIBUTE, true);
        if (!TRUE.equals(request.getAttribute(EXPOSED_ATTRIBUTE)) || executingPath.isEmpty() || coordinator.isEmpty() || localCoordinator.is(coordinator.get()) || !coordinators.isAlive(coordinator.get())) {
            chain.doFilter(request, response);
            return;
        }
        try {
            query.checkToken(path.token());
        }
        catch (WebApplicationException e) {
            response.sendError(e.getResponse().getStatus());
            return;
        }
        request.setAttribute(ExecutingQueryProxy.LOST_PATH_ATTRIBUTE, LostQueryResource.pathFor(path.queryId().toString()));
        proxy.proxy(request, response, coordinator.get(), ExecutingPath.parse(executingPath.get()).orElseThrow());
    }

    private record LeadersQuery(QueueAdmission queue, ClientQuery query)
            implements PolledQuery
    {
        private LeadersQuery
        {
            requireNonNull(queue, "queue is null");
            requireNonNull(query, "query is null");
        }

        @Override
        public QuerySlug slug()
        {
            return query.slug();
        }

        @Override
        public ListenableFuture<Boolean> poll()
        {
            return queue.poll(query, MAX_WAIT);
        }

        @Override
        public Optional<CoordinatorLink> coordinator()
        {
            return query.remoteQuery().flatMap(RemoteDispatchQuery::coordinator);
        }

        @Override
        public Optional<String> executingPath()
        {
            return query.executingPath();
        }

        @Override
        public void checkToken(long token)
        {
            query.checkToken(token);
        }
    }
}
