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
package io.prestosql.localcluster.node;

import java.security.SecureRandom;
import java.util.Base64;

/**
 * Secrets that are made for one cluster.
 */
public final class Secrets
{
    private static final SecureRandom RANDOM = new SecureRandom();

    private Secrets() {}

    /**
     * Returns that many random bytes, in letters that need no quoting in any file.
     */
    public static String random(int bytes)
    {
        byte[] value = new byte[bytes];
        RANDOM.nextBytes(value);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(value);
    }
}
