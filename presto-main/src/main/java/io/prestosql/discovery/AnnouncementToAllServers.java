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
package io.prestosql.discovery;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.discovery.client.Announcement;
import io.airlift.discovery.client.Announcer;
import io.airlift.discovery.client.DiscoveryAnnouncementClient;
import io.airlift.discovery.client.ForDiscoveryClient;
import io.airlift.discovery.client.HttpDiscoveryAnnouncementClient;
import io.airlift.discovery.client.ServiceAnnouncement;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;

import java.net.URI;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.prestosql.rpc.AnswerTimeout.withTimeout;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.CompletableFuture.delayedExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Announces this node to every coordinator. The announcement succeeds as soon as one coordinator has it. When none takes it, that is no
 * failure, because nodes start in any order: the log names every coordinator that does not answer, and the next announcement comes at the
 * usual time.
 * <p>
 * A silent coordinator delays nothing: at most one announcement to each coordinator is under way, and none waits for another.
 */
public class AnnouncementToAllServers
        implements DiscoveryAnnouncementClient
{
    private final DiscoveryServers servers;
    private final NodeInfo nodeInfo;
    private final JsonCodec<Announcement> announcementCodec;
    private final HttpClient httpClient;
    private final ScheduledExecutorService executor;
    private final Duration interval;
    private final Duration requestTimeout;
    private final DiscoveryServerLog serverLog = new DiscoveryServerLog("Announcement", System::nanoTime);
    private final Map<URI, ListenableFuture<Duration>> underWay = new ConcurrentHashMap<>();
    /** Guarded by this. */
    private final Set<SettableFuture<Duration>> unanswered = new HashSet<>();
    /** Guarded by this. */
    private boolean ended;

    @Inject
    public AnnouncementToAllServers(
            DiscoveryServers servers,
            DiscoveryServersConfig config,
            NodeInfo nodeInfo,
            JsonCodec<Announcement> announcementCodec,
            @ForDiscoveryClient HttpClient httpClient,
            @ForDiscoveryClient ScheduledExecutorService executor)
    {
        this.servers = requireNonNull(servers, "servers is null");
        this.nodeInfo = requireNonNull(nodeInfo, "nodeInfo is null");
        this.announcementCodec = requireNonNull(announcementCodec, "announcementCodec is null");
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.executor = requireNonNull(executor, "executor is null");
        this.interval = config.getAnnouncementInterval();
        this.requestTimeout = config.getRequestTimeout();
    }

    @Override
    public ListenableFuture<Duration> announce(Set<ServiceAnnouncement> services)
    {
        SettableFuture<Duration> result = SettableFuture.create();
        if (!begin(result)) {
            return result;
        }
        Set<URI> uris = servers.getServers();
        if (uris.isEmpty()) {
            // a dispatcher whose clusters are all in files; its start would wait for the answer
            answer(result);
        }
        AtomicInteger outstanding = new AtomicInteger(uris.size());
        for (URI uri : uris) {
            Futures.addCallback(announceOnce(uri, services), new FutureCallback<>()
            {
                @Override
                public void onSuccess(Duration ignored)
                {
                    serverLog.succeeded(uri);
                    answer(result);
                }

                @Override
                public void onFailure(Throwable failure)
                {
                    serverLog.failed(uri, failure);
                    if (outstanding.decrementAndGet() == 0) {
                        answer(result);
                    }
                }
            }, directExecutor());
        }
        return result;
    }

    private synchronized boolean begin(SettableFuture<Duration> result)
    {
        if (!ended) {
            unanswered.add(result);
        }
        return !ended;
    }

    private synchronized void answer(SettableFuture<Duration> result)
    {
        if (unanswered.removeIf(other -> other == result)) {
            result.set(interval);
        }
    }

    /**
     * Answers all announcements now, and none from now on. An {@link Announcer} that gets an answer after its end logs an error.
     */
    synchronized void end()
    {
        ended = true;
        ImmutableList.copyOf(unanswered).forEach(this::answer);
    }

    private ListenableFuture<Duration> announceOnce(URI uri, Set<ServiceAnnouncement> services)
    {
        ListenableFuture<Duration> future = underWay.computeIfAbsent(uri, _ -> withTimeout(client(uri).announce(services), requestTimeout, executor));
        future.addListener(() -> underWay.remove(uri, future), directExecutor());
        return future;
    }

    @Override
    public ListenableFuture<Void> unannounce()
    {
        ListenableFuture<Void> unannounced = Futures.transform(
                Futures.successfulAsList(servers.getServers().stream()
                        .map(uri -> client(uri).unannounce())
                        .collect(toImmutableList())),
                _ -> null,
                directExecutor());
        // the executor may have ended already
        delayedExecutor(requestTimeout.toMillis(), MILLISECONDS).execute(() -> unannounced.cancel(true));
        return Futures.catching(unannounced, CancellationException.class, _ -> null, directExecutor());
    }

    private DiscoveryAnnouncementClient client(URI uri)
    {
        return new HttpDiscoveryAnnouncementClient(() -> uri, nodeInfo, announcementCodec, httpClient);
    }
}
