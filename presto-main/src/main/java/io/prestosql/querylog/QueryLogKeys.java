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
package io.prestosql.querylog;

import com.google.common.collect.ImmutableMap;

import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Holds the keys that records are encrypted with. Each key is derived from a secret of the cluster. Its id is the first 4 bytes of another
 * value that is derived from the same secret and reveals nothing about the key.
 */
public final class QueryLogKeys
{
    private static final byte[] KEY_LABEL = "presto query log encryption key".getBytes(UTF_8);
    private static final byte[] KEY_ID_LABEL = "presto query log encryption key id".getBytes(UTF_8);
    private static final int HASH_BYTES = 32;
    private static final int KEY_BYTES = 32;
    private static final int KEY_ID_BYTES = 4;

    private final KeyId current;
    private final Map<KeyId, SecretKey> keys;

    /**
     * The id of a key. It is not secret.
     */
    record KeyId(int value)
    {
        @Override
        public String toString()
        {
            return "%08x".formatted(value);
        }
    }

    /**
     * @param current the secret whose key encrypts records
     * @param previous earlier secrets, whose keys still decrypt records
     */
    public QueryLogKeys(String current, List<String> previous)
    {
        requireNonNull(current, "current is null");
        checkArgument(!current.isEmpty(), "the shared secret is empty");
        List<String> secrets = new ArrayList<>(List.of(current));
        secrets.addAll(previous);
        ImmutableMap.Builder<KeyId, SecretKey> keys = ImmutableMap.builder();
        secrets.stream().distinct().forEach(secret -> keys.put(keyId(secret), key(secret)));
        this.keys = keys.buildOrThrow();
        this.current = keyId(current);
    }

    KeyId current()
    {
        return current;
    }

    Optional<SecretKey> key(KeyId id)
    {
        return Optional.ofNullable(keys.get(id));
    }

    private static SecretKey key(String secret)
    {
        return new SecretKeySpec(hkdf(new byte[0], secret.getBytes(UTF_8), KEY_LABEL, KEY_BYTES), "AES");
    }

    private static KeyId keyId(String secret)
    {
        byte[] id = hkdf(new byte[0], secret.getBytes(UTF_8), KEY_ID_LABEL, KEY_ID_BYTES);
        int value = 0;
        for (byte part : id) {
            value = (value << 8) | (part & 0xFF);
        }
        return new KeyId(value);
    }

    /**
     * Derives key material with HKDF and SHA-256, as in RFC 5869. The JDK has its own implementation from release 25 on.
     */
    static byte[] hkdf(byte[] salt, byte[] inputKey, byte[] info, int length)
    {
        checkArgument(length >= 1 && length <= 255 * HASH_BYTES, "length is %s", length);
        byte[] pseudoRandomKey = hmac(salt.length == 0 ? new byte[HASH_BYTES] : salt, inputKey);
        byte[] output = new byte[length];
        byte[] block = new byte[0];
        for (int start = 0, counter = 1; start < length; start += HASH_BYTES, counter++) {
            block = hmac(pseudoRandomKey, block, info, new byte[] {(byte) counter});
            System.arraycopy(block, 0, output, start, Math.min(HASH_BYTES, length - start));
        }
        Arrays.fill(pseudoRandomKey, (byte) 0);
        return output;
    }

    private static byte[] hmac(byte[] key, byte[]... parts)
    {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        }
        catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256, which every JDK has, is missing", e);
        }
    }

    @Override
    public String toString()
    {
        return keys.keySet().toString();
    }
}
