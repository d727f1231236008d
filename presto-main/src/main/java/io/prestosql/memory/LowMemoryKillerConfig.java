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

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures how long a victim of the low-memory decision may take to release its memory.
 */
public class LowMemoryKillerConfig
{
    private Duration victimTimeout = new Duration(60, SECONDS);

    @NotNull
    @MinDuration("1s")
    public Duration getVictimTimeout()
    {
        return victimTimeout;
    }

    @Config("low-memory-killer.victim-timeout")
    @ConfigDescription("How long a query or task that was killed for memory may keep memory on a worker before another one is killed")
    public LowMemoryKillerConfig setVictimTimeout(Duration victimTimeout)
    {
        this.victimTimeout = victimTimeout;
        return this;
    }
}
