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
package io.prestosql.catalog.postgresql;

import io.airlift.configuration.Config;
import io.airlift.configuration.ConfigDescription;
import io.airlift.configuration.ConfigSecuritySensitive;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

import java.util.Optional;

/**
 * Configures the database of the catalogs with {@code catalog.store=postgresql}.
 */
public class PostgresqlCatalogConfig
{
    private Optional<String> url = Optional.empty();
    private Optional<String> user = Optional.empty();
    private Optional<String> password = Optional.empty();
    private String schema = "presto_catalogs";

    public Optional<@Pattern(regexp = "jdbc:postgresql:.+", message = "must begin with jdbc:postgresql:") String> getUrl()
    {
        return url;
    }

    @Config("catalog.postgresql.url")
    @ConfigDescription("JDBC URL of the database that keeps the catalogs, jdbc:postgresql://HOST:PORT/DATABASE, with several HOST:PORT if it fails over")
    @ConfigSecuritySensitive
    public PostgresqlCatalogConfig setUrl(String url)
    {
        this.url = Optional.ofNullable(url);
        return this;
    }

    public Optional<String> getUser()
    {
        return user;
    }

    @Config("catalog.postgresql.user")
    @ConfigDescription("Database user, who owns the schema or may create it")
    public PostgresqlCatalogConfig setUser(String user)
    {
        this.user = Optional.ofNullable(user);
        return this;
    }

    public Optional<String> getPassword()
    {
        return password;
    }

    @Config("catalog.postgresql.password")
    @ConfigSecuritySensitive
    public PostgresqlCatalogConfig setPassword(String password)
    {
        this.password = Optional.ofNullable(password);
        return this;
    }

    @NotNull
    @Pattern(regexp = "[a-z_][a-z0-9_]{0,62}", message = "must be of lower-case letters, digits and underscores")
    public String getSchema()
    {
        return schema;
    }

    @Config("catalog.postgresql.schema")
    @ConfigDescription("Schema of the tables, one for each cluster in the database; made when it is not there")
    public PostgresqlCatalogConfig setSchema(String schema)
    {
        this.schema = schema;
        return this;
    }
}
