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
package io.prestosql.history;

import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;
import static java.util.concurrent.TimeUnit.DAYS;

public class TestQueryRetentionConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(QueryRetentionConfig.class)
                .setRetention(null)
                .setSqlKept(false)
                .setMaxInMemory(10_000)
                .setMaxPending(10_000)
                .setBatchSize(500));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        Map<String, String> properties = ImmutableMap.of(
                "query-history.retention", "30d",
                "query-history.sql", "true",
                "query-history.max-in-memory", "1",
                "query-history.max-pending", "2",
                "query-history.batch-size", "3");
        assertFullMapping(properties, new QueryRetentionConfig()
                .setRetention(new Duration(30, DAYS))
                .setSqlKept(true)
                .setMaxInMemory(1)
                .setMaxPending(2)
                .setBatchSize(3));
    }
}
