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
package io.prestosql.coordinator.nodes;

import com.google.common.collect.ImmutableListMultimap;
import io.airlift.discovery.client.ServiceDescriptor;
import io.airlift.discovery.client.testing.StaticServiceSelector;
import io.airlift.http.client.HttpStatus;
import io.airlift.http.client.Request;
import io.airlift.http.client.Response;
import io.airlift.http.client.testing.TestingHttpClient;
import io.airlift.http.client.testing.TestingResponse;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.discovery.DiscoveryServersConfig;
import io.prestosql.node.InternalAddresses;
import io.trino.failuredetector.FailureDetector.State;
import io.trino.server.InternalCommunicationConfig;
import io.trino.spi.HostAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.discovery.client.ServiceDescriptor.serviceDescriptor;
import static io.trino.failuredetector.FailureDetector.State.ALIVE;
import static io.trino.failuredetector.FailureDetector.State.GONE;
import static io.trino.failuredetector.FailureDetector.State.UNKNOWN;
import static io.trino.failuredetector.FailureDetector.State.UNRESPONSIVE;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

public class TestNodeLivenessDetector
{
    private enum Behaviour { ANSWER, FAIL, REFUSE, BREAK_THEN_REFUSE, TIME_OUT }

    private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> checks = new ConcurrentHashMap<>();
    private final Map<String, Long> lastAnswers = new ConcurrentHashMap<>();
    private final AtomicInteger changes = new AtomicInteger();
    private ExecutorService executor;
    private NodeLivenessDetector detector;

    @BeforeEach
    public void setUp()
    {
        executor = newCachedThreadPool(daemonThreadsNamed("test-%s"));
        detector = createDetector(new Duration(50, MILLISECONDS));
        detector.setChangeListener(changes::incrementAndGet);
        detector.start();
    }

    private NodeLivenessDetector createDetector(Duration interval)
    {
        return new NodeLivenessDetector(
                new StaticServiceSelector(service("self"), service("one"), service("two")),
                new TestingHttpClient(this::respond, executor),
                new NodeInfo("testing"),
                new DiscoveryServersConfig()
                        .setLookupInterval(interval)
                        .setUnresponsiveTimeout(new Duration(1, SECONDS)),
                new InternalAddresses(new InternalCommunicationConfig()));
    }

    @AfterEach
    public void tearDown()
    {
        detector.stop();
        executor.shutdownNow();
    }

    @Test
    public void testRefusingNodeIsGoneUntilItsFirstAnswer()
    {
        awaitChecks("one", 1);
        assertThat(state("one")).isEqualTo(ALIVE);
        behaviours.put("one", Behaviour.REFUSE);
        await().until(() -> state("one"), GONE::equals);
        assertThat(detector.getFailed()).extracting(ServiceDescriptor::getNodeId).containsExactly("one");
        assertThat(detector.getFailedCount()).isEqualTo(1);
        assertThat(state("two")).isEqualTo(ALIVE);

        behaviours.put("one", Behaviour.ANSWER);
        await().until(() -> state("one"), ALIVE::equals);
        assertThat(detector.getFailed()).isEmpty();
    }

    /**
     * A process that dies during a check breaks the connection and refuses the next. The detector notices without waiting for the next
     * round.
     */
    @Test
    public void testBrokenConnectionCausesImmediateCheck()
    {
        detector.stop();
        behaviours.put("one", Behaviour.BREAK_THEN_REFUSE);
        NodeLivenessDetector withOneRound = createDetector(new Duration(1, HOURS));
        withOneRound.start();
        try {
            await().until(() -> withOneRound.getState(HostAddress.fromParts("one", 8080)), GONE::equals);
            assertThat(withOneRound.getState(HostAddress.fromParts("two", 8080))).isEqualTo(ALIVE);
        }
        finally {
            withOneRound.stop();
        }
    }

    @Test
    public void testSilentNodeIsGivenUpOnlyAfterTimeout()
    {
        awaitChecks("one", 1);
        behaviours.put("one", Behaviour.TIME_OUT);
        await().until(() -> state("one"), UNRESPONSIVE::equals);
        assertThat(System.nanoTime() - lastAnswers.get("one")).isGreaterThan(MILLISECONDS.toNanos(900));
        assertThat(detector.getFailed()).extracting(ServiceDescriptor::getNodeId).containsExactly("one");

        behaviours.put("one", Behaviour.ANSWER);
        await().until(() -> state("one"), ALIVE::equals);
    }

    @Test
    public void testNodeWithAnyAnswerIsAlive()
    {
        behaviours.put("one", Behaviour.FAIL);
        awaitChecks("one", 30);
        assertThat(state("one")).isEqualTo(ALIVE);
        assertThat(changes.get()).isPositive();
    }

    @Test
    public void testUnknownNode()
    {
        awaitChecks("one", 1);
        assertThat(state("unknown")).isEqualTo(UNKNOWN);
        assertThat(detector.getTotalCount()).isGreaterThanOrEqualTo(2);
    }

    private State state(String node)
    {
        return detector.getState(HostAddress.fromParts(node, 8080));
    }

    /**
     * Waits for checks of the node. When a check begins, the result of the previous one has been processed.
     */
    private void awaitChecks(String node, int count)
    {
        int before = checks.computeIfAbsent(node, _ -> new AtomicInteger()).get();
        await().until(() -> checks.get(node).get() > before + count);
    }

    private Response respond(Request request)
            throws Exception
    {
        String node = request.getUri().getHost();
        checks.computeIfAbsent(node, _ -> new AtomicInteger()).incrementAndGet();
        return switch (behaviours.getOrDefault(node, Behaviour.ANSWER)) {
            case ANSWER -> {
                lastAnswers.put(node, System.nanoTime());
                yield new TestingResponse(HttpStatus.OK, ImmutableListMultimap.of(), new byte[0]);
            }
            case FAIL -> new TestingResponse(HttpStatus.INTERNAL_SERVER_ERROR, ImmutableListMultimap.of(), new byte[0]);
            case REFUSE -> throw new ConnectException("refused");
            case BREAK_THEN_REFUSE -> {
                behaviours.put(node, Behaviour.REFUSE);
                throw new EOFException("broken");
            }
            case TIME_OUT -> throw new SocketTimeoutException("silent");
        };
    }

    private static ServiceDescriptor service(String node)
    {
        return serviceDescriptor("trino")
                .setNodeId(node)
                .addProperty("http", "http://%s:8080".formatted(node))
                .build();
    }
}
