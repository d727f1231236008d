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

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

/**
 * A self-signed certificate for 127.0.0.1 with its key, in a key store for Java servers. Clients use the same file as trust store.
 */
record ServerCertificate(Path keystore)
{
    static final String PASSWORD = "keystore-password";
    static final String TYPE = "PKCS12";

    private static final String ALIAS = "server";
    private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] {'\n'});

    ServerCertificate
    {
        requireNonNull(keystore, "keystore is null");
    }

    /**
     * @param keystore the file to write; an existing one is replaced
     */
    static ServerCertificate create(Path keystore)
    {
        try {
            Files.createDirectories(keystore.getParent());
            Files.deleteIfExists(keystore);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ProgramRun.run(
                Duration.ofSeconds(60),
                System.getProperty("java.home") + "/bin/keytool",
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "RSA",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "SAN=IP:127.0.0.1",
                "-storetype",
                TYPE,
                "-keystore",
                keystore.toString(),
                "-storepass",
                PASSWORD)
                .expectSuccess();
        return new ServerCertificate(keystore);
    }

    /**
     * Returns a context for a client that trusts only this certificate.
     */
    SSLContext trustingContext()
    {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            KeyStore trusted = KeyStore.getInstance(TYPE);
            trusted.load(null, null);
            trusted.setCertificateEntry(ALIAS, load().getCertificate(ALIAS));
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return context;
        }
        catch (GeneralSecurityException | IOException e) {
            throw new RuntimeException(e);
        }
    }

    String certificatePem()
    {
        try {
            return pem("CERTIFICATE", load().getCertificate(ALIAS).getEncoded());
        }
        catch (GeneralSecurityException e) {
            throw new RuntimeException(e);
        }
    }

    String keyPem()
    {
        try {
            return pem("PRIVATE KEY", load().getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
        }
        catch (GeneralSecurityException e) {
            throw new RuntimeException(e);
        }
    }

    private static String pem(String type, byte[] content)
    {
        return "-----BEGIN %s-----\n%s\n-----END %1$s-----\n".formatted(type, new String(BASE64.encode(content), US_ASCII));
    }

    private KeyStore load()
    {
        try (InputStream input = Files.newInputStream(keystore)) {
            KeyStore store = KeyStore.getInstance(TYPE);
            store.load(input, PASSWORD.toCharArray());
            return store;
        }
        catch (GeneralSecurityException e) {
            throw new RuntimeException(e);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
