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

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures how a dispatcher follows its coordinators: how long calls may take, and after how long a coordinator is silent.
 */
public class CoordinatorMonitorConfig
{
    private Duration pollInterval = new Duration(1, SECONDS);
    private Duration retryInterval = new Duration(250, MILLISECONDS);
    private Duration silenceTimeout = new Duration(3, SECONDS);
    private Duration requestTimeout = new Duration(5, SECONDS);

    @NotNull
    @MinDuration("100ms")
    public Duration getPollInterval()
    {
        return pollInterval;
    }

    @Config("dispatcher.coordinator-poll-interval")
    @ConfigDescription("How long a coordinator may hold a dispatcher's request for news when it has none")
    public CoordinatorMonitorConfig setPollInterval(Duration pollInterval)
    {
        this.pollInterval = pollInterval;
        return this;
    }

    @NotNull
    @MinDuration("10ms")
    public Duration getRetryInterval()
    {
        return retryInterval;
    }

    @Config("dispatcher.coordinator-retry-interval")
    @ConfigDescription("How often a dispatcher tries a coordinator that does not answer")
    public CoordinatorMonitorConfig setRetryInterval(Duration retryInterval)
    {
        this.retryInterval = retryInterval;
        return this;
    }

    @NotNull
    @MinDuration("100ms")
    public Duration getSilenceTimeout()
    {
        return silenceTimeout;
    }

    @Config("dispatcher.coordinator-silence-timeout")
    @ConfigDescription("How long a coordinator may owe a dispatcher news before it gets no new queries; it keeps those that it has")
    public CoordinatorMonitorConfig setSilenceTimeout(Duration silenceTimeout)
    {
        this.silenceTimeout = silenceTimeout;
        return this;
    }

    @NotNull
    @MinDuration("100ms")
    public Duration getRequestTimeout()
    {
        return requestTimeout;
    }

    @Config("dispatcher.coordinator-request-timeout")
    @ConfigDescription("How long a dispatcher waits for a coordinator to answer a call about a query before it makes the call again")
    public CoordinatorMonitorConfig setRequestTimeout(Duration requestTimeout)
    {
        this.requestTimeout = requestTimeout;
        return this;
    }
}
