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

import com.google.common.collect.ImmutableMap;
import io.prestosql.catalog.AbstractTestSharedCatalogs;
import io.prestosql.catalog.SharedCatalogs;
import io.prestosql.catalog.SharedCatalogsException;
import io.prestosql.postgresql.TestingPostgresql;
import io.trino.spi.catalog.CatalogName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.base.Throwables.getStackTraceAsString;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadExecutor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.SAME_THREAD;

@Execution(SAME_THREAD)
@Timeout(300)
public class TestPostgresqlCatalogs
        extends AbstractTestSharedCatalogs
{
    private final TestingPostgresql postgresql = TestingPostgresql.shared();

    @Test
    public void testUnreadableCatalogsAreReported()
    {
        try (SharedCatalogs catalogs = open("unreadable")) {
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of()))).isTrue();
            postgresql.execute("INSERT INTO catalogs_unreadable.catalog (name, connector, properties) VALUES ('Upper', 'tpch', '{}'), ('system', 'tpch', '{}'), ('broken', 'tpch', '[1]'), ('nothing', 'tpch', 'null'), ('half', 'tpch', '{\"a\": null}'), ('odd', 'not a name', '{}')");

            assertThat(catalogs.read().catalogs()).containsOnlyKeys(NAME);
            assertThat(catalogs.read().unreadable()).containsOnlyKeys(new CatalogName("upper"), new CatalogName("system"), new CatalogName("broken"), new CatalogName("nothing"), new CatalogName("half"), new CatalogName("odd"));
        }
    }

    @Test
    public void testTablesThatWereCreatedAgain()
    {
        try (SharedCatalogs catalogs = open("anew")) {
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of()))).isTrue();
            postgresql.execute("DROP SCHEMA catalogs_anew CASCADE");
            assertThatThrownBy(catalogs::read).isInstanceOf(SharedCatalogsException.class);
            try (SharedCatalogs other = open("anew")) {
                assertThat(other.read().catalogs()).isEmpty();
                assertThatThrownBy(catalogs::read).isInstanceOf(SharedCatalogsException.class).hasMessageContaining("has other tables than at the start");
                assertThatThrownBy(() -> catalogs.create(catalog("other", ImmutableMap.of()))).isInstanceOf(SharedCatalogsException.class);
                assertThatThrownBy(() -> catalogs.remove(NAME)).isInstanceOf(SharedCatalogsException.class);
            }
        }
    }

    @Test
    public void testDatabaseDiesAndComesBack()
            throws Exception
    {
        try (SharedCatalogs catalogs = open("killed"); ExecutorService executor = newSingleThreadExecutor(daemonThreadsNamed("read-%s"))) {
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of()))).isTrue();
            postgresql.kill();
            try {
                // in parallel, because both wait equally long for a connection
                Future<?> read = executor.submit(() -> assertThatThrownBy(catalogs::read).isInstanceOf(SharedCatalogsException.class));
                assertThatThrownBy(() -> catalogs.create(catalog("other", ImmutableMap.of("connection-password", "swordfish"))))
                        .isInstanceOf(SharedCatalogsException.class)
                        .hasMessageContaining("schema catalogs_killed")
                        .satisfies(e -> assertThat(getStackTraceAsString(e)).doesNotContain("swordfish"));
                assertThatThrownBy(() -> open("killed")).isInstanceOf(SharedCatalogsException.class).hasMessageContaining("catalog.postgresql.url");
                read.get();
            }
            finally {
                postgresql.start();
            }
            await().until(() -> {
                try {
                    return catalogs.read().contains(NAME);
                }
                catch (SharedCatalogsException _) {
                    return false;
                }
            });
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of()))).isFalse();
        }
    }

    @Override
    protected SharedCatalogs open(String store)
    {
        return new PostgresqlCatalogs(new PostgresqlCatalogConfig()
                .setUrl(postgresql.url(postgresql.port()))
                .setUser("postgres")
                // tests of the query log have schemas in the same database
                .setSchema("catalogs_" + store));
    }
}
