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

import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;

import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.temporal.ChronoUnit.DAYS;
import static java.util.Objects.requireNonNull;

/**
 * Authenticates peers: a process that knows the shared secret is a peer.
 * <p>
 * When a peer starts, it generates a key pair and a self-signed certificate. One name in the certificate proves that its maker knows the
 * secret: a MAC over the public key, under a key derived from the secret. The handshake proves that the certificate is used by its maker.
 * No key leaves the process, the secret is never sent, and no file has to be created or renewed.
 */
final class PeerCertificate
{
    private static final X500Principal SUBJECT = new X500Principal("CN=query-log-peer");
    private static final String PROOF_PREFIX = "urn:presto:query-log-peer:";
    private static final String KEY_CONTEXT = "presto query log: certificates of peers, 1";

    private final SecretKeySpec proofKey;
    private final PrivateKey privateKey;
    private final X509Certificate certificate;

    PeerCertificate(String sharedSecret)
    {
        requireNonNull(sharedSecret, "sharedSecret is null");
        try {
            // the secret also signs other things, so it is used here only to derive a separate key
            proofKey = new SecretKeySpec(mac(new SecretKeySpec(sharedSecret.getBytes(UTF_8), "HmacSHA256"), KEY_CONTEXT.getBytes(UTF_8)), "HmacSHA256");
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keyPair = generator.generateKeyPair();
            privateKey = keyPair.getPrivate();
            certificate = createCertificate(keyPair);
        }
        catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("Cannot make the certificate with which peers of the query log know this one", e);
        }
    }

    PrivateKey privateKey()
    {
        return privateKey;
    }

    X509Certificate certificate()
    {
        return certificate;
    }

    /**
     * Returns a trust manager that trusts the peers that know the same secret. It ignores names, addresses and dates in a certificate: a
     * peer that can make a certificate for itself can make one for any other.
     */
    X509TrustManager trustManager()
    {
        return new PeerTrustManager();
    }

    private X509Certificate createCertificate(KeyPair keyPair)
            throws GeneralSecurityException, OperatorCreationException, IOException
    {
        Instant now = Instant.now();
        // the key lives as long as the process, so the certificate must not expire before
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                SUBJECT,
                BigInteger.valueOf(now.toEpochMilli()),
                Date.from(now.minus(365, DAYS)),
                Date.from(now.plus(3650, DAYS)),
                SUBJECT,
                keyPair.getPublic());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                new GeneralName(GeneralName.dNSName, "query-log-peer"),
                new GeneralName(GeneralName.uniformResourceIdentifier, proof(keyPair.getPublic().getEncoded())),
        }));
        ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keyPair.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private String proof(byte[] publicKey)
            throws GeneralSecurityException
    {
        return PROOF_PREFIX + HexFormat.of().formatHex(mac(proofKey, publicKey));
    }

    private static byte[] mac(SecretKeySpec key, byte[] message)
            throws GeneralSecurityException
    {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(key);
        return mac.doFinal(message);
    }

    private void check(X509Certificate[] chain)
            throws CertificateException
    {
        if (chain == null || chain.length != 1) {
            throw new CertificateException("Not the certificate of a peer of the query log");
        }
        try {
            byte[] expected = proof(chain[0].getPublicKey().getEncoded()).getBytes(UTF_8);
            Collection<List<?>> names = chain[0].getSubjectAlternativeNames();
            if (names != null) {
                for (List<?> name : names) {
                    if (name.getFirst().equals(GeneralName.uniformResourceIdentifier) && MessageDigest.isEqual(((String) name.get(1)).getBytes(UTF_8), expected)) {
                        return;
                    }
                }
            }
        }
        catch (GeneralSecurityException e) {
            throw new CertificateException("Not the certificate of a peer of the query log", e);
        }
        throw new CertificateException("The certificate was not made with the shared secret of this node: internal-communication.shared-secret must be the same on all dispatchers");
    }

    /**
     * An extended trust manager, because Java adds checks of names to a simple one.
     */
    private class PeerTrustManager
            extends X509ExtendedTrustManager
    {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType)
                throws CertificateException
        {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType)
                throws CertificateException
        {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException
        {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
                throws CertificateException
        {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException
        {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
                throws CertificateException
        {
            check(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers()
        {
            return new X509Certificate[0];
        }
    }
}
