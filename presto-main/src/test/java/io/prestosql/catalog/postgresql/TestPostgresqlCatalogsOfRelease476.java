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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.io.Resources;
import io.prestosql.catalog.CatalogSnapshot;
import io.prestosql.postgresql.TestingPostgresql;
import io.prestosql.queue.Release476Records;
import io.trino.spi.catalog.CatalogName;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests shared catalogs in PostgreSQL as written by release 476-1.
 */
public class TestPostgresqlCatalogsOfRelease476
{
    @Test
    public void testRead()
            throws Exception
    {
        JsonNode expected = Release476Records.read("postgresql/expected-catalogs.json");
        TestingPostgresql postgresql = TestingPostgresql.shared();
        postgresql.execute(Resources.toString(Resources.getResource("fixtures/476-1/postgresql/catalogs.sql"), UTF_8));
        try (PostgresqlCatalogs catalogs = new PostgresqlCatalogs(new PostgresqlCatalogConfig()
                .setUrl(postgresql.url(postgresql.port()))
                .setUser("postgres")
                .setSchema("presto_catalogs"))) {
            CatalogSnapshot snapshot = catalogs.read();
            assertThat(snapshot.unreadable()).isEmpty();
            assertThat(snapshot.catalogs()).hasSize(expected.size());
            expected.fields().forEachRemaining(catalog -> {
                assertThat(snapshot.catalogs().get(new CatalogName(catalog.getKey())).connectorName().toString()).isEqualTo(catalog.getValue().get("connector").textValue());
                JsonNode properties = new ObjectMapper().valueToTree(snapshot.catalogs().get(new CatalogName(catalog.getKey())).properties());
                assertThat(properties).isEqualTo(catalog.getValue().get("properties"));
            });
        }
    }
}
