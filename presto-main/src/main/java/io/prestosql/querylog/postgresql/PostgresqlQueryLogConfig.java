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
package io.prestosql.querylog.postgresql;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.configuration.ConfigSecuritySensitive;
import io.airlift.units.Duration;
import io.airlift.units.MaxDuration;
import io.airlift.units.MinDuration;
import io.prestosql.postgresql.PostgresqlAddress;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

import java.util.Optional;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Configures the database of the query log, with {@code query-log.store=postgresql}.
 */
public class PostgresqlQueryLogConfig
{
    private String url;
    private String user;
    private String password;
    private String schema = "presto_query_log";
    private int maxPoolSize = 2;
    private Duration connectTimeout = new Duration(5, SECONDS);
    private Duration statementTimeout = new Duration(10, SECONDS);
    private Duration leaseDuration = new Duration(10, SECONDS);
    private Duration pollInterval = new Duration(100, MILLISECONDS);

    @NotNull
    @Pattern(regexp = "jdbc:postgresql:.+", message = "must begin with jdbc:postgresql:")
    public String getUrl()
    {
        return url;
    }

    @Config("query-log.postgresql.url")
    @ConfigDescription("JDBC URL of the database that keeps the queue, jdbc:postgresql://HOST:PORT/DATABASE, with several HOST:PORT if it fails over")
    @ConfigSecuritySensitive
    public PostgresqlQueryLogConfig setUrl(String url)
    {
        this.url = url;
        return this;
    }

    public Optional<String> getUser()
    {
        return Optional.ofNullable(user);
    }

    @Config("query-log.postgresql.user")
    @ConfigDescription("Database user, who owns the schema or may create it")
    public PostgresqlQueryLogConfig setUser(String user)
    {
        this.user = user;
        return this;
    }

    public Optional<String> getPassword()
    {
        return Optional.ofNullable(password);
    }

    @Config("query-log.postgresql.password")
    @ConfigSecuritySensitive
    public PostgresqlQueryLogConfig setPassword(String password)
    {
        this.password = password;
        return this;
    }

    @NotNull
    @Pattern(regexp = "[a-z_][a-z0-9_]{0,62}", message = "must be of lower-case letters, digits and underscores")
    public String getSchema()
    {
        return schema;
    }

    @Config("query-log.postgresql.schema")
    @ConfigDescription("Schema of the tables, one for each queue in the database; made when it is not there")
    public PostgresqlQueryLogConfig setSchema(String schema)
    {
        this.schema = schema;
        return this;
    }

    @Min(1)
    @Max(100)
    public int getMaxPoolSize()
    {
        return maxPoolSize;
    }

    @Config("query-log.postgresql.max-pool-size")
    @ConfigDescription("Connections for writing, next to the one that each dispatcher keeps for the election")
    public PostgresqlQueryLogConfig setMaxPoolSize(int maxPoolSize)
    {
        this.maxPoolSize = maxPoolSize;
        return this;
    }

    @NotNull
    @MinDuration("1s")
    @MaxDuration("1m")
    public Duration getConnectTimeout()
    {
        return connectTimeout;
    }

    @Config("query-log.postgresql.connect-timeout")
    @ConfigDescription("How long connecting to the database may take")
    public PostgresqlQueryLogConfig setConnectTimeout(Duration connectTimeout)
    {
        this.connectTimeout = connectTimeout;
        return this;
    }

    @NotNull
    @MinDuration("1s")
    @MaxDuration("1m")
    public Duration getStatementTimeout()
    {
        return statementTimeout;
    }

    @Config("query-log.postgresql.statement-timeout")
    @ConfigDescription("How long the database may take for a statement before the append fails")
    public PostgresqlQueryLogConfig setStatementTimeout(Duration statementTimeout)
    {
        this.statementTimeout = statementTimeout;
        return this;
    }

    @NotNull
    @MinDuration("1s")
    @MaxDuration("10m")
    public Duration getLeaseDuration()
    {
        return leaseDuration;
    }

    @Config("query-log.postgresql.lease-duration")
    @ConfigDescription("How long a leader that does not move, but whose connections are open, stays the leader")
    public PostgresqlQueryLogConfig setLeaseDuration(Duration leaseDuration)
    {
        this.leaseDuration = leaseDuration;
        return this;
    }

    @NotNull
    @MinDuration("10ms")
    @MaxDuration("10s")
    public Duration getPollInterval()
    {
        return pollInterval;
    }

    @Config("query-log.postgresql.poll-interval")
    @ConfigDescription("How often a dispatcher looks who the leader is")
    public PostgresqlQueryLogConfig setPollInterval(Duration pollInterval)
    {
        this.pollInterval = pollInterval;
        return this;
    }

    /**
     * Returns the address of the tables.
     */
    public PostgresqlAddress toAddress()
    {
        return new PostgresqlAddress(url, getUser(), getPassword(), schema, connectTimeout, statementTimeout);
    }

    @AssertTrue(message = "query-log.postgresql.lease-duration must be at least four times query-log.postgresql.poll-interval")
    public boolean isLeaseLongEnough()
    {
        return leaseDuration.toMillis() >= 4 * pollInterval.toMillis();
    }
}
