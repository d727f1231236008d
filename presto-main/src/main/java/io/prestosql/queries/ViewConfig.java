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
package io.prestosql.queries;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MaxDuration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.NotNull;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures how long a view of the cluster waits for silent nodes.
 */
public class ViewConfig
{
    private Duration timeout = new Duration(1, SECONDS);

    @NotNull
    @MinDuration("10ms")
    @MaxDuration("1m")
    public Duration getTimeout()
    {
        return timeout;
    }

    @Config("cluster-view.timeout")
    @ConfigDescription("How long a silent node may delay what this node shows of the cluster")
    public ViewConfig setTimeout(Duration timeout)
    {
        this.timeout = timeout;
        return this;
    }
}
