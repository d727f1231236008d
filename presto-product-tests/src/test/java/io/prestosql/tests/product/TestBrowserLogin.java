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

import com.google.common.collect.ImmutableList;
import io.prestosql.testing.TestingOpenIdProvider;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.prestosql.testing.TestingOpenIdProvider.USER;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Log-ins with OAuth2 through a load balancer that sends each request to another dispatcher. The stock command line client and JDBC drivers
 * print an address, which a browser opens. The browser also logs in to the Web UI.
 */
@Order(SharedCluster.NONE)
@Tag("long")
@TestInstance(PER_CLASS)
public class TestBrowserLogin
{
    /** A node that is coordinator and worker. */
    private static final String ENGINE = "engine-1";
    private static final String[] DISPATCHERS = {"dispatcher-1", "dispatcher-2", "dispatcher-3"};
    private static final String SQL = "SELECT current_user || ' of ' || name FROM tpch.tiny.region WHERE regionkey = 1";
    private static final String RESULT = USER + " of AMERICA";
    private static final Pattern PRINTED_ADDRESS = Pattern.compile("External authentication required\\. Please go to:\\s+(https://\\S+)\\s");
    private static final Pattern STEP = Pattern.compile(" dispatchers/(\\S+) .* \"[A-Z]+ /oauth2/");

    private TestingOpenIdProvider provider;
    private ServerCertificate certificate;
    private LocalCluster cluster;
    private LoadBalancer loadBalancer;

    @BeforeAll
    public void setUp()
    {
        provider = new TestingOpenIdProvider();
        LocalCluster.Builder builder = LocalCluster.builder("browser-login")
                .dispatchers(3)
                .coordinators(0)
                .workers(0)
                .node(ENGINE, "coordinator,worker")
                .jvm("dispatcher", "-Xmx256M")
                .jvm(ENGINE, "-Xmx768M")
                .catalogs("tpch")
                .shortLived()
                .property("dispatcher", "http-server.process-forwarded", "true");
        provider.properties().forEach((name, value) -> builder.property("dispatcher", name, value));
        certificate = ServerCertificate.create(builder.writeFile("keystore.p12", ""));
        cluster = builder.start();
        List<URI> dispatchers = cluster.dispatchers().stream()
                .map(Node::uri)
                .toList();
        loadBalancer = LoadBalancer.start(LoadBalancerProgram.HAPROXY, "browser-login", certificate, dispatchers);
    }

    @AfterAll
    public void tearDown()
    {
        if (loadBalancer != null) {
            loadBalancer.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (provider != null) {
            provider.close();
        }
    }

    @Test
    public void testCommandLineClient()
            throws Exception
    {
        int before = loadBalancer.logLines().size();
        assertThat(logIn(ImmutableList.<String>builder()
                .addAll(Cli.command(loadBalancer.uri(), USER))
                .add("--external-authentication", "--external-authentication-redirect-handler=PRINT")
                .add("--truststore-path=" + certificate.keystore(), "--truststore-password=" + ServerCertificate.PASSWORD, "--truststore-type=" + ServerCertificate.TYPE)
                .add("--execute", SQL)
                .build()))
                .contains("\"%s\"".formatted(RESULT));
        assertStepsAtAllDispatchers(before);
    }

    @Test
    public void testJdbc()
            throws Exception
    {
        runJdbcDriver(JdbcDriver.NEWEST);
    }

    @Test
    public void testJdbcOfEngineRelease()
            throws Exception
    {
        runJdbcDriver(JdbcDriver.ENGINE_RELEASE);
    }

    private void runJdbcDriver(JdbcDriver driver)
            throws Exception
    {
        int before = loadBalancer.logLines().size();
        assertThat(logIn(JdbcQuery.command(
                driver,
                loadBalancer.uri(),
                SQL,
                "user", USER,
                "externalAuthentication", "true",
                "externalAuthenticationRedirectHandlers", "PRINT",
                "SSL", "true",
                "SSLTrustStorePath", certificate.keystore().toString(),
                "SSLTrustStorePassword", ServerCertificate.PASSWORD,
                "SSLTrustStoreType", ServerCertificate.TYPE)))
                .contains(RESULT);
        assertStepsAtAllDispatchers(before);
    }

    @Test
    public void testWebUi()
    {
        int before = loadBalancer.logLines().size();
        try (Browser browser = Browser.start()) {
            browser.open(loadBalancer.uri().resolve("/ui/"));
            assertThat(browser.address()).isEqualTo(loadBalancer.uri().resolve("/ui/"));
            assertThat(STEP.matcher(String.join("\n", loadBalancer.logLines().subList(before, loadBalancer.logLines().size()))).find()).isTrue();
            // the page polls once a second, each time another dispatcher
            browser.open(loadBalancer.uri().resolve("/ui/operations.html"));
            Set<String> answeredBy = new HashSet<>();
            await().atMost(ofSeconds(30)).pollInterval(ofMillis(100)).untilAsserted(() -> {
                assertThat(browser.attribute("body", "data-contact")).contains("there");
                answeredBy.add(browser.text("#answered-by"));
                assertThat(answeredBy).contains(DISPATCHERS);
            });
        }
    }

    /**
     * Runs a client that prints an address for the log-in, and logs in there.
     *
     * @return the client's output
     */
    private String logIn(List<String> command)
            throws Exception
    {
        Path output = Files.createTempFile("product-test", ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            URI address = await().atMost(ofSeconds(60)).pollInterval(ofMillis(20)).until(() -> printedAddress(process, output), uri -> uri != null);
            assertThat(address.getAuthority()).isEqualTo(loadBalancer.uri().getAuthority());
            HttpResponse<String> end = browse(address);
            assertThat(end.statusCode()).as(end.body()).isEqualTo(200);
            assertThat(end.uri().getPath()).isEqualTo("/oauth2/callback");
            assertThat(process.waitFor(60, SECONDS)).as("ends: %s", Files.readString(output)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
            return Files.readString(output);
        }
        finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    private static URI printedAddress(Process process, Path output)
            throws IOException
    {
        String text = Files.readString(output);
        Matcher address = PRINTED_ADDRESS.matcher(text);
        if (address.find()) {
            return URI.create(address.group(1));
        }
        assertThat(process.isAlive()).as("waits for the log-in: %s", text).isTrue();
        return null;
    }

    /**
     * Keeps cookies and follows redirects, to the provider and back, as a browser does.
     */
    private HttpResponse<String> browse(URI address)
            throws Exception
    {
        try (HttpClient browser = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(certificate.trustingContext())
                .cookieHandler(new CookieManager())
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build()) {
            return browser.send(HttpRequest.newBuilder(address).timeout(ofSeconds(60)).build(), BodyHandlers.ofString());
        }
    }

    /**
     * A log-in takes at least three requests in sequence, and the load balancer takes the dispatchers in turns.
     */
    private void assertStepsAtAllDispatchers(int linesBefore)
    {
        await().atMost(ofSeconds(10)).untilAsserted(() -> {
            List<String> lines = loadBalancer.logLines();
            assertThat(lines.subList(linesBefore, lines.size()).stream()
                    .map(STEP::matcher)
                    .filter(Matcher::find)
                    .map(step -> step.group(1))
                    .collect(toImmutableSet())).containsExactlyInAnyOrder(DISPATCHERS);
        });
    }
}
