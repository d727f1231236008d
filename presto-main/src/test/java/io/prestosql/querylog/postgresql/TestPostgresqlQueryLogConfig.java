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

import com.google.common.collect.ImmutableMap;
import io.airlift.units.Duration;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Pattern;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static io.airlift.configuration.testing.ConfigAssertions.assertFullMapping;
import static io.airlift.configuration.testing.ConfigAssertions.assertRecordedDefaults;
import static io.airlift.configuration.testing.ConfigAssertions.recordDefaults;
import static io.airlift.testing.ValidationAssertions.assertFailsValidation;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

public class TestPostgresqlQueryLogConfig
{
    @Test
    public void testDefaults()
    {
        assertRecordedDefaults(recordDefaults(PostgresqlQueryLogConfig.class)
                .setUrl(null)
                .setUser(null)
                .setPassword(null)
                .setSchema("presto_query_log")
                .setMaxPoolSize(2)
                .setConnectTimeout(new Duration(5, SECONDS))
                .setStatementTimeout(new Duration(10, SECONDS))
                .setLeaseDuration(new Duration(10, SECONDS))
                .setPollInterval(new Duration(100, MILLISECONDS)));
    }

    @Test
    public void testExplicitPropertyMappings()
    {
        Map<String, String> properties = ImmutableMap.<String, String>builder()
                .put("query-log.postgresql.url", "jdbc:postgresql://database.example:5432/presto")
                .put("query-log.postgresql.user", "presto")
                .put("query-log.postgresql.password", "secret")
                .put("query-log.postgresql.schema", "queue")
                .put("query-log.postgresql.max-pool-size", "7")
                .put("query-log.postgresql.connect-timeout", "3s")
                .put("query-log.postgresql.statement-timeout", "4s")
                .put("query-log.postgresql.lease-duration", "1m")
                .put("query-log.postgresql.poll-interval", "1s")
                .buildOrThrow();

        assertFullMapping(
                properties,
                new PostgresqlQueryLogConfig()
                        .setUrl("jdbc:postgresql://database.example:5432/presto")
                        .setUser("presto")
                        .setPassword("secret")
                        .setSchema("queue")
                        .setMaxPoolSize(7)
                        .setConnectTimeout(new Duration(3, SECONDS))
                        .setStatementTimeout(new Duration(4, SECONDS))
                        .setLeaseDuration(new Duration(1, MINUTES))
                        .setPollInterval(new Duration(1, SECONDS)));
    }

    @Test
    public void testValidation()
    {
        assertFailsValidation(config().setUrl("jdbc:mysql://x/y"), "url", "must begin with jdbc:postgresql:", Pattern.class);
        assertFailsValidation(config().setSchema("x; DROP TABLE y"), "schema", "must be of lower-case letters, digits and underscores", Pattern.class);
        assertFailsValidation(
                config().setLeaseDuration(new Duration(3, SECONDS)).setPollInterval(new Duration(1, SECONDS)),
                "leaseLongEnough",
                "query-log.postgresql.lease-duration must be at least four times query-log.postgresql.poll-interval",
                AssertTrue.class);
    }

    private static PostgresqlQueryLogConfig config()
    {
        return new PostgresqlQueryLogConfig().setUrl("jdbc:postgresql://database.example/presto");
    }
}
