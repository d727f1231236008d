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
package io.prestosql.selection;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;

import java.util.List;
import java.util.Map;
import java.util.Set;

import static java.util.Locale.ENGLISH;

/**
 * Keeps headers from policies that prove who a client is, or give it access to something.
 */
public final class RequestHeaders
{
    private static final Set<String> SECRET = ImmutableSet.of("authorization", "proxy-authorization", "cookie", "cookie2", "set-cookie");
    /** The protocol's header may have another prefix than x-trino-. */
    private static final String EXTRA_CREDENTIAL = "-extra-credential";
    private static final String INTERNAL = "-internal-";

    private RequestHeaders() {}

    public static boolean isSecret(String name)
    {
        String lowerCaseName = name.toLowerCase(ENGLISH);
        return SECRET.contains(lowerCaseName) || lowerCaseName.endsWith(EXTRA_CREDENTIAL) || lowerCaseName.contains(INTERNAL);
    }

    /**
     * Returns the headers that policies may see.
     */
    public static Map<String, List<String>> visible(Map<String, List<String>> headers)
    {
        ImmutableMap.Builder<String, List<String>> visible = ImmutableMap.builder();
        headers.forEach((name, values) -> {
            if (!isSecret(name)) {
                visible.put(name, values);
            }
        });
        return visible.buildOrThrow();
    }
}
