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
package io.prestosql.memory;

import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestLowMemoryTimes
{
    @Test
    public void testSilenceIsLongerThanAVictimMayTake()
    {
        assertThat(LowMemoryTimes.withVictimTimeout(new Duration(60, SECONDS)).silenceNanos()).isEqualTo(SECONDS.toNanos(100));
        assertThat(LowMemoryTimes.withVictimTimeout(new Duration(10, MINUTES)).silenceNanos()).isEqualTo(SECONDS.toNanos(640));
        assertThatThrownBy(() -> new LowMemoryTimes(3, 5, 10, 60, 78, 10)).hasMessage("silenceNanos is too short");
        assertThat(new LowMemoryTimes(3, 5, 10, 60, 79, 10).silenceNanos()).isEqualTo(79);
    }
}
