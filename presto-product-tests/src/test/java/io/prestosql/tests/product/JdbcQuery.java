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

import com.google.common.collect.ImmutableList;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;

/**
 * A program that runs one query with a stock JDBC driver and prints the first column. It shows what the driver writes to its process's
 * output.
 */
final class JdbcQuery
{
    private JdbcQuery() {}

    /**
     * @param properties the driver's properties: names and values, alternating
     */
    static List<String> command(JdbcDriver driver, URI server, String sql, String... properties)
    {
        Path classes = Path.of(URI.create(JdbcQuery.class.getProtectionDomain().getCodeSource().getLocation().toString()));
        return ImmutableList.<String>builder()
                .add(System.getProperty("java.home") + "/bin/java", "-Xmx256M", "-XX:TieredStopAtLevel=1")
                .add("-cp", driver.jar() + ":" + classes)
                .add(JdbcQuery.class.getName())
                .add("jdbc:trino://" + server.getAuthority(), sql)
                .add(properties)
                .build();
    }

    public static void main(String[] arguments)
            throws SQLException, ReflectiveOperationException
    {
        Properties properties = new Properties();
        for (int i = 2; i < arguments.length; i += 2) {
            properties.setProperty(arguments[i], arguments[i + 1]);
        }
        Driver driver = (Driver) Class.forName("io.trino.jdbc.TrinoDriver").getConstructor().newInstance();
        try (Connection connection = driver.connect(arguments[0], properties);
                Statement statement = connection.createStatement();
                ResultSet resultSet = statement.executeQuery(arguments[1])) {
            while (resultSet.next()) {
                System.out.println(resultSet.getString(1));
            }
        }
    }
}
