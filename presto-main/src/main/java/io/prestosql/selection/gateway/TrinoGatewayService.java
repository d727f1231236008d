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
package io.prestosql.selection.gateway;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.airlift.log.Logger;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Selects clusters by an external routing service of Trino Gateway, which is asked once for a query, when it is submitted.
 * <p>
 * A service that fails keeps no query from going on: it goes by its header, or to the default group. While the service fails again and
 * again, it is asked by one query every few seconds only, so that a service that hangs does not make each submission slow.
 */
public class TrinoGatewayService
        implements ClusterSelectionPolicy
{
    private static final Logger log = Logger.get(TrinoGatewayService.class);
    private static final int MAX_CALLS = 64;
    private static final int MAX_FAILURES_IN_A_ROW = 3;
    private static final long PAUSE_NANOS = SECONDS.toNanos(5);
    private static final int MAX_MESSAGE_LENGTH = 1000;

    private final TrinoGatewayConfig common;
    private final TrinoGatewayServiceConfig config;
    /** Without a query, which may hold a secret. */
    private final String url;
    private final ClusterSelectionContext context;
    private final TrinoGatewayCounters counters;
    private final RoutingServiceClient client;
    private final ServiceBreaker breaker = new ServiceBreaker(MAX_FAILURES_IN_A_ROW, PAUSE_NANOS, Ticker.systemTicker());
    private final Semaphore calls = new Semaphore(MAX_CALLS);
    private final LogPace failuresPace = new LogPace(Ticker.systemTicker());
    private final LogPace errorsPace = new LogPace(Ticker.systemTicker());
    private final AtomicBoolean externalHeadersLogged = new AtomicBoolean();
    private volatile Optional<String> lastFailure = Optional.empty();

    TrinoGatewayService(TrinoGatewayConfig common, TrinoGatewayServiceConfig config, TrinoGatewayCounters counters, ClusterSelectionContext context)
    {
        this.common = requireNonNull(common, "common is null");
        this.config = requireNonNull(config, "config is null");
        this.url = withoutQuery(config.getServiceUrl());
        this.counters = requireNonNull(counters, "counters is null");
        this.context = requireNonNull(context, "context is null");
        this.client = new RoutingServiceClient(config.getServiceUrl(), config.getExcludeHeaders(), config.getTimeout(), MAX_CALLS);
    }

    private static String withoutQuery(URI url)
    {
        return "%s://%s%s".formatted(url.getScheme(), url.getRawAuthority(), url.getRawPath());
    }

    @Override
    public Map<String, String> inspect(SelectionRequest request)
    {
        return decide(request).toFacts();
    }

    private RoutingDecision decide(SelectionRequest request)
    {
        if (!calls.tryAcquire()) {
            counters.serviceNotAsked();
            return RoutingDecision.byHeader(request, "%s queries wait for the routing service".formatted(MAX_CALLS));
        }
        try {
            if (!breaker.allows()) {
                counters.serviceNotAsked();
                return RoutingDecision.byHeader(request, "the routing service has failed several times, and is not asked for some seconds");
            }
            return ask(request);
        }
        finally {
            calls.release();
        }
    }

    private RoutingDecision ask(SelectionRequest request)
    {
        RoutingServiceRequest body = RoutingServiceRequest.of(request, common.isAnalyzeStatements());
        RoutingServiceAnswer answer;
        try {
            answer = client.ask(request, body);
        }
        catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return RoutingDecision.byHeader(request, "the dispatcher was interrupted while it waited for the routing service");
        }
        catch (RoutingServiceRefusalException e) {
            // the service is there, and must not be taken from other users because of this request
            breaker.succeeded();
            return failed(request, e);
        }
        catch (RuntimeException e) {
            breaker.failed();
            return failed(request, e);
        }
        breaker.succeeded();
        lastFailure = Optional.empty();
        return decide(answer);
    }

    private RoutingDecision failed(SelectionRequest request, RuntimeException e)
    {
        String failure = describe(e);
        counters.serviceCallFailed();
        lastFailure = Optional.of(failure);
        failuresPace.next().ifPresent(kept -> log.warn("The routing service at %s has failed, and queries go by the header %s, or to the default group: %s. Repair it, or change cluster-selection.service-url. It has failed %s times since the last line about it",
                url, RoutingDecision.ROUTING_GROUP_HEADER, failure, kept));
        return RoutingDecision.byHeader(request, "the routing service has failed");
    }

    private String describe(RuntimeException failure)
    {
        return shorten(String.valueOf(failure.getMessage()).replace(config.getServiceUrl().toString(), url));
    }

    private static String shorten(String message)
    {
        return message.length() > MAX_MESSAGE_LENGTH ? message.substring(0, MAX_MESSAGE_LENGTH) + "…" : message;
    }

    private RoutingDecision decide(RoutingServiceAnswer answer)
    {
        if (!answer.errors().isEmpty()) {
            String errors = shorten(String.join(", ", answer.errors()));
            if (config.isPropagateErrors()) {
                throw new ClusterSelectionException("The routing service has refused the query: " + errors);
            }
            errorsPace.next().ifPresent(kept -> log.warn("The routing service at %s has answered with errors, which cluster-selection.service-propagate-errors=false ignores: %s. It has done so %s times since the last line about it",
                    url, errors, kept));
        }
        if (!answer.externalHeaders().isEmpty() && externalHeadersLogged.compareAndSet(false, true)) {
            log.warn("The routing service at %s answers with externalHeaders %s. A dispatcher does not change the headers of queries: they have no effect",
                    url, ImmutableSortedSet.copyOf(answer.externalHeaders().keySet()));
        }
        return answer.routingGroup().filter(group -> !group.isEmpty())
                .map(group -> RoutingDecision.of(group, "the routing service"))
                .orElseGet(() -> RoutingDecision.of(null, "the routing service names no group"));
    }

    @Override
    public ClusterSelection select(SelectionQuery query)
    {
        return RoutingDecision.ofFacts(query.requestFacts()).select(common.getDefaultRoutingGroup(), context);
    }

    @Override
    public List<String> problems()
    {
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        RoutingDecision.problem(common.getDefaultRoutingGroup(), context).ifPresent(problems::add);
        lastFailure.ifPresent(failure -> problems.add("The routing service at %s (cluster-selection.service-url) has failed: %s. Queries go by the header %s, or to the default group. Repair it, or change the URL"
                .formatted(url, failure, RoutingDecision.ROUTING_GROUP_HEADER)));
        return problems.build();
    }

    @Override
    public void shutdown()
    {
        client.close();
    }

    boolean isPaused()
    {
        return breaker.isPaused();
    }
}
