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
package io.prestosql.worker;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures after how long without its coordinator a task is a leftover.
 */
public class LeftoverTasksConfig
{
    private Duration silenceTimeout = new Duration(2, SECONDS);
    private Duration refusalDuration = new Duration(5, SECONDS);

    @NotNull
    @MinDuration("1s")
    public Duration getSilenceTimeout()
    {
        return silenceTimeout;
    }

    @Config("leftover-tasks.silence-timeout")
    @ConfigDescription("How long nothing may come from a coordinator that has tasks on this node before this node asks whether its process is still there")
    public LeftoverTasksConfig setSilenceTimeout(Duration silenceTimeout)
    {
        this.silenceTimeout = silenceTimeout;
        return this;
    }

    @NotNull
    @MinDuration("1s")
    public Duration getRefusalDuration()
    {
        return refusalDuration;
    }

    @Config("leftover-tasks.refusal-duration")
    @ConfigDescription("How long a coordinator has to refuse connections before this node drops the tasks that it has here")
    public LeftoverTasksConfig setRefusalDuration(Duration refusalDuration)
    {
        this.refusalDuration = refusalDuration;
        return this;
    }
}
