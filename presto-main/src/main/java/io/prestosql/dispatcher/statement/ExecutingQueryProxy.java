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
import io.prestosql.node.ClusterName;
import io.prestosql.node.CoordinatorLink;
import io.prestosql.rpc.RetryLater;
import io.trino.server.ProtocolConfig;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.ee10.proxy.AsyncProxyServlet;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.weakref.jmx.Managed;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

import static io.airlift.node.AddressToHostname.tryDecodeHostnameToAddress;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Passes a client's requests for a running query on to its coordinator, and streams the answers back, with Jetty's proxy.
 * <p>
 * The coordinator is told the address that the client has used, so that its URIs lead here. It gets only the headers that the client protocol
 * needs.
 */
public class ExecutingQueryProxy
        extends AsyncProxyServlet
{
    private static final Logger log = Logger.get(ExecutingQueryProxy.class);

    private static final String EXCHANGE_ATTRIBUTE = ExecutingQueryProxy.class.getName() + ".exchange";
    /** The path within this process at which the request goes on if the coordinator turns out to be dead. */
    static final String LOST_PATH_ATTRIBUTE = ExecutingQueryProxy.class.getName() + ".lost-path";
    private static final int ERROR_STATUS = 400;
    private static final long VERDICT_MILLIS = 1000;
    private static final long VERDICT_CHECK_MILLIS = 50;

    private final transient Coordinators coordinators;
    private final transient ScheduledExecutorService scheduler;
    private final transient ProxyClientConfig config;
    private final transient ProxyClients clients;
    /** Set while a client for another cluster is created. */
    private transient Optional<ProxyTls> clusterTls = Optional.empty();
    private final transient Predicate<String> statementHeaders;
    private final transient Predicate<String> segmentHeaders = PassedHeaders.ofSegments();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong hangUps = new AtomicLong();

    @Inject
    public ExecutingQueryProxy(Coordinators coordinators, @ForCoordinators ScheduledExecutorService scheduler, ProxyClientConfig config, ProxyClients clients, ProtocolConfig protocolConfig)
    {
        this.coordinators = requireNonNull(coordinators, "coordinators is null");
        this.scheduler = requireNonNull(scheduler, "scheduler is null");
        this.config = requireNonNull(config, "config is null");
        this.clients = requireNonNull(clients, "clients is null");
        this.statementHeaders = PassedHeaders.ofStatements(protocolConfig.getAlternateHeaderName());
    }

    /**
     * Returns the parameters for starting the servlet.
     */
    Map<String, String> parameters()
    {
        return config.servletParameters();
    }

    void proxy(HttpServletRequest request, HttpServletResponse response, CoordinatorLink coordinator, ExecutingPath path)
            throws ServletException, IOException
    {
        proxy(request, response, new ProxyExchange(coordinator, path.path(), statementHeaders));
    }

    void proxy(HttpServletRequest request, HttpServletResponse response, CoordinatorLink coordinator, SegmentPath path)
            throws ServletException, IOException
    {
        proxy(request, response, new ProxyExchange(coordinator, path.path(), segmentHeaders));
    }

    private void proxy(HttpServletRequest request, HttpServletResponse response, ProxyExchange exchange)
            throws ServletException, IOException
    {
        request.setAttribute(EXCHANGE_ATTRIBUTE, exchange);
        requests.incrementAndGet();
        service(request, response);
    }

    private static ProxyExchange exchange(HttpServletRequest request)
    {
        return (ProxyExchange) request.getAttribute(EXCHANGE_ATTRIBUTE);
    }

    @Override
    protected HttpClient newHttpClient(ClientConnector clientConnector)
    {
        SslContextFactory.Client sslContextFactory = new SslContextFactory.Client();
        clusterTls.ifPresentOrElse(tls -> tls.configure(sslContextFactory), () -> config.configure(sslContextFactory));
        clientConnector.setSslContextFactory(sslContextFactory);
        clientConnector.setConnectTimeout(config.connectTimeout());
        HttpClient client = super.newHttpClient(clientConnector);
        client.setMaxRequestsQueuedPerDestination(config.maxConnectionsPerCoordinator());
        client.setUserAgentField(null);
        client.setSocketAddressResolver((host, port, promise) -> resolve(client, host, port, promise));
        return client;
    }

    /**
     * With automatic certificates, a node's host name is an encoding of its address, which no name server knows.
     */
    private static void resolve(HttpClient client, String host, int port, Promise<List<InetSocketAddress>> promise)
    {
        tryDecodeHostnameToAddress(host).ifPresentOrElse(
                address -> promise.succeeded(List.of(new InetSocketAddress(address, port))),
                () -> new SocketAddressResolver.Async(client.getExecutor(), client.getScheduler(), client.getAddressResolutionTimeout()).resolve(host, port, promise));
    }

    @Override
    protected String rewriteTarget(HttpServletRequest request)
    {
        return exchange(request).target();
    }

    @Override
    protected Request newProxyRequest(HttpServletRequest request, String target)
    {
        ClusterName cluster = exchange(request).coordinator().cluster();
        if (cluster.isDefault()) {
            return super.newProxyRequest(request, target);
        }
        return clients.get(cluster, this::createClient).newRequest(target)
                .method(request.getMethod())
                .version(HttpVersion.fromString(request.getProtocol()))
                .attribute(CLIENT_REQUEST_ATTRIBUTE, request);
    }

    private synchronized HttpClient createClient(ProxyTls tls)
            throws ServletException
    {
        clusterTls = Optional.of(tls);
        try {
            return createHttpClient();
        }
        finally {
            clusterTls = Optional.empty();
        }
    }

    @Override
    public void destroy()
    {
        clients.stop();
        super.destroy();
    }

    /**
     * No request that is passed on has a body.
     */
    @Override
    protected boolean hasContent(HttpServletRequest clientRequest)
    {
        return false;
    }

    @Override
    protected void copyRequestHeaders(HttpServletRequest clientRequest, Request proxyRequest)
    {
        super.copyRequestHeaders(clientRequest, proxyRequest);
        ProxyExchange exchange = exchange(clientRequest);
        proxyRequest.headers(headers -> headers.getFieldNamesCollection().stream()
                .filter(name -> !exchange.passes(name))
                .toList()
                .forEach(headers::remove));
    }

    @Override
    protected void addProxyHeaders(HttpServletRequest clientRequest, Request proxyRequest)
    {
        // these are the values that the client has used: the server has applied forwarding headers, as far as they are trusted
        proxyRequest.headers(headers -> headers
                .put("X-Forwarded-For", clientRequest.getRemoteAddr())
                .put("X-Forwarded-Proto", clientRequest.getScheme())
                .put("X-Forwarded-Host", clientRequest.getServerName())
                .put("X-Forwarded-Port", String.valueOf(clientRequest.getServerPort())));
    }

    @Override
    protected void sendProxyRequest(HttpServletRequest clientRequest, HttpServletResponse proxyResponse, Request proxyRequest)
    {
        clientRequest.getAsyncContext().addListener(exchange(clientRequest).clientListener(proxyRequest));
        super.sendProxyRequest(clientRequest, proxyResponse, proxyRequest);
    }

    @Override
    protected void onServerResponseHeaders(HttpServletRequest clientRequest, HttpServletResponse proxyResponse, Response serverResponse)
    {
        if (serverResponse.getStatus() >= ERROR_STATUS) {
            exchange(clientRequest).holdErrorPage();
        }
        super.onServerResponseHeaders(clientRequest, proxyResponse, serverResponse);
    }

    @Override
    protected void onResponseContent(HttpServletRequest request, HttpServletResponse response, Response serverResponse, byte[] buffer, int offset, int length, Callback callback)
    {
        ProxyExchange exchange = exchange(request);
        if (exchange.errorPage().isPresent()) {
            exchange.errorPage().get().append(buffer, offset, length);
            callback.succeeded();
            return;
        }
        super.onResponseContent(request, response, serverResponse, buffer, offset, length, exchange.writing(callback));
    }

    @Override
    protected StreamWriter newWriteListener(HttpServletRequest request, Response serverResponse)
    {
        ProxyExchange exchange = exchange(request);
        return new StreamWriter(request, serverResponse)
        {
            @Override
            public void onError(Throwable failure)
            {
                exchange.clientFailed(failure);
                super.onError(failure);
            }
        };
    }

    @Override
    protected void onProxyResponseSuccess(HttpServletRequest clientRequest, HttpServletResponse proxyResponse, Response serverResponse)
    {
        ProxyExchange exchange = exchange(clientRequest);
        if (!exchange.end()) {
            return;
        }
        if (exchange.isClientGone()) {
            hangUp(clientRequest, proxyResponse, serverResponse, new IOException("The client has gone"));
            return;
        }
        exchange.errorPage().ifPresent(page -> page.write(proxyResponse, exchange.coordinator().uri(), clientRequest.getServerName()));
        super.onProxyResponseSuccess(clientRequest, proxyResponse, serverResponse);
    }

    @Override
    protected void onProxyResponseFailure(HttpServletRequest clientRequest, HttpServletResponse proxyResponse, Response serverResponse, Throwable failure)
    {
        ProxyExchange exchange = exchange(clientRequest);
        if (!exchange.end()) {
            return;
        }
        if (exchange.isClientsFault(failure)) {
            hangUp(clientRequest, proxyResponse, serverResponse, failure);
            return;
        }
        CoordinatorLink coordinator = exchange.coordinator();
        if (!(failure instanceof RejectedExecutionException)) {
            // a rejected request is no failure of the coordinator: this dispatcher had no connection for it
            failures.incrementAndGet();
            coordinators.suspect(coordinator);
        }
        if (proxyResponse.isCommitted()) {
            // a result that is cut off must not look complete: this breaks the client's connection, and the client asks again
            log.debug(failure, "Answer of coordinator %s was cut off", coordinator);
            super.onProxyResponseFailure(clientRequest, proxyResponse, serverResponse, failure);
            return;
        }
        awaitVerdict(clientRequest, proxyResponse, coordinator, System.nanoTime());
    }

    /**
     * Ends a request whose client has gone or takes nothing, which says nothing about the coordinator.
     */
    private void hangUp(HttpServletRequest clientRequest, HttpServletResponse proxyResponse, Response serverResponse, Throwable failure)
    {
        hangUps.incrementAndGet();
        try {
            // breaks the connection of a client that may still be there
            super.onProxyResponseFailure(clientRequest, proxyResponse, serverResponse, failure);
        }
        catch (IllegalStateException e) {
            log.debug(e, "The request is over already");
        }
    }

    /**
     * Waits until it is known whether the coordinator is dead, up to a second. A dead coordinator means an error that ends the query;
     * otherwise the client asks again.
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

    @Managed(description = "Requests whose client did not take the answer")
    public long getHangUps()
    {
        return hangUps.get();
    }
}
