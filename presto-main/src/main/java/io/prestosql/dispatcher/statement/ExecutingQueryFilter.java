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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.FluentFuture;
import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.ClientQuery;
import io.prestosql.dispatcher.admission.QueryLocations;
import io.prestosql.dispatcher.admission.QueueAdmission;
import io.prestosql.dispatcher.admission.RemoteDispatchQuery;
import io.prestosql.fleet.Coordinators;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.node.LocalCoordinator;
import io.prestosql.rpc.RetryLater;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.spi.QueryId;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.WebApplicationException;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.dispatcher.leader.QueueService.MAX_WAIT;
import static java.lang.Boolean.TRUE;
import static java.util.Objects.requireNonNull;

/**
 * Decides whether the query's coordinator, through the {@link ExecutingQueryProxy}, or this process answers a client's request about a query.
 * <p>
 * A poll of a queued query that is dispatched meanwhile is answered with the coordinator's first results, which saves the client a round
 * trip.
 */
public class ExecutingQueryFilter
        implements Filter
{
    static final String QUEUED_PREFIX = "/v1/statement/queued/";
    /** Whether the client of a request may be told where its rows are. */
    private static final String EXPOSED_ATTRIBUTE = ExecutingQueryFilter.class.getName() + ".exposed";
    /** How much later than a client this dispatcher may hear which coordinator has a query. */
    private static final Duration MAX_NEWS_DELAY = Duration.ofSeconds(1);
    private static final Set<String> SEGMENT_METHODS = ImmutableSet.of("GET", "HEAD");
    private static final Splitter PATH_SPLITTER = Splitter.on('/');

    private final QueueAdmission queue;
    private final QueryLocations locations;
    private final Coordinators coordinators;
    private final ExecutingQueryProxy proxy;
    private final LocalCoordinator localCoordinator;
    private final ScheduledExecutorService timeoutExecutor;

    @Inject
    public ExecutingQueryFilter(
            QueueAdmission queue,
            QueryLocations locations,
            Coordinators coordinators,
            ExecutingQueryProxy proxy,
            LocalCoordinator localCoordinator,
            DispatchExecutor dispatchExecutor)
    {
        this.queue = requireNonNull(queue, "queue is null");
        this.locations = requireNonNull(locations, "locations is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.proxy = requireNonNull(proxy, "proxy is null");
        this.localCoordinator = requireNonNull(localCoordinator, "localCoordinator is null");
        this.timeoutExecutor = dispatchExecutor.getScheduledExecutor();
    }

    @Override
    public void init(FilterConfig filterConfig)
            throws ServletException
    {
        proxy.init(new FilterServletConfig(filterConfig, ExecutingQueryProxy.class.getSimpleName(), proxy.parameters()));
    }

    @Override
    public void destroy()
    {
        proxy.destroy();
    }

    @Override
    public void doFilter(ServletRequest servletRequest, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException
    {
        HttpServletRequest request = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        String path = request.getRequestURI();
        Optional<ExecutingPath> executingPath = ExecutingPath.parse(path)
                .filter(executing -> executing.methods().contains(request.getMethod()));
        Optional<SegmentPath> segmentPath = SegmentPath.parse(path)
                .filter(_ -> SEGMENT_METHODS.contains(request.getMethod()));
        if (executingPath.isPresent()) {
            executing(executingPath.get(), request, response, chain);
        }
        else if (segmentPath.isPresent()) {
            spooled(segmentPath.get(), request, response, chain);
        }
        else if (path.startsWith(QUEUED_PREFIX) && request.getMethod().equals("GET")) {
            queued(request, response, chain);
        }
        else {
            chain.doFilter(request, response);
        }
    }

    private void executing(ExecutingPath path, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException
    {
        QueryId queryId = path.queryId();
        Optional<CoordinatorLink> coordinator = locations.find(queryId);
        if (coordinator.isPresent() && localCoordinator.is(coordinator.get())) {
            chain.doFilter(request, response);
            return;
        }
        if (coordinator.isEmpty() && request.getDispatcherType() == DispatcherType.REQUEST && queue.get(queryId).isEmpty()) {
            AsyncContext asyncContext = request.startAsync();
            asyncContext.setTimeout(0);
            locations.await(queryId, MAX_NEWS_DELAY, timeoutExecutor)
                    // the request comes back to this filter
                    .addListener(asyncContext::dispatch, directExecutor());
            return;
        }
        // no coordinator has the query, or this dispatcher has not heard of it yet
        if (coordinator.isEmpty() || !coordinators.isAlive(coordinator.get())) {
            request.getRequestDispatcher(LostQueryResource.pathFor(queryId.toString())).forward(request, response);
            return;
        }
        request.setAttribute(ExecutingQueryProxy.LOST_PATH_ATTRIBUTE, LostQueryResource.pathFor(queryId.toString()));
        proxy.proxy(request, response, coordinator.get(), path);
    }

    /**
     * Passes the request on to any coordinator: a segment's address does not tell its query, and each coordinator can serve it.
     */
    private void spooled(SegmentPath path, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException
    {
        if (localCoordinator.nodeId().isPresent()) {
            chain.doFilter(request, response);
            return;
        }
        Optional<CoordinatorLink> coordinator = coordinators.select();
        if (coordinator.isEmpty()) {
            RetryLater.answer(response);
            return;
        }
        proxy.proxy(request, response, coordinator.get(), path);
    }

    private void queued(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException
    {
        List<String> segments = PATH_SPLITTER.splitToList(request.getRequestURI().substring(QUEUED_PREFIX.length()));
        if (segments.size() != 3) {
            chain.doFilter(request, response);
            return;
        }
        String queryId = segments.getFirst();
        Optional<ClientQuery> query = findQuery(queryId);
        long token = parseToken(segments.get(2));
        if (query.isEmpty() || !query.get().slug().isValid(segments.get(1), token)) {
            chain.doFilter(request, response);
            return;
        }
        if (request.getDispatcherType() == DispatcherType.REQUEST) {
            AsyncContext asyncContext = request.startAsync();
            asyncContext.setTimeout(0);
            FluentFuture.from(queue.poll(query.get(), MAX_WAIT))
                    .transform(
                            exposed -> {
                                request.setAttribute(EXPOSED_ATTRIBUTE, exposed);
                                return null;
                            },
                            directExecutor())
                    // the request comes back to this filter
                    .addListener(asyncContext::dispatch, directExecutor());
            return;
        }
        Optional<RemoteDispatchQuery> remoteQuery = query.get().remoteQuery();
        Optional<String> executingPath = remoteQuery.flatMap(RemoteDispatchQuery::executingPath);
        Optional<CoordinatorLink> coordinator = remoteQuery.flatMap(RemoteDispatchQuery::coordinator);
        request.setAttribute(StatementResource.WAITED_ATTRIBUTE, true);
        if (!TRUE.equals(request.getAttribute(EXPOSED_ATTRIBUTE)) || executingPath.isEmpty() || coordinator.isEmpty() || localCoordinator.is(coordinator.get()) || !coordinators.isAlive(coordinator.get())) {
            chain.doFilter(request, response);
            return;
        }
        try {
            query.get().checkToken(token);
        }
        catch (WebApplicationException e) {
            response.sendError(e.getResponse().getStatus());
            return;
        }
        request.setAttribute(ExecutingQueryProxy.LOST_PATH_ATTRIBUTE, LostQueryResource.pathFor(queryId));
        proxy.proxy(request, response, coordinator.get(), ExecutingPath.parse(executingPath.get()).orElseThrow());
    }

    private Optional<ClientQuery> findQuery(String queryId)
    {
        return ExecutingPath.parseQueryId(queryId).flatMap(queue::get);
    }

    private static long parseToken(String token)
    {
        try {
            return Long.parseLong(token);
        }
        catch (NumberFormatException e) {
            return -1;
        }
    }
}
