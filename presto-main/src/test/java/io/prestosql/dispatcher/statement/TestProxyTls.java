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

import io.trino.server.InternalCommunicationConfig;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.security.auth.x500.X500Principal;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.LocalDate;
import java.util.Base64;

import static io.airlift.security.cert.CertificateBuilder.certificateBuilder;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.ZoneOffset.UTC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests the proxy's TLS settings. The tests of whole clusters show that the proxy trusts servers with automatic certificates.
 */
public class TestProxyTls
{
    // deriving a key from this secret is quick
    private static final String SECRET = "12";
    private static final String PASSWORD = "store-password";

    @TempDir
    private Path directory;

    @Test
    public void testAutomatic()
            throws Exception
    {
        Certificate authority = automaticAuthority(SECRET, "production");
        assertThat(automaticAuthority(SECRET, "production").getPublicKey()).isEqualTo(authority.getPublicKey());
        assertThat(automaticAuthority("y", "production").getPublicKey()).isNotEqualTo(authority.getPublicKey());
        assertThat(((X509Certificate) authority).getSubjectX500Principal()).isEqualTo(new X500Principal("CN=production"));
    }

    private static Certificate automaticAuthority(String secret, String environment)
            throws Exception
    {
        SslContextFactory.Client client = configure(new InternalCommunicationConfig().setHttpsRequired(true).setSharedSecret(secret), environment);
        assertThat(client.getKeyStore()).isNull();
        assertThat(client.getTrustStore().size()).isEqualTo(1);
        return client.getTrustStore().getCertificate(client.getTrustStore().aliases().nextElement());
    }

    @Test
    public void testWithoutHttps()
    {
        SslContextFactory.Client client = configure(new InternalCommunicationConfig().setSharedSecret(SECRET), "production");
        assertThat(client.getKeyStore()).isNull();
        assertThat(client.getTrustStore()).isNull();
    }

    /**
     * Like the engine's own clients, the proxy takes stores in PEM and in PKCS #12.
     */
    @Test
    public void testStores()
            throws Exception
    {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair key = generator.generateKeyPair();
        LocalDate today = LocalDate.now(UTC);
        X509Certificate certificate = certificateBuilder()
                .setKeyPair(key)
                .setSerialNumber(1)
                .setIssuer(new X500Principal("CN=node"))
                .setSubject(new X500Principal("CN=node"))
                .setNotBefore(today.minusDays(1))
                .setNotAfter(today.plusDays(1))
                .addSanDnsName("node")
                .buildSelfSigned();
        Path pem = Files.writeString(directory.resolve("node.pem"), pem("CERTIFICATE", certificate.getEncoded()) + pem("PRIVATE KEY", key.getPrivate().getEncoded()));
        Path pkcs12 = directory.resolve("node.p12");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("node", key.getPrivate(), PASSWORD.toCharArray(), new Certificate[] {certificate});
        try (OutputStream output = Files.newOutputStream(pkcs12)) {
            store.store(output, PASSWORD.toCharArray());
        }
        Path pemTrust = Files.writeString(directory.resolve("trust.pem"), pem("CERTIFICATE", certificate.getEncoded()));

        for (InternalCommunicationConfig config : new InternalCommunicationConfig[] {
                new InternalCommunicationConfig().setKeyStorePath(pem.toString()),
                new InternalCommunicationConfig().setKeyStorePath(pem.toString()).setTrustStorePath(pemTrust.toString()),
                new InternalCommunicationConfig().setTrustStorePath(pemTrust.toString()),
                new InternalCommunicationConfig().setKeyStorePath(pkcs12.toString()).setKeyStorePassword(PASSWORD),
                new InternalCommunicationConfig().setTrustStorePath(pkcs12.toString()).setTrustStorePassword(PASSWORD)}) {
            SslContextFactory.Client client = configure(config.setHttpsRequired(true).setSharedSecret(SECRET), "production");
            KeyStore trust = client.getTrustStore();
            assertThat(trust.getCertificateAlias(certificate)).isNotNull();
            if (config.getKeyStorePath() != null) {
                assertThat(client.getKeyStore().getCertificateAlias(certificate)).isNotNull();
            }
            client.start();
            client.stop();
        }
    }

    @Test
    public void testBadStores()
            throws Exception
    {
        Path broken = Files.writeString(directory.resolve("broken.p12"), "nothing");
        assertThatThrownBy(() -> configure(new InternalCommunicationConfig().setHttpsRequired(true).setKeyStorePath(broken.toString()).setKeyStorePassword(PASSWORD), "production"))
                .hasMessageContaining("internal-communication.https.keystore.path")
                .hasMessageContaining(broken.toString());
        assertThatThrownBy(() -> configure(new InternalCommunicationConfig().setHttpsRequired(true).setKeyStorePath(broken.toString()), "production"))
                .hasMessageContaining("internal-communication.https.keystore.key must be set");
        assertThatThrownBy(() -> configure(new InternalCommunicationConfig().setHttpsRequired(true).setTrustStorePath(directory.resolve("absent").toString()), "production"))
                .hasMessageContaining("internal-communication.https.truststore.path");
    }

    private static SslContextFactory.Client configure(InternalCommunicationConfig config, String environment)
    {
        SslContextFactory.Client client = new SslContextFactory.Client();
        new ProxyTls(config, environment).configure(client);
        return client;
    }

    private static String pem(String type, byte[] content)
    {
        return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(type, Base64.getMimeEncoder(64, "\n".getBytes(UTF_8)).encodeToString(content));
    }
}
