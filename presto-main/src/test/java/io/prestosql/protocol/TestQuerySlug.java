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

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestQuerySlug
{
    @Test
    public void testValidity()
    {
        QuerySlug slug = QuerySlug.create();
        assertThat(slug.isValid(slug.forToken(1), 1)).isTrue();
        assertThat(slug.isValid(slug.forToken(1), 2)).isFalse();
        assertThat(slug.isValid(slug.forToken(2), 1)).isFalse();
        assertThat(slug.isValid("", 1)).isFalse();
        assertThat(slug.isValid("nonsense", 1)).isFalse();
        assertThat(slug.isValid("\u00e9" + slug.forToken(1).substring(1), 1)).isFalse();
        assertThat(slug.isValid(slug.forToken(1) + "0", 1)).isFalse();
        assertThat(QuerySlug.create().isValid(slug.forToken(1), 1)).isFalse();
    }

    @Test
    public void testMadeAgain()
    {
        QuerySlug slug = QuerySlug.create();
        QuerySlug again = new QuerySlug(slug.key());
        for (long token : new long[] {0, 1, 1000, Long.MAX_VALUE, -1}) {
            assertThat(again.forToken(token)).isEqualTo(slug.forToken(token));
            assertThat(again.isValid(slug.forToken(token), token)).isTrue();
        }
    }

    @Test
    public void testDifferentForEveryTokenAndQuery()
    {
        Set<String> slugs = new HashSet<>();
        for (int query = 0; query < 100; query++) {
            QuerySlug slug = QuerySlug.create();
            for (long token = 0; token < 100; token++) {
                assertThat(slugs.add(slug.forToken(token))).isTrue();
            }
        }
        // a slug is a segment of a path
        assertThat(slugs).allMatch(slug -> slug.matches("[a-z0-9]{65}"));
    }

    @Test
    public void testKnownValue()
    {
        // every release must make the same slugs from the key in the log
        assertThat(new QuerySlug("0123456789abcdef".getBytes(US_ASCII)).forToken(1)).isEqualTo("pf8262127841699a945b5995ed8ec9f24bde55d0bfc87cc6edc79172e45587778");
    }

    @Test
    public void testKeyIsCopied()
    {
        QuerySlug slug = QuerySlug.create();
        String before = slug.forToken(1);
        slug.key()[0]++;
        assertThat(slug.forToken(1)).isEqualTo(before);
    }

    @Test
    public void testInvalidKey()
    {
        assertThatThrownBy(() -> new QuerySlug(new byte[15]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("key must have 16 bytes");
    }
}
