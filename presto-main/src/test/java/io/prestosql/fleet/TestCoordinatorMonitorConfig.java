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
package io.prestosql.fleet;

import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

public class TestCoordinatorMonitorConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(CoordinatorMonitorConfig.class)
                .setPollInterval(new Duration(1, SECONDS))
                .setRetryInterval(new Duration(250, MILLISECONDS))
                .setSilenceTimeout(new Duration(3, SECONDS))
                .setRequestTimeout(new Duration(5, SECONDS)));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .put("dispatcher.coordinator-poll-interval", "2s")
                .put("dispatcher.coordinator-retry-interval", "500ms")
                .put("dispatcher.coordinator-silence-timeout", "7s")
                .put("dispatcher.coordinator-request-timeout", "11s")
                .buildOrThrow();
        assertFullMapping(properties, new CoordinatorMonitorConfig()
                .setPollInterval(new Duration(2, SECONDS))
                .setRetryInterval(new Duration(500, MILLISECONDS))
                .setSilenceTimeout(new Duration(7, SECONDS))
                .setRequestTimeout(new Duration(11, SECONDS)));
    }
}
