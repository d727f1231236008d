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
package io.prestosql.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import io.airlift.http.server.HttpServerInfo;
import io.prestosql.testing.EnginePlugins;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.RawClient.Response;
import io.prestosql.testing.TestingJwtSigner;
import io.prestosql.testing.TestingPrestoCluster;
import io.prestosql.testing.TestingPrestoServer;
import io.trino.plugin.tpch.TpchPlugin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import static com.google.common.collect.Iterables.getOnlyElement;
import static io.airlift.security.cert.CertificateBuilder.certificateBuilder;
import static io.prestosql.node.NodeRole.COORDINATOR;
import static io.prestosql.node.NodeRole.DISPATCHER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.ZoneOffset.UTC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Log-ins by password file, JWT and client certificate at three dispatchers, with each request of a client at another one. Dispatchers,
 * coordinator and worker are separate servers that talk to each other by https, with certificates that they derive from the shared secret,
 * and have no http address.
 */
@TestInstance(PER_CLASS)
public class TestAuthentication
{
    private static final int DISPATCHERS = 3;
    private static final String STORE_PASSWORD = "store-password";
    private static final String PASSWORD = "alices-password";
    /** {@link #PASSWORD}, hashed with bcrypt. */
    private static final String PASSWORD_FILE = "alice:$2y$10$ugIVnyHjMsG1fCTmOF.HXuXWHCdWGifvr0CQZvDfUew/MnacS3nvG\n";

    private final TestingJwtSigner signer = new TestingJwtSigner();
    private final RawClient client = new RawClient(tls(new KeyManagerFactory[0]));
    private RawClient clientWithCertificate;
    private RawClient clientWithAnotherCertificate;
    private TestingPrestoCluster cluster;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws Exception
    {
        KeyStore carol = createKeyStore("carol");
        clientWithCertificate = new RawClient(tls(keyManagers(carol)));
        clientWithAnotherCertificate = new RawClient(tls(keyManagers(createKeyStore("carol"))));
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("carol", carol.getCertificate("client"));
        Path trustStore = directory.resolve("trust.p12");
        try (OutputStream output = Files.newOutputStream(trustStore)) {
            trust.store(output, STORE_PASSWORD.toCharArray());
        }
        Path keyFile = Files.writeString(directory.resolve("jwt.pem"), signer.toPem());
        Path passwordFile = Files.writeString(directory.resolve("password.db"), PASSWORD_FILE);
        Path authenticator = Files.writeString(directory.resolve("password-authenticator.properties"), """
                password-authenticator.name=file
                file.password-file=%s
                """.formatted(passwordFile));

        cluster = TestingPrestoCluster.builder()
                .addDispatchers(DISPATCHERS)
                .addCoordinators(1)
                .addWorkers(1)
                .requireInternalHttps()
                .addPlugin(new TpchPlugin())
                .addPlugin(EnginePlugins.passwordAuthenticators())
                .addCatalog("tpch", "tpch")
                .addProperty(DISPATCHER, "http-server.authentication.type", "PASSWORD,JWT,CERTIFICATE")
                .addProperty(DISPATCHER, "password-authenticator.config-files", authenticator.toString())
                .addProperty(DISPATCHER, "http-server.authentication.jwt.key-file", keyFile.toString())
                .addProperty(DISPATCHER, "http-server.authentication.certificate.user-mapping.pattern", "CN=(.*)")
                .addProperty(DISPATCHER, "http-server.https.truststore.path", trustStore.toString())
                .addProperty(DISPATCHER, "http-server.https.truststore.key", STORE_PASSWORD)
                .shareQueue()
                .build();
    }

    @AfterAll
    public void tearDown()
    {
        client.close();
        if (clientWithCertificate != null) {
            clientWithCertificate.close();
            clientWithAnotherCertificate.close();
        }
        if (cluster != null) {
            cluster.close();
        }
    }

    private static KeyStore createKeyStore(String user)
            throws GeneralSecurityException, IOException
    {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair key = generator.generateKeyPair();
        LocalDate today = LocalDate.now(UTC);
        X509Certificate certificate = certificateBuilder()
                .setKeyPair(key)
                .setSerialNumber(1)
                .setIssuer(new X500Principal("CN=" + user))
                .setSubject(new X500Principal("CN=" + user))
                .setNotBefore(today.minusDays(1))
                .setNotAfter(today.plusDays(1))
                .buildSelfSigned();
        KeyStore keyStore = KeyStore.getInstance("PKCS12");
        keyStore.load(null, null);
        keyStore.setKeyEntry("client", key.getPrivate(), STORE_PASSWORD.toCharArray(), new Certificate[] {certificate});
        return keyStore;
    }

