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
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.discovery.client.Announcement;
import io.airlift.discovery.client.ServiceAnnouncement;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.ServiceDescriptors;
import io.airlift.discovery.client.ServiceDescriptorsRepresentation;
import io.airlift.http.client.HttpClient;
import io.airlift.http.client.HttpStatus;
import io.airlift.http.client.Request;
import io.airlift.http.client.Response;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.client.testing.TestingResponse;
import io.airlift.json.JsonCodec;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.node.HostAddresses;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;

import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.util.concurrent.Futures.getUnchecked;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.discovery.client.ServiceAnnouncement.serviceAnnouncement;
import static io.airlift.discovery.client.ServiceDescriptor.serviceDescriptor;
import static io.airlift.json.JsonCodec.jsonCodec;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

/**
 * Tests look-ups at several servers, and announcements to them, when some or all are down. Some wait for the time-out of a request.
 */
@Execution(CONCURRENT)
public class TestDiscoveryAtAllServers
{
    private static final JsonCodec<ServiceDescriptorsRepresentation> DESCRIPTORS_CODEC = jsonCodec(ServiceDescriptorsRepresentation.class);
    private static final Duration ANNOUNCEMENT_INTERVAL = new Duration(700, MILLISECONDS);
    private static final Duration LOOKUP_INTERVAL = new Duration(300, MILLISECONDS);
    private static final Set<ServiceAnnouncement> SERVICES = ImmutableSet.of(serviceAnnouncement("trino").build());
    private static final ServiceDescriptor A = service("a");
    private static final ServiceDescriptor B = service("b");
    private static final ServiceDescriptor C = service("c");

    /** The services that each server knows. A server without an entry refuses connections. */
    private final Map<String, List<ServiceDescriptor>> servers = new ConcurrentHashMap<>();
    private final Set<String> announcedTo = ConcurrentHashMap.newKeySet();
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private final CountDownLatch end = new CountDownLatch(1);
    private ExecutorService executor;
    private ScheduledExecutorService timeoutExecutor;
    private LookupAtAllServers lookup;
    private AnnouncementToAllServers announcement;

    @BeforeEach
    public void setUp()
    {
        executor = newCachedThreadPool(daemonThreadsNamed("test-%s"));
        timeoutExecutor = newSingleThreadScheduledExecutor(daemonThreadsNamed("timeout-%s"));
        TestingHttpClient httpClient = new TestingHttpClient(this::respond, executor);
        DiscoveryServersConfig config = config("http://10.0.0.1:8080,http://10.0.0.2:8080");
        NodeInfo nodeInfo = new NodeInfo("testing");
        lookup = new LookupAtAllServers(new DiscoveryServers(config, HostAddresses.SYSTEM), config, nodeInfo, DESCRIPTORS_CODEC, httpClient, timeoutExecutor);
        announcement = createAnnouncement(config, httpClient);
    }

    private static DiscoveryServersConfig config(String uris)
    {
        return new DiscoveryServersConfig()
                .setUris(uris)
                .setAnnouncementInterval(ANNOUNCEMENT_INTERVAL)
                .setLookupInterval(LOOKUP_INTERVAL)
                .setRequestTimeout(new Duration(2, SECONDS));
    }

    private AnnouncementToAllServers createAnnouncement(DiscoveryServersConfig config, HttpClient httpClient)
    {
        return new AnnouncementToAllServers(new DiscoveryServers(config, HostAddresses.SYSTEM), config, new NodeInfo("testing"), jsonCodec(Announcement.class), httpClient, timeoutExecutor);
    }

    @AfterEach
    public void tearDown()
    {
        end.countDown();
        executor.shutdownNow();
        timeoutExecutor.shutdownNow();
    }

    @Test
    public void testUnion()
    {
        servers.put("10.0.0.1", ImmutableList.of(A, B));
        servers.put("10.0.0.2", ImmutableList.of(B, C));
        ServiceDescriptors found = getUnchecked(lookup.getServices("trino", "general"));
        assertThat(found.getServiceDescriptors()).containsExactlyInAnyOrder(A, B, C);
        assertThat(found.getMaxAge()).isEqualTo(LOOKUP_INTERVAL);
    }

    @Test
    public void testOneServerIsDown()
    {
        servers.put("10.0.0.2", ImmutableList.of(C));
        ServiceDescriptors found = getUnchecked(lookup.getServices("trino", "general"));
        assertThat(found.getServiceDescriptors()).containsExactly(C);
        // a service that is no longer announced is dropped, even if some server does not answer
        servers.put("10.0.0.2", ImmutableList.of(A));
        assertThat(getUnchecked(lookup.refreshServices(found)).getServiceDescriptors()).containsExactly(A);
    }

    @Test
    public void testOneServerIsSilent()
    {
        servers.put("10.0.0.2", ImmutableList.of(C));
        silent.add("10.0.0.1");
        assertThat(getUnchecked(lookup.getServices("trino", "general")).getServiceDescriptors()).containsExactly(C);
        assertThat(getUnchecked(announcement.announce(SERVICES))).isEqualTo(ANNOUNCEMENT_INTERVAL);
        assertThat(announcedTo).containsExactly("10.0.0.2");
    }

