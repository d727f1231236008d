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

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.units.Duration;
import io.airlift.units.MaxDuration;
import io.airlift.units.MinDuration;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

import java.util.Optional;

/**
 * Configures the history of queries.
 */
public class QueryRetentionConfig
{
    private Optional<Duration> retention = Optional.empty();
    private boolean sqlKept;
    private int maxInMemory = 10_000;
    private int maxPending = 10_000;
    private int batchSize = 500;

    /**
     * Empty for no history.
     */
    public Optional<@MinDuration("1m") @MaxDuration("3650d") Duration> getRetention()
    {
        return retention;
    }

    @Config("query-history.retention")
    @ConfigDescription("How long the history keeps queries that are over; without it, there is no history")
    public QueryRetentionConfig setRetention(Duration retention)
    {
        this.retention = Optional.ofNullable(retention);
        return this;
    }

    public boolean isSqlKept()
    {
        return sqlKept;
    }

    @Config("query-history.sql")
    @ConfigDescription("Whether the history has the beginnings of statements, as plain text")
    public QueryRetentionConfig setSqlKept(boolean sqlKept)
    {
        this.sqlKept = sqlKept;
        return this;
    }

    @Min(1)
    @Max(1_000_000)
    public int getMaxInMemory()
    {
        return maxInMemory;
    }

    @Config("query-history.max-in-memory")
    @ConfigDescription("How many queries the history has at most where it is kept in memory")
    public QueryRetentionConfig setMaxInMemory(int maxInMemory)
    {
        this.maxInMemory = maxInMemory;
        return this;
    }

    @Min(1)
    @Max(1_000_000)
    public int getMaxPending()
    {
        return maxPending;
    }

    @Config("query-history.max-pending")
    @ConfigDescription("How many queries may wait to be written to the history; further ones are left out of it")
    public QueryRetentionConfig setMaxPending(int maxPending)
    {
        this.maxPending = maxPending;
        return this;
    }

    @Min(1)
    @Max(10_000)
    public int getBatchSize()
    {
        return batchSize;
    }

    @Config("query-history.batch-size")
    @ConfigDescription("How many queries are written to the history, or deleted from it, at the same time")
    public QueryRetentionConfig setBatchSize(int batchSize)
    {
        this.batchSize = batchSize;
        return this;
    }
}
