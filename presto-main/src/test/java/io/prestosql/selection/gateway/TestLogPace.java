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

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLogPace
{
    @Test
    public void testOneLineAMinute()
    {
        TestingTicker ticker = new TestingTicker();
        LogPace pace = new LogPace(ticker);
        assertThat(pace.next()).contains(0L);
        assertThat(pace.next()).isEmpty();
        ticker.increment(59, SECONDS);
        assertThat(pace.next()).isEmpty();
        ticker.increment(1, SECONDS);
        assertThat(pace.next()).contains(2L);
        assertThat(pace.next()).isEmpty();
        ticker.increment(60, SECONDS);
        assertThat(pace.next()).contains(1L);
    }
}
