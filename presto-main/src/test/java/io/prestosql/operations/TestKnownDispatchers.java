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
package io.prestosql.operations;

import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.operations.KnownDispatchers.MEMORY_NANOS;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static org.assertj.core.api.Assertions.assertThat;

public class TestKnownDispatchers
{
    private static final URI FIRST = URI.create("http://first:8080");
    private static final URI SECOND = URI.create("http://second:8080");

    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("known-dispatchers"));
    private final Map<String, URI> present = new HashMap<>();
    private long nanos;
    private final KnownDispatchers dispatchers = new KnownDispatchers("self", () -> present, executor, () -> nanos);

    @AfterEach
    public void tearDown()
    {
        executor.shutdownNow();
    }

    @Test
    public void testOthers()
    {
        present.putAll(ImmutableMap.of("self", URI.create("http://self:8080"), "b", SECOND, "a", FIRST));
        assertThat(dispatchers.others()).containsExactly(Map.entry("a", FIRST), Map.entry("b", SECOND));
    }

    @Test
    public void testAbsentDispatcherIsListedForAnHour()
    {
        present.putAll(ImmutableMap.of("a", FIRST, "b", SECOND));
        dispatchers.others();
        present.remove("a");
        nanos += MEMORY_NANOS;
        assertThat(dispatchers.others()).containsOnlyKeys("a", "b");
        nanos++;
        assertThat(dispatchers.others()).containsOnlyKeys("b");
    }

    @Test
    public void testMoved()
    {
        present.put("a", FIRST);
        dispatchers.others();
        present.put("a", SECOND);
        assertThat(dispatchers.others()).containsExactly(Map.entry("a", SECOND));
    }
}
