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
package io.prestosql.selection.gateway;

import io.airlift.testing.TestingTicker;
import org.junit.jupiter.api.Test;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestServiceBreaker
{
    private final TestingTicker ticker = new TestingTicker();
    private final ServiceBreaker breaker = new ServiceBreaker(3, 100, ticker);

    @Test
    public void testPauseAfterFailuresInARow()
    {
        breaker.failed();
        breaker.failed();
        breaker.succeeded();
        breaker.failed();
        breaker.failed();
        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.isPaused()).isFalse();
        breaker.failed();
        assertThat(breaker.isPaused()).isTrue();
        assertThat(breaker.allows()).isFalse();
        ticker.increment(99, NANOSECONDS);
        assertThat(breaker.allows()).isFalse();
    }

    @Test
    public void testOneCallerTriesAfterThePause()
    {
        for (int i = 0; i < 3; i++) {
            breaker.failed();
        }
        ticker.increment(100, NANOSECONDS);
        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.allows()).isFalse();
        breaker.failed();
        assertThat(breaker.allows()).isFalse();
        ticker.increment(100, NANOSECONDS);
        assertThat(breaker.allows()).isTrue();
        breaker.succeeded();
        assertThat(breaker.isPaused()).isFalse();
        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.allows()).isTrue();
    }
}
