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
package io.prestosql.tests.product;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import javax.net.ssl.SSLSocket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static io.prestosql.tests.product.StandInDispatcher.ADDED_PREPARE;
import static io.prestosql.tests.product.StandInDispatcher.HEADERS;
import static io.prestosql.tests.product.StandInDispatcher.INTERRUPTED;
import static io.prestosql.tests.product.StandInDispatcher.LARGE;
import static io.prestosql.tests.product.StandInDispatcher.LARGE_SIZE;
import static io.prestosql.tests.product.StandInDispatcher.LATE;
import static io.prestosql.tests.product.StandInDispatcher.LENGTH;
import static io.prestosql.tests.product.StandInDispatcher.PREPARE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.time.Duration.ofSeconds;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * nginx and HAProxy with the configurations of the deployment guide: what they let through, and what their defaults would not.
 */
@Order(SharedCluster.NO_SERVERS)
@TestInstance(PER_CLASS)
public class TestLoadBalancerGuide
{
    private static final int LONG_STATEMENT = 16 * 1024 * 1024;
    /** Below the limits of this JVM's client and server. */
    private static final int LONG_HEADER = 300_000;
    /** In the long tier, longer than the default time-outs of both programs. */
    private static final Duration SILENCE = ofSeconds(Tier.number(2, 75));

    private final Map<LoadBalancerProgram, LoadBalancer> loadBalancers = new EnumMap<>(LoadBalancerProgram.class);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private ServerCertificate certificate;
    private StandInDispatcher dispatcher;
    private HttpClient client;

    @BeforeAll
    public void setUp()
    {
        certificate = ServerCertificate.create(Artifacts.target().resolve("load-balancer-guide").resolve("keystore.p12"));
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(certificate.trustingContext())
                .build();
        dispatcher = new StandInDispatcher(SILENCE);
        for (LoadBalancerProgram program : LoadBalancerProgram.values()) {
            loadBalancers.put(program, LoadBalancer.start(program, "guide", certificate, dispatchers()));
        }
    }

    @AfterAll
    public void tearDown()
    {
        loadBalancers.values().forEach(LoadBalancer::close);
        executor.shutdownNow();
        if (client != null) {
            client.close();
        }
        if (dispatcher != null) {
            dispatcher.close();
        }
    }

    private List<URI> dispatchers()
    {
        return List.of(dispatcher.uri(), dispatcher.uri(), dispatcher.uri());
    }

