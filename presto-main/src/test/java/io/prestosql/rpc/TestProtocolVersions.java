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
package io.prestosql.rpc;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestProtocolVersions
{
    @Test
    public void testHeader()
    {
        assertThat(new ProtocolVersions(3, 12).toHeader()).isEqualTo("3-12");
        assertThat(ProtocolVersions.fromHeader("3-12")).contains(new ProtocolVersions(3, 12));
        assertThat(ProtocolVersions.fromHeader(ProtocolVersions.SUPPORTED.toHeader())).contains(ProtocolVersions.SUPPORTED);
        // release 476-1 does not say what it speaks
        assertThat(ProtocolVersions.fromHeader(null)).contains(new ProtocolVersions(1, 1));
        for (String other : new String[] {"", "2", "2-", "-2", "0-2", "3-2", "1-2-3", " 1-2", "1-x", "1-99999999999999999999"}) {
            assertThat(ProtocolVersions.fromHeader(other)).as(other).isEmpty();
        }
    }

    @Test
    public void testOverlap()
    {
        ProtocolVersions versions = new ProtocolVersions(3, 5);
        assertThat(versions.overlaps(new ProtocolVersions(1, 2))).isFalse();
        assertThat(versions.overlaps(new ProtocolVersions(1, 3))).isTrue();
        assertThat(versions.overlaps(new ProtocolVersions(4, 4))).isTrue();
        assertThat(versions.overlaps(new ProtocolVersions(1, 9))).isTrue();
        assertThat(versions.overlaps(new ProtocolVersions(5, 9))).isTrue();
        assertThat(versions.overlaps(new ProtocolVersions(6, 9))).isFalse();
    }

    @Test
    public void testRelease476IsSpoken()
    {
        assertThat(ProtocolVersions.SUPPORTED.overlaps(ProtocolVersions.UNSAID)).isTrue();
    }

    @Test
    public void testText()
    {
        assertThat(new ProtocolVersions(1, 1)).hasToString("version 1");
        assertThat(new ProtocolVersions(1, 2)).hasToString("versions 1 to 2");
    }

    @Test
    public void testInvalid()
    {
        assertThatThrownBy(() -> new ProtocolVersions(0, 1)).hasMessage("oldest is not positive");
        assertThatThrownBy(() -> new ProtocolVersions(2, 1)).hasMessage("current is older than oldest");
    }
}
