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

import org.junit.jupiter.api.Test;

import java.util.HexFormat;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestQueryLogKeys
{
    /**
     * Uses the test vectors for SHA-256 of RFC 5869, appendix A.
     */
    @Test
    public void testHkdf()
    {
        assertHkdf(
                "000102030405060708090a0b0c",
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                "f0f1f2f3f4f5f6f7f8f9",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
        assertHkdf(
                range(0x60, 0xaf),
                range(0x00, 0x4f),
                range(0xb0, 0xff),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
        assertHkdf(
                "",
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                "",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    }

    @Test
    public void testKeys()
    {
        QueryLogKeys keys = new QueryLogKeys("new", List.of("old", "new", "older"));
        assertThat(keys.key(keys.current()).orElseThrow().getEncoded()).hasSize(32);
        for (String secret : List.of("new", "old", "older")) {
            QueryLogKeys other = new QueryLogKeys(secret, List.of());
            assertThat(keys.key(other.current())).isEqualTo(other.key(other.current()));
        }
        assertThat(keys.key(new QueryLogKeys("unknown", List.of()).current())).isEmpty();
        assertThat(keys.toString()).doesNotContain("new").doesNotContain("old");
        assertThatThrownBy(() -> new QueryLogKeys("", List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    /**
     * All later releases must derive the same keys. The expected ones were computed with another implementation of HKDF.
     */
    @Test
    public void testDerivedKeysNeverChange()
    {
        QueryLogKeys keys = new QueryLogKeys("secret", List.of());
        assertThat(keys.current().toString()).isEqualTo("1145d420");
        assertThat(HexFormat.of().formatHex(keys.key(keys.current()).orElseThrow().getEncoded())).isEqualTo("1c07fd108a786b934302077e9339231dcc492bcf993508659e8e370c2d971bb1");
    }

    private static void assertHkdf(String salt, String inputKey, String info, String expected)
    {
        HexFormat hex = HexFormat.of();
        assertThat(hex.formatHex(QueryLogKeys.hkdf(hex.parseHex(salt), hex.parseHex(inputKey), hex.parseHex(info), expected.length() / 2))).isEqualTo(expected);
    }

    private static String range(int first, int last)
    {
        StringBuilder hex = new StringBuilder();
        for (int i = first; i <= last; i++) {
            hex.append("%02x".formatted(i));
        }
        return hex.toString();
    }
}