    private HttpResponse<String> send(String method, URI uri, String body, String... headers)
            throws IOException, InterruptedException
    {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(SILENCE.plusSeconds(60))
                .method(method, BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> sendStatement(URI server, int length)
            throws IOException, InterruptedException
    {
        return send("POST", server.resolve(LENGTH), "x".repeat(length));
    }

    private HttpResponse<String> sendHeader(URI server, int length)
            throws IOException, InterruptedException
    {
        return send("GET", server.resolve(HEADERS), "", "X-Trino-Prepared-Statement", "x".repeat(length));
    }

    private HttpResponse<String> receiveHeader(URI server, int length)
            throws IOException, InterruptedException
    {
        return send("POST", server.resolve(PREPARE), "x".repeat(length));
    }

    @ParameterizedTest
    @EnumSource
    public void testLongStatement(LoadBalancerProgram program)
            throws Exception
    {
        HttpResponse<String> response = sendStatement(loadBalancers.get(program).uri(), LONG_STATEMENT);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(String.valueOf(LONG_STATEMENT));
    }

    @ParameterizedTest
    @EnumSource
    public void testPreparedStatement(LoadBalancerProgram program)
            throws Exception
    {
        URI uri = loadBalancers.get(program).uri();
        HttpResponse<String> executed = sendHeader(uri, LONG_HEADER);
        assertThat(executed.statusCode()).as(executed.body()).isEqualTo(200);
        HttpResponse<String> prepared = receiveHeader(uri, LONG_HEADER);
        assertThat(prepared.statusCode()).as(prepared.body()).isEqualTo(200);
        assertThat(prepared.headers().firstValue(ADDED_PREPARE).orElseThrow()).hasSize(LONG_HEADER);
    }

    /**
     * Checks the guide's statements about the defaults: without the lines that begin with the directive, clients see that status.
     */
    @ParameterizedTest
    @CsvSource({
            "NGINX, client_max_body_size, statement, 413",
            "NGINX, large_client_header_buffers, header, 400",
            "NGINX, proxy_buffer_size, header of answer, 502",
            "HAPROXY, tune., header, 400",
            "HAPROXY, tune., header of answer, 502",
    })
    public void testDefaults(LoadBalancerProgram program, String directive, String what, int status)
            throws Exception
    {
        try (LoadBalancer loadBalancer = LoadBalancer.start(program, "defaults", certificate, dispatchers(), guide -> without(guide, directive))) {
            HttpResponse<String> response = switch (what) {
                case "statement" -> sendStatement(loadBalancer.uri(), 1_100_000);
                // HAProxy does not read a longer header to its end, so that the answer may be lost
                case "header" -> sendHeader(loadBalancer.uri(), 20_000);
                case "header of answer" -> receiveHeader(loadBalancer.uri(), 20_000);
                default -> throw new IllegalArgumentException(what);
            };
            assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        }
    }

    private static String without(String guide, String directive)
    {
        List<String> lines = guide.lines()
                .filter(line -> !line.strip().startsWith(directive))
                .toList();
        assertThat(lines).hasSizeLessThan((int) guide.lines().count());
        return lines.stream().collect(joining("\n", "", "\n"));
    }

    /**
     * The load balancer does not trust the client's own headers about its origin.
     */
    @ParameterizedTest
    @EnumSource
    public void testForwardedHeaders(LoadBalancerProgram program)
            throws Exception
    {
        URI uri = loadBalancers.get(program).uri();
        HttpResponse<String> response = send(
                "GET",
                uri.resolve(HEADERS),
                "",
                "Forwarded", "host=elsewhere.test",
                "X-Forwarded-For", "10.0.0.1",
                "X-Forwarded-Host", "elsewhere.test",
                "X-Forwarded-Port", "80",
                "X-Forwarded-Prefix", "/elsewhere",
                "X-Forwarded-Proto", "http");
        assertThat(response.body().lines()).containsExactly(
                "X-forwarded-for=127.0.0.1",
                "X-forwarded-host=" + uri.getAuthority(),
                "X-forwarded-port=" + uri.getPort(),
                "X-forwarded-proto=https");
    }

    /**
     * A dead dispatcher's requests go to another dispatcher, from the first moment on.
     */
    @ParameterizedTest
    @EnumSource
    public void testDispatcherDown(LoadBalancerProgram program)
            throws Exception
    {
        List<URI> dispatchers = List.of(dispatcher.uri(), URI.create("http://127.0.0.1:" + FreePorts.consecutivePorts(1)), dispatcher.uri());
        try (LoadBalancer loadBalancer = LoadBalancer.start(program, "down", certificate, dispatchers)) {
            for (int i = 0; i < 12; i++) {
                HttpResponse<String> response = sendStatement(loadBalancer.uri(), 1000);
                assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
                assertThat(response.body()).isEqualTo("1000");
            }
        }
    }

    /**
     * At both programs at the same time, as all this is waiting.
     */
    @Test
    public void testSilence()
            throws Exception
    {
        List<Future<?>> checks = new ArrayList<>();
        loadBalancers.forEach((program, loadBalancer) -> {
            URI uri = loadBalancer.uri();
            Map<String, Callable<String>> clients = Map.of(
                    "late", () -> send("GET", uri.resolve(LATE), "").body(),
                    "interrupted", () -> send("GET", uri.resolve(INTERRUPTED), "").body(),
                    String.valueOf(LARGE_SIZE), () -> String.valueOf(readWithPause(uri)),
                    "11", () -> sendWithPause(uri));
            clients.forEach((expected, request) -> checks.add(executor.submit(() -> assertThat(request.call()).as(program.program()).isEqualTo(expected))));
        });
        for (Future<?> check : checks) {
            check.get();
        }
    }

    /**
     * The guide's time-outs bound the silence: with one second each, they end the request.
     */
    @Test
    public void testTimeouts()
            throws Exception
    {
        List<Future<?>> checks = new ArrayList<>();
        for (LoadBalancerProgram program : LoadBalancerProgram.values()) {
            checks.add(executor.submit(() -> {
                try (LoadBalancer loadBalancer = LoadBalancer.start(program, "timeouts", certificate, dispatchers(), guide -> guide.replace(" 600s", " 1s"))) {
                    URI uri = loadBalancer.uri();
                    Future<Integer> late = executor.submit(() -> send("GET", uri.resolve(LATE), "").statusCode());
                    assertThat(readWithPause(uri)).as(program.program()).isLessThan(LARGE_SIZE);
                    assertThat(late.get()).as(program.program()).isEqualTo(504);
                }
                return null;
            }));
        }
        for (Future<?> check : checks) {
            check.get();
        }
    }

    /**
     * Reads the beginning of an answer, and the rest after the pause.
     *
     * @return a lower bound of the bytes that it has read
     */
    private long readWithPause(URI uri)
            throws IOException, InterruptedException
    {
        try (SSLSocket socket = connect(uri)) {
            socket.getOutputStream().write("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(LARGE, uri.getAuthority()).getBytes(US_ASCII));
            InputStream input = socket.getInputStream();
            skipHeaders(input);
            long read = input.readNBytes(100_000).length;
            Thread.sleep(SILENCE);
            try {
                return read + input.transferTo(OutputStream.nullOutputStream());
            }
            catch (IOException _) {
                // the connection was reset
                return read;
            }
        }
    }

    /**
     * Sends the beginning of a request, and the rest after the pause.
     */
    private String sendWithPause(URI uri)
            throws IOException, InterruptedException
    {
        try (SSLSocket socket = connect(uri)) {
            socket.getOutputStream().write("POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 11\r\n\r\ninterr".formatted(LENGTH, uri.getAuthority()).getBytes(US_ASCII));
            Thread.sleep(SILENCE);
            socket.getOutputStream().write("upted".getBytes(US_ASCII));
            InputStream input = socket.getInputStream();
            skipHeaders(input);
            return new String(input.readAllBytes(), US_ASCII);
        }
    }

    private SSLSocket connect(URI uri)
            throws IOException
    {
        SSLSocket socket = (SSLSocket) certificate.trustingContext().getSocketFactory().createSocket();
        // keeps little data in transit while the client does not read
        socket.setReceiveBufferSize(100_000);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
        return socket;
    }

    private static void skipHeaders(InputStream input)
            throws IOException
    {
        StringBuilder headers = new StringBuilder();
        while (headers.indexOf("\r\n\r\n") < 0) {
            int next = input.read();
            assertThat(next).as("next after: %s", headers).isNotNegative();
            headers.append((char) next);
        }
        assertThat(headers.toString()).startsWith("HTTP/1.1 200");
    }
}