    private static KeyManagerFactory[] keyManagers(KeyStore keyStore)
            throws GeneralSecurityException
    {
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keyStore, STORE_PASSWORD.toCharArray());
        return new KeyManagerFactory[] {factory};
    }

    /**
     * Trusts any server: the tests are about the clients and servers that nodes trust.
     */
    private static SSLContext tls(KeyManagerFactory[] keys)
    {
        TrustManager anyServer = new X509TrustManager()
        {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String authType) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String authType) {}

            @Override
            public X509Certificate[] getAcceptedIssuers()
            {
                return new X509Certificate[0];
            }
        };
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.length == 0 ? null : keys[0].getKeyManagers(), new TrustManager[] {anyServer}, null);
            return context;
        }
        catch (GeneralSecurityException e) {
            throw new RuntimeException(e);
        }
    }

    private URI dispatcher(int number)
    {
        return cluster.getServer("dispatcher-" + (number % DISPATCHERS + 1)).getSecureUrl();
    }

    /**
     * Runs a query, with each request at another dispatcher.
     */
    private String query(RawClient client, String sql, Map<String, String> headers)
    {
        int request = 0;
        Response response = client.post(dispatcher(request).resolve("/v1/statement"), sql, headers);
        while (true) {
            assertThat(response.status()).as("%s", response).isEqualTo(200);
            JsonNode results = response.json();
            if (results.has("data")) {
                return results.get("data").get(0).get(0).asText();
            }
            String path = response.uri("nextUri").orElseThrow(() -> new AssertionError("No data: " + results)).getRawPath();
            do {
                request++;
                response = client.get(dispatcher(request).resolve(path), headers);
            }
            while (response.status() == 503);
        }
    }

    private int status(RawClient client, String path, Map<String, String> headers)
    {
        Set<Integer> statuses = new HashSet<>();
        for (int number = 0; number < DISPATCHERS; number++) {
            statuses.add(client.get(dispatcher(number).resolve(path), headers).status());
        }
        return getOnlyElement(statuses);
    }

    private static Map<String, String> password(String user, String password)
    {
        return Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8)));
    }

    private static Map<String, String> token(TestingJwtSigner signer, String user, Instant expiration)
    {
        return Map.of("Authorization", "Bearer " + signer.sign(ImmutableMap.of("sub", user, "exp", expiration.getEpochSecond())));
    }

    @Test
    public void testPassword()
    {
        assertThat(query(client, "SELECT current_user", password("alice", PASSWORD))).isEqualTo("alice");
        assertThat(status(client, "/v1/query", password("alice", "not-" + PASSWORD))).isEqualTo(401);
        assertThat(status(client, "/v1/query", password("bob", PASSWORD))).isEqualTo(401);
        assertThat(status(client, "/v1/query", Map.of())).isEqualTo(401);
        assertThat(status(client, "/v1/query", Map.of("X-Trino-User", "alice"))).isEqualTo(401);
    }

    @Test
    public void testPasswordInWebUi()
    {
        Response logIn = client.post(dispatcher(0).resolve("/ui/login"), "username=alice&password=" + PASSWORD, Map.of("Content-Type", "application/x-www-form-urlencoded"));
        assertThat(logIn.status()).isEqualTo(303);
        Map<String, String> cookie = Map.of("Cookie", logIn.header("Set-Cookie").orElseThrow().split(";", 2)[0]);
        assertThat(status(client, "/ui/api/cluster", cookie)).isEqualTo(200);
        assertThat(status(client, "/ui/api/cluster", Map.of())).isEqualTo(401);
        Response wrong = client.post(dispatcher(0).resolve("/ui/login"), "username=alice&password=wrong", Map.of("Content-Type", "application/x-www-form-urlencoded"));
        assertThat(wrong.header("Location").orElseThrow()).endsWith("/ui/login.html");
        assertThat(wrong.header("Set-Cookie")).isEmpty();
    }

    @Test
    public void testJwt()
    {
        Instant later = Instant.now().plusSeconds(600);
        assertThat(query(client, "SELECT current_user", token(signer, "bob", later))).isEqualTo("bob");
        assertThat(status(client, "/v1/query", token(signer, "bob", later))).isEqualTo(200);
        assertThat(status(client, "/v1/query", token(signer, "bob", Instant.now().minusSeconds(600)))).isEqualTo(401);
        assertThat(status(client, "/v1/query", token(new TestingJwtSigner(), "bob", later))).isEqualTo(401);
    }

    @Test
    public void testClientCertificate()
    {
        assertThat(query(clientWithCertificate, "SELECT current_user", Map.of())).isEqualTo("carol");
        assertThat(status(clientWithCertificate, "/v1/query", Map.of())).isEqualTo(200);
    }

    /**
     * A dispatcher closes the connection of a client whose certificate it cannot trust.
     */
    @Test
    public void testUntrustedClientCertificate()
    {
        for (int number = 0; number < DISPATCHERS; number++) {
            URI uri = dispatcher(number).resolve("/v1/query");
            assertThat(catchThrowable(() -> clientWithAnotherCertificate.get(uri, Map.of()))).isInstanceOf(UncheckedIOException.class);
        }
    }

    /**
     * Tasks, results and the nodes' views of each other all go through https.
     */
    @Test
    public void testAutomaticCertificates()
    {
        Map<String, String> user = password("alice", PASSWORD);
        assertThat(query(client, "SELECT sum(custkey) FROM tpch.tiny.customer", user)).isEqualTo("1125750");
        assertThat(query(client, "SELECT count(*) FROM system.runtime.nodes WHERE http_uri LIKE 'https://%'", user)).isEqualTo("2");
        for (TestingPrestoServer server : cluster.getServers()) {
            assertThat(server.getInstance(HttpServerInfo.class).getHttpUri()).as(server.getNodeId()).isNull();
        }
    }

    /**
     * A coordinator gives clients dispatchers' addresses that they can use, not those that only nodes understand.
     */
    @Test
    public void testCoordinatorSaysWhereTheDispatchersAre()
    {
        TestingPrestoServer coordinator = cluster.getServers(COORDINATOR).getFirst();
        Response response = client.post(coordinator.getSecureUrl().resolve("/v1/statement"), "SELECT 1", Map.of("X-Trino-User", "alice"));
        assertThat(response.status()).isEqualTo(421);
        for (TestingPrestoServer dispatcher : cluster.getServers(DISPATCHER)) {
            assertThat(response.body()).contains(dispatcher.getSecureUrl().toString());
        }
    }
}
