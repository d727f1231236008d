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
package io.prestosql.protocol;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;

import java.security.MessageDigest;
import java.security.SecureRandom;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * The unguessable part of the URIs of a queued query: a client that has it may poll and cancel the query. It differs for every token
 * (HMAC-SHA-256, RFC 2104).
 * <p>
 * The engine's own slug cannot be created again from its key, which another dispatcher has to do.
 */
public final class QuerySlug
{
    private static final int KEY_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String VERSION = "p";

    private final byte[] key;
    private final HashFunction hmac;

    public QuerySlug(byte[] key)
    {
        checkArgument(key.length == KEY_BYTES, "key must have %s bytes", KEY_BYTES);
        this.key = key.clone();
        this.hmac = Hashing.hmacSha256(this.key);
    }

    public static QuerySlug create()
    {
        byte[] key = new byte[KEY_BYTES];
        RANDOM.nextBytes(key);
        return new QuerySlug(key);
    }

    public byte[] key()
    {
        return key.clone();
    }

    public String forToken(long token)
    {
        return VERSION + hmac.hashLong(token);
    }

    public boolean isValid(String slug, long token)
    {
        return MessageDigest.isEqual(forToken(token).getBytes(US_ASCII), slug.getBytes(US_ASCII));
    }
}
