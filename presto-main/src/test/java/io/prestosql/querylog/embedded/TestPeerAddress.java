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

import com.google.common.net.HostAndPort;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestPeerAddress
{
    @Test
    public void testParse()
    {
        assertThat(PeerAddress.parse("node-1@host.example.com:8090")).isEqualTo(new PeerAddress("node-1", HostAndPort.fromParts("host.example.com", 8090)));
        assertThat(PeerAddress.parse("n@[::1]:1").address().getHost()).isEqualTo("::1");
        for (String text : List.of("node-1@host.example.com:8090", "n@10.0.0.1:1", "n@[::1]:1")) {
            assertThat(PeerAddress.parse(text)).hasToString(text);
        }
    }

    @Test
    public void testInvalid()
    {
        for (String text : List.of("", "host:8090", "@host:8090", "node@", "node@host", "node@:8090", "node@host:0", "node@host:65536", "a b@host:1", "node@::1:8090")) {
            assertThatThrownBy(() -> PeerAddress.parse(text))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'%s' is not of the form nodeId@host:port", text);
        }
    }
}
