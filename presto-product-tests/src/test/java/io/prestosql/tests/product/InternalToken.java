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

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Creates the token with which nodes prove to each other that they know the cluster's secret.
 */
final class InternalToken
{
    static final String HEADER = "X-Trino-Internal-Bearer";

    private InternalToken() {}

    static String create(String secret)
    {
        try {
            Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
            String header = encoder.encodeToString("{\"alg\":\"HS256\"}".getBytes(UTF_8));
            String claims = encoder.encodeToString("{\"sub\":\"product-test\",\"exp\":%s}".formatted(Instant.now().plusSeconds(300).getEpochSecond()).getBytes(UTF_8));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(UTF_8)), "HmacSHA256"));
            return header + "." + claims + "." + encoder.encodeToString(mac.doFinal((header + "." + claims).getBytes(UTF_8)));
        }
        catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
