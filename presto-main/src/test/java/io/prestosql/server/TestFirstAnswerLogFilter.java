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
package io.prestosql.server;

import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import java.util.logging.Level;
import java.util.logging.LogRecord;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestFirstAnswerLogFilter
{
    private final FirstAnswerLogFilter filter = new FirstAnswerLogFilter(() -> new Duration(20, SECONDS));

    @Test
    public void testTimeLongerThanUptimeIsNotLogged()
    {
        assertThat(isLoggable("Node state update request to http://10.0.0.1:8080/v1/info/state has not returned in 4556.96s")).isFalse();
        assertThat(isLoggable("Memory info update request to http://10.0.0.1:8080/v1/memory has not returned in 3033.71s")).isFalse();
        // a node that is really silent
        assertThat(isLoggable("Node state update request to http://10.0.0.1:8080/v1/info/state has not returned in 12.34s")).isTrue();
    }

    @Test
    public void testOtherLines()
    {
        assertThat(isLoggable("Error fetching node state from http://10.0.0.1:8080/v1/info/state: Connection refused")).isTrue();
        assertThat(isLoggable(null)).isTrue();
    }

    private boolean isLoggable(String message)
    {
        return filter.isLoggable(new LogRecord(Level.WARNING, message));
    }
}
