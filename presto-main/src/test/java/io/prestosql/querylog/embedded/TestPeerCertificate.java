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
package io.prestosql.querylog.embedded;

import org.junit.jupiter.api.Test;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestPeerCertificate
{
    private static final PeerCertificate PEER = new PeerCertificate("secret");

    @Test
    public void testTrust()
            throws Exception
    {
        X509TrustManager trust = PEER.trustManager();
        X509Certificate[] peer = {new PeerCertificate("secret").certificate()};
        trust.checkClientTrusted(peer, "EC");
        trust.checkServerTrusted(peer, "EC");
        assertThat(trust).isInstanceOf(X509ExtendedTrustManager.class);

        X509Certificate other = new PeerCertificate("other secret").certificate();
        assertThatThrownBy(() -> trust.checkClientTrusted(new X509Certificate[] {other}, "EC"))
                .isInstanceOf(CertificateException.class)
                .hasMessageContaining("internal-communication.shared-secret must be the same on all dispatchers");
        assertThatThrownBy(() -> trust.checkServerTrusted(new X509Certificate[] {other}, "EC"))
                .isInstanceOf(CertificateException.class);
        // a good certificate behind a bad one does not help
        assertThatThrownBy(() -> trust.checkClientTrusted(new X509Certificate[] {other, peer[0]}, "EC"))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> trust.checkClientTrusted(new X509Certificate[0], "EC"))
                .isInstanceOf(CertificateException.class);
    }

    @Test
    public void testCertificate()
            throws Exception
    {
        PeerCertificate other = new PeerCertificate("secret");
        // self-signed, each with its own key
        PEER.certificate().verify(PEER.certificate().getPublicKey());
        assertThat(other.certificate().getPublicKey()).isNotEqualTo(PEER.certificate().getPublicKey());
        PEER.certificate().checkValidity();
        // the proof is valid for one key only
        assertThat(PEER.certificate().getSubjectAlternativeNames()).isNotEqualTo(other.certificate().getSubjectAlternativeNames());
        assertThat(PEER.certificate().toString()).doesNotContain("=secret");
    }

    @Test
    public void testHandshake()
            throws Exception
    {
        assertThat(handshake(Optional.of(new PeerCertificate("secret")), PEER.trustManager())).isTrue();
        // a client without a certificate, which does not prove that it knows the secret
        assertThat(handshake(Optional.empty(), PEER.trustManager())).isFalse();
        assertThat(handshake(Optional.of(new PeerCertificate("other")), PEER.trustManager())).isFalse();
        // a client checks as strictly as a server
        assertThat(handshake(Optional.of(new PeerCertificate("secret")), new PeerCertificate("other").trustManager())).isFalse();
    }

    private static boolean handshake(Optional<PeerCertificate> client, X509TrustManager clientTrust)
            throws Exception
    {
        try (SSLServerSocket server = (SSLServerSocket) context(Optional.of(PEER), PEER.trustManager()).getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            server.setNeedClientAuth(true);
            CompletableFuture<Boolean> accepted = CompletableFuture.supplyAsync(() -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.setSoTimeout(10_000);
                    int read = socket.getInputStream().read();
                    socket.getOutputStream().write(read);
                    return read == 1;
                }
                catch (IOException e) {
                    return false;
                }
            });
            boolean answered;
            try (SSLSocket socket = (SSLSocket) context(client, clientTrust).getSocketFactory().createSocket(server.getInetAddress(), server.getLocalPort())) {
                socket.setSoTimeout(10_000);
                SSLParameters parameters = socket.getSSLParameters();
                // as gRPC does
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.getOutputStream().write(1);
                answered = socket.getInputStream().read() == 1;
            }
            catch (SSLException | SocketException e) {
                answered = false;
            }
            assertThat(accepted.get(20, SECONDS)).isEqualTo(answered);
            return answered;
        }
    }

    static SSLContext context(Optional<PeerCertificate> certificate, X509TrustManager trust)
            throws Exception
    {
        KeyManager[] keyManagers = null;
        if (certificate.isPresent()) {
            KeyStore keyStore = KeyStore.getInstance("PKCS12");
            keyStore.load(null, null);
            keyStore.setKeyEntry("peer", certificate.get().privateKey(), new char[0], new X509Certificate[] {certificate.get().certificate()});
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keyStore, new char[0]);
            keyManagers = factory.getKeyManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers, new TrustManager[] {trust}, null);
        return context;
    }
}
