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

import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import jakarta.validation.constraints.AssertTrue;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.util.Map;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;
import static io.airlift.testing.ValidationAssertions.assertFailsValidation;
import static io.airlift.testing.ValidationAssertions.assertValidates;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

public class TestEmbeddedQueryLogConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(EmbeddedQueryLogConfig.class)
                .setDirectory(new File("var/query-log"))
                .setPeers("")
                .setPeersVersion(1)
                .setBindAddress(null)
                .setAppendTimeout(new Duration(10, SECONDS))
                .setElectionTimeout(new Duration(4, SECONDS)));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .put("query-log.dir", "/data/query-log")
                .put("query-log.peers", "a@one.example.com:8090, b@two.example.com:8090,c@[::1]:8091")
                .put("query-log.peers-version", "7")
                .put("query-log.bind-address", "127.0.0.1")
                .put("query-log.append-timeout", "3s")
                .put("query-log.election-timeout", "900ms")
                .buildOrThrow();

        EmbeddedQueryLogConfig expected = new EmbeddedQueryLogConfig()
                .setDirectory(new File("/data/query-log"))
                .setPeers("a@one.example.com:8090,b@two.example.com:8090,c@[::1]:8091")
                .setPeersVersion(7)
                .setBindAddress("127.0.0.1")
                .setAppendTimeout(new Duration(3, SECONDS))
                .setElectionTimeout(new Duration(900, MILLISECONDS));

        assertFullMapping(properties, expected);
    }

    @Test
    public void testPeers()
    {
        assertValidates(new EmbeddedQueryLogConfig());
        assertValidates(new EmbeddedQueryLogConfig().setPeers("a@one:1"));
        assertValidates(new EmbeddedQueryLogConfig().setPeers("a@one:1,b@two:1,c@three:1"));
        assertFailsValidation(
                new EmbeddedQueryLogConfig().setPeers("a@one:1,b@two:1"),
                "numberOfPeersOdd",
                "query-log.peers must list one, three, five or seven dispatchers: an even number survives no more failures than one less",
                AssertTrue.class);
        assertFailsValidation(
                new EmbeddedQueryLogConfig().setPeers("a@one:1,b@two:1,a@three:1"),
                "everyPeerListedOnce",
                "query-log.peers must not list a node id or an address twice",
                AssertTrue.class);
        assertFailsValidation(
                new EmbeddedQueryLogConfig().setPeers("a@one:1,b@two:1,c@two:1"),
                "everyPeerListedOnce",
                "query-log.peers must not list a node id or an address twice",
                AssertTrue.class);
    }
}
