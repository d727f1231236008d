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
package io.prestosql.dispatcher.leader;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures how long a call to the queue is held while no leader answers.
 */
public class LeaderRoutingConfig
{
    private Duration leaderTimeout = new Duration(10, SECONDS);

    @NotNull
    @MinDuration("2s")
    public Duration getLeaderTimeout()
    {
        return leaderTimeout;
    }

    @Config("dispatcher.leader-timeout")
    @ConfigDescription("How long a client's request is held while no dispatcher leads the queue, or the leader does not answer")
    public LeaderRoutingConfig setLeaderTimeout(Duration leaderTimeout)
    {
        this.leaderTimeout = leaderTimeout;
        return this;
    }
}
