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

import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import io.prestosql.dispatcher.admission.QueryLocations;
import io.prestosql.dispatcher.admission.QueueAdmission;
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

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;

/**
 * Decides whether a coordinator, through the {@link ExecutingQueryProxy}, or this process answers a client's request for a query that has
 * started, or for a segment of its rows.
 */
public class ExecutingQueryFilter
        implements Filter
{
    /** How much later than a client this dispatcher may hear which coordinator has a query. */
    private static final Duration MAX_NEWS_DELAY = Duration.ofSeconds(1);
    private static final Set<String> SEGMENT_METHODS = ImmutableSet.of("GET", "HEAD");

    /** Tells whether this dispatcher leads, and knows the query. */
    private final Predicate<QueryId> inQueue;
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
        this(queryId -> queue.get(queryId).isPresent(), locations, coordinators, proxy, localCoordinator, dispatchExecutor.getScheduledExecutor());
    }

    ExecutingQueryFilter(
            Predicate<QueryId> inQueue,
            QueryLocations locations,
            Coordinators coordinators,
            ExecutingQueryProxy proxy,
            LocalCoordinator localCoordinator,
            ScheduledExecutorService timeoutExecutor)
    {
        this.inQueue = requireNonNull(inQueue, "inQueue is null");
        this.locations = requireNonNull(locations, "locations is null");
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.proxy = requireNonNull(proxy, "proxy is null");
        this.localCoordinator = requireNonNull(localCoordinator, "localCoordinator is null");
        this.timeoutExecutor = requireNonNull(timeoutExecutor, "timeoutExecutor is null");
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
        if (coordinator.isEmpty() && request.getDispatcherType() == DispatcherType.REQUEST && !inQueue.test(queryId)) {
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
}
