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
package io.prestosql.discovery;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestDiscoveryServerLog
{
    private static final URI ONE = URI.create("http://one:8080");
    private static final URI TWO = URI.create("http://two:8080");
    private static final long GRACE_NANOS = SECONDS.toNanos(60);
    private final Exception failure = new IOException("refused");

    private final AtomicLong nanos = new AtomicLong(-10);
    private final DiscoveryServerLog serverLog = new DiscoveryServerLog("Testing", nanos::get);

    @Test
    public void testOnceAMinute()
    {
        nanos.addAndGet(GRACE_NANOS);
        assertThat(serverLog.failed(ONE, failure)).isTrue();
        for (int second = 1; second < 60; second++) {
            nanos.addAndGet(SECONDS.toNanos(1));
            assertThat(serverLog.failed(ONE, failure)).isFalse();
        }
        nanos.addAndGet(SECONDS.toNanos(1));
        assertThat(serverLog.failed(ONE, failure)).isTrue();
        assertThat(serverLog.failed(ONE, failure)).isFalse();
    }

    @Test
    public void testEachServer()
    {
        nanos.addAndGet(GRACE_NANOS);
        assertThat(serverLog.failed(ONE, failure)).isTrue();
        assertThat(serverLog.failed(TWO, failure)).isTrue();
        assertThat(serverLog.failed(ONE, failure)).isFalse();
        assertThat(serverLog.failed(TWO, failure)).isFalse();
    }

    @Test
    public void testStartOfHealthyCluster()
    {
        // the other nodes are starting, too, and need some time
        for (int second = 0; second < 59; second++) {
            assertThat(serverLog.failed(ONE, failure)).isFalse();
            assertThat(serverLog.failed(TWO, failure)).isFalse();
            nanos.addAndGet(SECONDS.toNanos(1));
        }
        serverLog.succeeded(ONE);
        // a failure of a server that has answered before is logged at once
        assertThat(serverLog.failed(ONE, failure)).isTrue();
        assertThat(serverLog.failed(TWO, failure)).isFalse();

        nanos.addAndGet(SECONDS.toNanos(1));
        assertThat(serverLog.failed(TWO, failure)).isTrue();
    }

    @Test
    public void testRecovery()
    {
        serverLog.succeeded(ONE);
        assertThat(serverLog.failed(ONE, failure)).isTrue();
        serverLog.succeeded(ONE);
        assertThat(serverLog.failed(ONE, failure)).isTrue();
    }
}