    @Test
    public void testAllServersAreDown()
    {
        // no server has answered yet
        ServiceDescriptors found = getUnchecked(lookup.getServices("trino", "general"));
        assertThat(found.getServiceDescriptors()).isEmpty();
        assertThat(found.getMaxAge()).isEqualTo(LOOKUP_INTERVAL);

        servers.put("10.0.0.1", ImmutableList.of(A));
        found = getUnchecked(lookup.refreshServices(found));
        assertThat(found.getServiceDescriptors()).containsExactly(A);

        // all servers are gone
        servers.clear();
        found = getUnchecked(lookup.refreshServices(found));
        assertThat(found.getServiceDescriptors()).containsExactly(A);
        assertThat(found.getType()).isEqualTo("trino");
        assertThat(found.getPool()).isEqualTo("general");

        servers.put("10.0.0.2", ImmutableList.of(B));
        assertThat(getUnchecked(lookup.refreshServices(found)).getServiceDescriptors()).containsExactly(B);
    }

    @Test
    public void testAnnouncement()
    {
        assertThat(getUnchecked(announcement.announce(SERVICES))).isEqualTo(ANNOUNCEMENT_INTERVAL);
        assertThat(announcedTo).isEmpty();

        servers.put("10.0.0.2", ImmutableList.of());
        assertThat(getUnchecked(announcement.announce(SERVICES))).isEqualTo(ANNOUNCEMENT_INTERVAL);
        assertThat(announcedTo).containsExactly("10.0.0.2");
    }

    /**
     * The start of a node waits for its first announcement.
     */
    @Test
    public void testAnnouncementToNoServer()
    {
        AnnouncementToAllServers toNone = createAnnouncement(config(""), new TestingHttpClient(this::respond, executor));
        assertThat(toNone.announce(SERVICES).isDone()).isTrue();
        assertThat(getUnchecked(toNone.announce(SERVICES))).isEqualTo(ANNOUNCEMENT_INTERVAL);
    }

    /**
     * The announcer's executor does not take the answers that come after its end, and the log would tell of that.
     */
    @Test
    public void testNoAnswerAfterTheEnd()
            throws Exception
    {
        silent.add("10.0.0.1");
        silent.add("10.0.0.2");
        ListenableFuture<Duration> underWay = announcement.announce(SERVICES);
        assertThat(underWay.isDone()).isFalse();
        announcement.end();
        assertThat(getDone(underWay)).isEqualTo(ANNOUNCEMENT_INTERVAL);

        ListenableFuture<Duration> late = announcement.announce(SERVICES);
        silent.clear();
        servers.put("10.0.0.1", ImmutableList.of());
        servers.put("10.0.0.2", ImmutableList.of());
        end.countDown();
        announcement.unannounce().get();
        assertThat(late.isDone()).isFalse();
    }

    /**
     * A node that stops does not wait longer for its coordinators than one that looks for others.
     */
    @Test
    public void testNoServerTakesLeave()
            throws Exception
    {
        silent.add("10.0.0.1");
        silent.add("10.0.0.2");
        announcement.unannounce().get(30, SECONDS);
    }

    @Test
    public void testFirstLookupDoesNotWait()
    {
        silent.add("10.0.0.1");
        servers.put("10.0.0.2", ImmutableList.of(A));
        LookupAfterStart afterStart = new LookupAfterStart(lookup);
        ListenableFuture<ServiceDescriptors> first = afterStart.getServices("trino", "general");
        assertThat(getDone(first).getServiceDescriptors()).isEmpty();
        assertThat(getDone(first).getMaxAge().toMillis()).isEqualTo(0);
        assertThat(getUnchecked(afterStart.refreshServices(getDone(first))).getServiceDescriptors()).containsExactly(A);
    }

    private static <T> T getDone(ListenableFuture<T> future)
    {
        assertThat(future.isDone()).isTrue();
        return getUnchecked(future);
    }

    private Response respond(Request request)
            throws Exception
    {
        String server = request.getUri().getHost();
        if (silent.contains(server)) {
            end.await(60, SECONDS);
        }
        List<ServiceDescriptor> services = servers.get(server);
        if (services == null) {
            throw new ConnectException("refused");
        }
        if (request.getMethod().equals("PUT")) {
            announcedTo.add(server);
            return new TestingResponse(HttpStatus.ACCEPTED, ImmutableListMultimap.of(), new byte[0]);
        }
        assertThat(request.getUri().getPath()).isEqualTo("/v1/service/trino/general");
        return new TestingResponse(
                HttpStatus.OK,
                ImmutableListMultimap.of("Content-Type", "application/json"),
                DESCRIPTORS_CODEC.toJsonBytes(new ServiceDescriptorsRepresentation("testing", services)));
    }

    private static ServiceDescriptor service(String node)
    {
        return serviceDescriptor("trino")
                .setNodeId(node)
                .addProperty("http", "http://%s:8080".formatted(node))
                .build();
    }
}
