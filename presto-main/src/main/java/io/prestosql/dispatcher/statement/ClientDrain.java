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
import io.airlift.units.Duration;
import io.prestosql.dispatcher.leader.LeaderRoutingQueueService;
import io.prestosql.rpc.RetryLater;
import jakarta.annotation.PreDestroy;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.weakref.jmx.Managed;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import static com.google.common.net.HttpHeaders.CONNECTION;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Answers open requests of clients before a stopping dispatcher takes its parts down, and lets later requests go to another dispatcher, or to
 * this one when it is back. When Jetty stops, it answers open requests with status 500, which would end a client's query.
 */
public class ClientDrain
        implements Filter
{
    private static final Logger log = Logger.get(ClientDrain.class);

    private static final String STATEMENT_PREFIX = "/v1/statement";
    private static final String COUNTED_ATTRIBUTE = ClientDrain.class.getName() + ".counted";
    /** A client's request is held for a second, sometimes two, unless it waits for a leader. */
    private static final Duration MAX_WAIT = new Duration(5, SECONDS);
    private static final Duration MAX_WAIT_FOR_CUT_OFF = new Duration(1, SECONDS);

    private final LeaderRoutingQueueService queue;
    private final Set<AsyncContext> held = ConcurrentHashMap.newKeySet();
    private int requests;
    private boolean draining;

    @Inject
    public ClientDrain(LeaderRoutingQueueService queue)
    {
        this.queue = requireNonNull(queue, "queue is null");
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException
    {
        if (!((HttpServletRequest) request).getRequestURI().startsWith(STATEMENT_PREFIX) || request.getAttribute(COUNTED_ATTRIBUTE) != null) {
            chain.doFilter(request, response);
            return;
        }
        if (!begin()) {
            HttpServletResponse refusal = (HttpServletResponse) response;
            refusal.setHeader(CONNECTION, "close");
            RetryLater.answer(refusal, "Dispatcher is stopping");
            return;
        }
        request.setAttribute(COUNTED_ATTRIBUTE, true);
        try {
            chain.doFilter(request, response);
        }
        finally {
            if (request.isAsyncStarted()) {
                AsyncContext context = request.getAsyncContext();
                held.add(context);
                context.addListener(new EndListener(context));
            }
            else {
                end();
            }
        }
    }

    private synchronized boolean begin()
    {
        if (draining) {
            return false;
        }
        requests++;
        return true;
    }

    private synchronized void end()
    {
        requests--;
        notifyAll();
    }

    /**
     * Refuses new requests of clients, and returns when the open ones are answered or cut off.
     */
    public void drain()
    {
        synchronized (this) {
            draining = true;
        }
        queue.giveUp();
        try {
            int open = awaitEnd(MAX_WAIT);
            if (open > 0) {
                log.warn("This dispatcher stops, although %s requests of clients are not answered: they are cut off, and the clients ask again", open);
                held.forEach(ClientDrain::cutOff);
                awaitEnd(MAX_WAIT_FOR_CUT_OFF);
            }
        }
        catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * @return the number of requests that are still open
     */
    private synchronized int awaitEnd(Duration timeout)
            throws InterruptedException
    {
        long end = System.nanoTime() + timeout.roundTo(NANOSECONDS);
        long millis = timeout.toMillis();
        while (requests > 0 && millis > 0) {
            wait(millis);
            millis = NANOSECONDS.toMillis(end - System.nanoTime());
        }
        return requests;
    }

    private static void cutOff(AsyncContext context)
    {
        try {
            HttpServletResponse response = (HttpServletResponse) context.getResponse();
            if (!response.isCommitted()) {
                response.reset();
                response.setHeader(CONNECTION, "close");
                RetryLater.answer(response);
                context.complete();
            }
        }
        catch (IllegalStateException e) {
            // the request has just been answered
            log.debug(e, "Request was not cut off");
        }
    }

    @Managed(description = "Requests of clients for their queries that are not answered yet")
    public int getOpenRequests()
    {
        synchronized (this) {
            return requests;
        }
    }

    /**
     * Drains the requests when the server stops. It must be created last, because what is created last is stopped first.
     */
    public static final class AtStop
    {
        private final ClientDrain drain;

        public AtStop(ClientDrain drain)
        {
            this.drain = requireNonNull(drain, "drain is null");
        }

        @PreDestroy
        public void stop()
        {
            drain.drain();
        }
    }

    private final class EndListener
            implements AsyncListener
    {
        private final AsyncContext context;

        private EndListener(AsyncContext context)
        {
            this.context = requireNonNull(context, "context is null");
        }

        @Override
        public void onComplete(AsyncEvent event)
        {
            held.remove(context);
            end();
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        @Override
        public void onStartAsync(AsyncEvent event)
        {
            // a dispatch within the server removes the listeners
            event.getAsyncContext().addListener(this);
        }
    }
}
