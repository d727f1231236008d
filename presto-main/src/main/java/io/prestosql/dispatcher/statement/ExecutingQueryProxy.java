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

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.fleet.Coordinators;
import io.prestosql.fleet.ForCoordinators;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.rpc.RetryLater;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.ee10.proxy.AsyncProxyServlet;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.weakref.jmx.Managed;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Passes a client's requests for a running query on to its coordinator, and streams the answers back, with Jetty's proxy.
 * <p>
 * The coordinator is told the address that the client has used, so that its URIs lead here. Internal headers that a client sends are dropped.
 */
public class ExecutingQueryProxy
        extends AsyncProxyServlet
{
    private static final Logger log = Logger.get(ExecutingQueryProxy.class);

    private static final String TARGET_ATTRIBUTE = ExecutingQueryProxy.class.getName() + ".target";
    private static final String COORDINATOR_ATTRIBUTE = ExecutingQueryProxy.class.getName() + ".coordinator";
    /** Where to go on, within this process, if the coordinator turns out to be dead. */
    static final String LOST_PATH_ATTRIBUTE = ExecutingQueryProxy.class.getName() + ".lost-path";
    private static final String VERDICT_PENDING_ATTRIBUTE = ExecutingQueryProxy.class.getName() + ".verdict-pending";
    private static final Set<String> REPLACED_HEADERS = Set.of("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-server");
    private static final String INTERNAL_PREFIX = "x-trino-internal-";
    private static final long VERDICT_MILLIS = 1000;
    private static final long VERDICT_CHECK_MILLIS = 50;

    private final transient Coordinators coordinators;
    private final transient ScheduledExecutorService scheduler;
    private final transient ProxyClientConfig config;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();

    @Inject
    public ExecutingQueryProxy(Coordinators coordinators, @ForCoordinators ScheduledExecutorService scheduler, ProxyClientConfig config)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
        this.config = requireNonNull(config, "config is null");
    }

    /**
     * The parameters that the servlet is to be started with.
     */
    Map<String, String> parameters()
    {
        return config.servletParameters();
    }

    /**
     * @param path what to ask the coordinator for
     */
    void proxy(HttpServletRequest request, HttpServletResponse response, CoordinatorLink coordinator, String path)
            throws ServletException, IOException
    {
        request.setAttribute(TARGET_ATTRIBUTE, coordinator.uri().resolve(path).toString());
        request.setAttribute(COORDINATOR_ATTRIBUTE, coordinator);
        requests.incrementAndGet();
        service(request, response);
    }

    @Override
    protected HttpClient newHttpClient(ClientConnector clientConnector)
    {
        SslContextFactory.Client sslContextFactory = new SslContextFactory.Client();
        config.configure(sslContextFactory);
        clientConnector.setSslContextFactory(sslContextFactory);
        clientConnector.setConnectTimeout(config.connectTimeout());
        HttpClient client = super.newHttpClient(clientConnector);
        client.setMaxRequestsQueuedPerDestination(config.maxConnectionsPerCoordinator());
        client.setUserAgentField(null);
        return client;
    }

    @Override
    protected String rewriteTarget(HttpServletRequest request)
    {
        return (String) request.getAttribute(TARGET_ATTRIBUTE);
    }

    @Override
    protected void copyRequestHeaders(HttpServletRequest clientRequest, Request proxyRequest)
    {
        super.copyRequestHeaders(clientRequest, proxyRequest);
        proxyRequest.headers(headers -> {
            for (String name : headers.getFieldNamesCollection()) {
                String lowerCaseName = name.toLowerCase(ENGLISH);
                if (REPLACED_HEADERS.contains(lowerCaseName) || lowerCaseName.startsWith(INTERNAL_PREFIX)) {
                    headers.remove(name);
                }
            }
        });
    }

    @Override
    protected void addProxyHeaders(HttpServletRequest clientRequest, Request proxyRequest)
    {
        // what the server made of forwarding headers is what the client has used, as far as they may be believed
        proxyRequest.headers(headers -> headers
                .put("X-Forwarded-For", clientRequest.getRemoteAddr())
                .put("X-Forwarded-Proto", clientRequest.getScheme())
                .put("X-Forwarded-Host", clientRequest.getServerName())
                .put("X-Forwarded-Port", String.valueOf(clientRequest.getServerPort())));
    }

    @Override
    protected void onProxyResponseFailure(HttpServletRequest clientRequest, HttpServletResponse proxyResponse, Response serverResponse, Throwable failure)
    {
        CoordinatorLink coordinator = (CoordinatorLink) clientRequest.getAttribute(COORDINATOR_ATTRIBUTE);
        failures.incrementAndGet();
        coordinators.suspect(coordinator);
        if (proxyResponse.isCommitted()) {
            // a result that is cut off must not look complete: this breaks the client's connection, and the client asks again
            log.debug(failure, "Answer of coordinator %s was cut off", coordinator);
            super.onProxyResponseFailure(clientRequest, proxyResponse, serverResponse, failure);
            return;
        }
        if (clientRequest.getAttribute(VERDICT_PENDING_ATTRIBUTE) != null) {
            return;
        }
        clientRequest.setAttribute(VERDICT_PENDING_ATTRIBUTE, true);
        awaitVerdict(clientRequest, proxyResponse, coordinator, System.nanoTime());
    }

    /**
     * Whether the coordinator is dead is known in a moment, and makes the difference between an error that ends the query and one that
     * the client gets over by asking again.
     */
    private void awaitVerdict(HttpServletRequest clientRequest, HttpServletResponse proxyResponse, CoordinatorLink coordinator, long startNanos)
    {
        AsyncContext asyncContext = clientRequest.getAsyncContext();
        String lostPath = (String) clientRequest.getAttribute(LOST_PATH_ATTRIBUTE);
        if (lostPath != null && !coordinators.isAlive(coordinator)) {
            proxyResponse.reset();
            asyncContext.dispatch(lostPath);
            return;
        }
        if (lostPath == null || System.nanoTime() - startNanos > MILLISECONDS.toNanos(VERDICT_MILLIS)) {
            proxyResponse.reset();
            RetryLater.answer(proxyResponse);
            asyncContext.complete();
            return;
        }
        scheduler.schedule(() -> awaitVerdict(clientRequest, proxyResponse, coordinator, startNanos), VERDICT_CHECK_MILLIS, MILLISECONDS);
    }

    @Managed(description = "Requests of clients that were passed on to a coordinator")
    public long getProxiedRequests()
    {
        return requests.get();
    }

    @Managed(description = "Requests of clients that a coordinator did not answer")
    public long getFailedRequests()
    {
        return failures.get();
    }
}
