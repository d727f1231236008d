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
package io.prestosql.dispatcher.admission;

import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestQueryTimes
{
    /**
     * The engine's times and the log's are from two clocks. Without a bound, a query can appear to have waited longer than it existed.
     */
    @Test
    public void testQueuedNoLongerThanElapsed()
    {
        assertThat(QueryTimes.create(millis(6152), millis(6156))).isEqualTo(new QueryTimes(6152, 6152));
        assertThat(QueryTimes.create(millis(6156), millis(6152))).isEqualTo(new QueryTimes(6156, 6152));
        assertThat(QueryTimes.create(millis(0), millis(0))).isEqualTo(new QueryTimes(0, 0));
        assertThatThrownBy(() -> new QueryTimes(1, 2)).hasMessage("a query has waited longer than it is there");
        assertThatThrownBy(() -> new QueryTimes(1, -1)).hasMessage("queuedMillis is negative");
    }

    private static Duration millis(long millis)
    {
        return new Duration(millis, MILLISECONDS);
    }
}
