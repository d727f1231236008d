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
package io.prestosql.tests.product;

import com.google.common.collect.ImmutableMap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;

import static java.util.Objects.requireNonNull;

/**
 * Stock JDBC drivers, each in a class loader of its own, so that both run in one process.
 */
enum JdbcDriver
{
    ENGINE_RELEASE {
        @Override
        Path jar()
        {
            return Artifacts.jdbcDriver();
        }
    },
    NEWEST {
        @Override
        Path jar()
        {
            return Artifacts.newestJdbcDriver();
        }
    };

    private Driver driver;

    abstract Path jar();

    synchronized Driver driver()
    {
        if (driver == null) {
            try {
                URLClassLoader classLoader = new URLClassLoader(name(), new URL[] {jar().toUri().toURL()}, ClassLoader.getPlatformClassLoader());
                driver = (Driver) classLoader.loadClass("io.trino.jdbc.TrinoDriver").getConstructor().newInstance();
            }
            catch (MalformedURLException e) {
                throw new UncheckedIOException(new IOException(e));
            }
            catch (ReflectiveOperationException e) {
                throw new LinkageError("No driver in " + jar(), e);
            }
        }
        return driver;
    }

    /**
     * Passes on the ids of the statement's queries as soon as the driver knows them.
     */
    static void watch(Statement statement, Consumer<String> queryIds)
    {
        Consumer<Object> monitor = stats -> {
            try {
                queryIds.accept((String) stats.getClass().getMethod("getQueryId").invoke(stats));
            }
            catch (ReflectiveOperationException e) {
                throw new LinkageError("Not the driver's statistics: " + stats, e);
            }
        };
        try {
            statement.getClass().getMethod("setProgressMonitor", Consumer.class).invoke(statement, monitor);
        }
        catch (ReflectiveOperationException e) {
            throw new LinkageError("Not a driver's statement: " + statement, e);
        }
    }

    /**
     * @param properties names and values, alternating
     */
    Connection connect(URI server, String... properties)
            throws SQLException
    {
        ImmutableMap.Builder<String, String> named = ImmutableMap.builder();
        for (int i = 0; i < properties.length; i += 2) {
            named.put(properties[i], properties[i + 1]);
        }
        return connect(server, named.buildOrThrow());
    }

    Connection connect(URI server, Map<String, String> properties)
            throws SQLException
    {
        Properties info = new Properties();
        info.setProperty("user", "product-test");
        properties.forEach(info::setProperty);
        Connection connection = driver().connect("jdbc:trino://%s:%s".formatted(server.getHost(), server.getPort()), info);
        return requireNonNull(connection, "the driver does not know the URL");
    }
}
