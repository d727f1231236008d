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
package io.prestosql.dispatcher.clusters;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;

import static java.util.concurrent.TimeUnit.DAYS;

/**
 * Configures how much of operators' changes of clusters is kept.
 */
public class ClusterChangesConfig
{
    private int maxEntries = 1000;
    private Duration retention = new Duration(365, DAYS);

    @Min(0)
    @Max(10_000)
    public int getMaxEntries()
    {
        return maxEntries;
    }

    @Config("cluster-changes.max-entries")
    @ConfigDescription("How many of operators' changes of clusters the query log keeps; 0 keeps none, and removes those that are there")
    public ClusterChangesConfig setMaxEntries(int maxEntries)
    {
        this.maxEntries = maxEntries;
        return this;
    }

    @NotNull
    @MinDuration("1m")
    public Duration getRetention()
    {
        return retention;
    }

    @Config("cluster-changes.retention")
    @ConfigDescription("How long the query log keeps operators' changes of clusters; of the last 100, none is removed for its age")
    public ClusterChangesConfig setRetention(Duration retention)
    {
        this.retention = retention;
        return this;
    }
}
