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
package io.prestosql.postgresql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import org.flywaydb.core.Flyway;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

import javax.sql.DataSource;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

import static java.lang.Math.toIntExact;
import static java.util.Objects.requireNonNull;

/**
 * Connects to a schema of a database. Neither side ever waits without a time-out, and no commit is reported before it is durable.
 */
public final class PostgresqlDatabase
{
    private static final Logger log = Logger.get(PostgresqlDatabase.class);

    private final String purpose;
    private final PostgresqlAddress address;
    private final String migrations;
    private final Properties properties = new Properties();
    private boolean prepared;

    /**
     * @param purpose the purpose of the schema, as messages and the database's list of connections name it: {@code query log}
     * @param migrations the folder of the class path with the migrations that create the tables
     */
    public PostgresqlDatabase(String purpose, PostgresqlAddress address, String migrations)
    {
        this.purpose = requireNonNull(purpose, "purpose is null");
        this.address = requireNonNull(address, "address is null");
        this.migrations = requireNonNull(migrations, "migrations is null");
        address.user().ifPresent(user -> properties.setProperty(PGProperty.USER.getName(), user));
        address.password().ifPresent(password -> properties.setProperty(PGProperty.PASSWORD.getName(), password));
        properties.setProperty(PGProperty.APPLICATION_NAME.getName(), "presto " + purpose);
        properties.setProperty(PGProperty.CURRENT_SCHEMA.getName(), address.schema());
        properties.setProperty(PGProperty.CONNECT_TIMEOUT.getName(), seconds(address.connectTimeout()));
        properties.setProperty(PGProperty.LOGIN_TIMEOUT.getName(), seconds(address.connectTimeout()));
        // longer than the statement time-out, so that the database gives up first
        properties.setProperty(PGProperty.SOCKET_TIMEOUT.getName(), String.valueOf(Long.parseLong(seconds(address.statementTimeout())) + 1));
        properties.setProperty(PGProperty.CANCEL_SIGNAL_TIMEOUT.getName(), seconds(address.connectTimeout()));
        properties.setProperty(PGProperty.TCP_KEEP_ALIVE.getName(), "true");
        properties.setProperty(PGProperty.REWRITE_BATCHED_INSERTS.getName(), "true");
        if (!address.url().contains(PGProperty.TARGET_SERVER_TYPE.getName())) {
            properties.setProperty(PGProperty.TARGET_SERVER_TYPE.getName(), "primary");
        }
    }

    public Duration statementTimeout()
    {
        return address.statementTimeout();
    }

    public String schema()
    {
        return address.schema();
    }

    /**
     * Creates the tables, or migrates them to this release. Does this only once.
     */
    public synchronized void prepare()
            throws SQLException
    {
        if (prepared) {
            return;
        }
        Flyway.configure(getClass().getClassLoader())
                .dataSource(dataSourceForMigration())
                .locations("classpath:" + migrations)
                .defaultSchema(address.schema())
                .createSchemas(true)
                .table("schema_history")
                .cleanDisabled(true)
                .load()
                .migrate();
        try (Connection connection = dataSource(properties).getConnection()) {
            checkDurability(connection);
        }
        prepared = true;
    }

    /**
     * Opens a new connection, which the caller closes.
     */
    public Connection connect()
            throws SQLException
    {
        Connection connection = dataSource(properties).getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute(sessionSettings());
        }
        catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    /**
     * Creates a pool of connections for writing. Does not connect yet.
     */
    public HikariDataSource createPool(int maxPoolSize)
    {
        HikariConfig config = new HikariConfig();
        config.setPoolName("presto-" + purpose.replace(' ', '-'));
        // not a JDBC URL: with one, the pool sets the log-in time-out of all drivers in the process
        config.setDataSource(dataSource(properties));
        config.setConnectionInitSql(sessionSettings());
        config.setMaximumPoolSize(maxPoolSize);
        // most dispatchers need no connection for writing for a long time
        config.setMinimumIdle(0);
        config.setConnectionTimeout(address.connectTimeout().toMillis());
        config.setValidationTimeout(Math.min(address.connectTimeout().toMillis(), 5_000));
        config.setKeepaliveTime(30_000);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    private DataSource dataSourceForMigration()
    {
        Properties migration = new Properties();
        migration.putAll(properties);
        // a migration may move data
        migration.setProperty(PGProperty.SOCKET_TIMEOUT.getName(), "600");
        migration.remove(PGProperty.CURRENT_SCHEMA.getName());
        return dataSource(migration);
    }

    /**
     * Creates a data source. The parameters of the URL take precedence over the properties.
     */
    private DataSource dataSource(Properties properties)
    {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setURL(address.url());
        Properties inUrl = Driver.parseURL(address.url(), null);
        try {
            for (String name : properties.stringPropertyNames()) {
                if (!inUrl.containsKey(name)) {
                    dataSource.setProperty(name, properties.getProperty(name));
                }
            }
        }
        catch (SQLException e) {
            throw new IllegalArgumentException("Not a property of the driver", e);
        }
        return dataSource;
    }

    private String sessionSettings()
    {
        long millis = address.statementTimeout().toMillis();
        // a leader that is paused in a transaction must not block elections
        return """
                SET statement_timeout = %s;
                SET lock_timeout = %s;
                SET idle_in_transaction_session_timeout = %s;
                SET tcp_keepalives_idle = 10;
                SET tcp_keepalives_interval = 5;
                SET tcp_keepalives_count = 3;
                SET default_transaction_isolation = 'read committed';
                SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
                """.formatted(millis, millis, millis);
    }

    private void checkDurability(Connection connection)
            throws SQLException
    {
        String synchronousCommit = show(connection, "synchronous_commit");
        if (synchronousCommit.equals("off") || synchronousCommit.equals("local")) {
            log.warn("The database of the %s has synchronous_commit=%s, with which what was committed can be lost; the %s itself uses synchronous_commit=on", purpose, synchronousCommit, purpose);
        }
        if (show(connection, "fsync").equals("off")) {
            log.error("The database of the %s has fsync=off: what was committed is lost or the database is damaged when its machine goes down", purpose);
        }
    }

    private static String show(Connection connection, String setting)
            throws SQLException
    {
        try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery("SHOW " + setting)) {
            result.next();
            return result.getString(1);
        }
    }

    private static String seconds(Duration duration)
    {
        return String.valueOf(toIntExact((duration.toMillis() + 999) / 1000));
    }
}
