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

import io.airlift.security.pem.PemReader;
import io.trino.server.InternalCommunicationConfig;
import org.eclipse.jetty.util.ssl.SslContextFactory;

import javax.security.auth.x500.X500Principal;

import java.io.File;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.LocalDate;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static io.airlift.security.cert.CertificateBuilder.certificateBuilder;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.ZoneOffset.UTC;
import static java.util.Objects.requireNonNull;

/**
 * Decides which certificates of coordinators the proxy trusts, and which one it presents, as the engine's own clients do between nodes. With
 * internal HTTPS and no key or trust store, every node makes its certificate with a key that comes from the shared secret.
 */
class ProxyTls
{
    private static final int KEY_BITS = 2048;

    private final InternalCommunicationConfig config;
    private final String environment;

    ProxyTls(InternalCommunicationConfig config, String environment)
    {
        this.config = requireNonNull(config, "config is null");
        this.environment = requireNonNull(environment, "environment is null");
    }

    /**
     * @throws IllegalArgumentException when a store cannot be read
     */
    void configure(SslContextFactory.Client sslContextFactory)
    {
        if (!config.isHttpsRequired()) {
            return;
        }
        String keyStorePath = config.getKeyStorePath();
        String trustStorePath = config.getTrustStorePath();
        if (keyStorePath == null && trustStorePath == null) {
            sslContextFactory.setTrustStore(automaticTrust());
            return;
        }
        if (keyStorePath != null) {
            String password = config.getKeyStorePassword();
            KeyStore keyStore = readKeyStore(keyStorePath, password);
            sslContextFactory.setKeyStore(keyStore);
            sslContextFactory.setKeyStorePassword(password == null ? "" : password);
            // replaced by the trust store, if there is one
            sslContextFactory.setTrustStore(keyStore);
        }
        if (trustStorePath != null) {
            sslContextFactory.setTrustStore(readTrustStore(trustStorePath, config.getTrustStorePassword()));
        }
    }

    /**
     * The key and the name must be those that airlift's server makes from the same secret.
     */
    private KeyStore automaticTrust()
    {
        String secret = config.getSharedSecret().orElseThrow(() -> new IllegalArgumentException("internal-communication.shared-secret must be set when internal-communication.https.required=true"));
        try {
            SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
            random.setSeed(secret.getBytes(UTF_8));
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(KEY_BITS, random);
            X500Principal nodes = new X500Principal("CN=" + environment);
            LocalDate today = LocalDate.now(UTC);
            // all nodes have this key, so this is the authority that has signed their certificates
            X509Certificate authority = certificateBuilder()
                    .setKeyPair(generator.generateKeyPair())
                    .setSerialNumber(1)
                    .setIssuer(nodes)
                    .setSubject(nodes)
                    .setNotBefore(today.minusDays(1))
                    .setNotAfter(today.plusYears(10))
                    .buildSelfSigned();
            KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
            trust.load(null, new char[0]);
            trust.setCertificateEntry("nodes", authority);
            return trust;
        }
        catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore readKeyStore(String path, String password)
    {
        File file = new File(path);
        try {
            if (PemReader.isPem(file)) {
                return PemReader.loadKeyStore(file, file, Optional.ofNullable(password), true);
            }
            checkArgument(password != null, "internal-communication.https.keystore.key must be set, as internal-communication.https.keystore.path is no PEM file");
            return KeyStore.getInstance(file, password.toCharArray());
        }
        catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("Cannot read the key store of internal-communication.https.keystore.path, %s: %s".formatted(path, e.getMessage()), e);
        }
    }

    private static KeyStore readTrustStore(String path, String password)
    {
        File file = new File(path);
        try {
            if (PemReader.isPem(file)) {
                return PemReader.loadTrustStore(file);
            }
            return KeyStore.getInstance(file, password == null ? null : password.toCharArray());
        }
        catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("Cannot read the trust store of internal-communication.https.truststore.path, %s: %s".formatted(path, e.getMessage()), e);
        }
    }
}
