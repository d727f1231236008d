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
package io.prestosql.coordinator;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import static java.util.concurrent.TimeUnit.MINUTES;

/**
 * Configures how long a coordinator runs queries without hearing from a leader.
 */
public class CoordinatorLeaseConfig
{
    private Duration leaseDuration = new Duration(5, MINUTES);

    @NotNull
    @MinDuration("1s")
    public Duration getLeaseDuration()
    {
        return leaseDuration;
    }

    @Config("coordinator.lease-duration")
    @ConfigDescription("How long a coordinator that no leading dispatcher polls keeps what it runs")
    public CoordinatorLeaseConfig setLeaseDuration(Duration leaseDuration)
    {
        this.leaseDuration = leaseDuration;
        return this;
    }
}
