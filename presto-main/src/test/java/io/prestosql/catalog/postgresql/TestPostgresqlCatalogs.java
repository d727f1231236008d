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
import io.prestosql.catalog.CatalogVersions;
import io.prestosql.catalog.SharedCatalogs;
import io.prestosql.catalog.SharedCatalogsException;
import io.prestosql.postgresql.TestingPostgresql;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.ConnectorName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.base.Throwables.getStackTraceAsString;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;
import static org.junit.jupiter.api.parallel.ExecutionMode.SAME_THREAD;

@TestInstance(PER_CLASS)
@Execution(SAME_THREAD)
@Timeout(300)
public class TestPostgresqlCatalogs
{
    private static final CatalogName NAME = new CatalogName("sales");

    private TestingPostgresql postgresql;

    @BeforeAll
    public void startDatabase()
            throws IOException
    {
        postgresql = new TestingPostgresql(Map.of());
    }

    @AfterAll
    public void stopDatabase()
            throws IOException
    {
        postgresql.close();
    }

    @Test
    public void testCatalogIsTheSameEverywhere()
    {
        try (SharedCatalogs first = open("same"); SharedCatalogs second = open("same")) {
            CatalogProperties catalog = catalog("sales", ImmutableMap.of(
                    "connection-url", "jdbc:postgresql://db:5432/sales?a=b#c",
                    "connection-password", "${ENV:PASSWORD}",
                    "text", " ends and begins with a space, \\ and \" and = and : and ü "));

            assertThat(first.create(catalog)).isTrue();

            assertThat(second.read().catalogs()).containsExactly(Map.entry(NAME, catalog));
            assertThat(second.read()).isEqualTo(first.read());
        }
        try (SharedCatalogs third = open("same"); SharedCatalogs elsewhere = open("elsewhere")) {
            assertThat(third.read().catalogs()).containsOnlyKeys(NAME);
            assertThat(elsewhere.read().catalogs()).isEmpty();
            assertThat(elsewhere.read().storeId()).isNotEqualTo(third.read().storeId());
        }
    }

    @Test
    public void testCatalogIsCreatedOnce()
    {
        try (SharedCatalogs catalogs = open("once")) {
            CatalogProperties first = catalog("sales", ImmutableMap.of("a", "1"));
            assertThat(catalogs.create(first)).isTrue();
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of("a", "2")))).isFalse();
            assertThat(catalogs.create(first)).isFalse();
            assertThat(catalogs.read().catalogs()).containsExactly(Map.entry(NAME, first));

            assertThat(catalogs.remove(NAME)).isTrue();
            assertThat(catalogs.remove(NAME)).isFalse();
            assertThat(catalogs.read().catalogs()).isEmpty();

            CatalogProperties second = catalog("sales", ImmutableMap.of("a", "2"));
            assertThat(catalogs.create(second)).isTrue();
            assertThat(catalogs.read().catalogs()).containsExactly(Map.entry(NAME, second));
        }
    }

    @Test
    public void testOneOfManyCreatesAndOneOfManyDrops()
            throws Exception
    {
        int members = 4;
        List<SharedCatalogs> stores = new ArrayList<>();
        try (ExecutorService executor = newFixedThreadPool(members, daemonThreadsNamed("catalogs-%s"))) {
            // all of them make the tables
            List<Future<SharedCatalogs>> opened = new ArrayList<>();
            for (int member = 0; member < members; member++) {
                opened.add(executor.submit(() -> open("many")));
            }
            for (Future<SharedCatalogs> store : opened) {
                stores.add(store.get());
            }
            for (int round = 0; round < 50; round++) {
                CyclicBarrier start = new CyclicBarrier(members);
                List<Future<Boolean>> created = new ArrayList<>();
                for (int member = 0; member < members; member++) {
                    SharedCatalogs store = stores.get(member);
                    CatalogProperties catalog = catalog("sales", ImmutableMap.of("member", String.valueOf(member)));
                    created.add(executor.submit(() -> {
                        start.await();
                        return store.create(catalog);
                    }));
                }
                List<Boolean> creations = results(created);
                assertThat(creations).containsOnlyOnce(true);
                assertThat(stores.getFirst().read().catalogs().get(NAME).properties()).isEqualTo(Map.of("member", String.valueOf(creations.indexOf(true))));

                List<Future<Boolean>> removed = new ArrayList<>();
                for (SharedCatalogs store : stores) {
                    removed.add(executor.submit(() -> {
                        start.await();
                        return store.remove(NAME);
                    }));
                }
                assertThat(results(removed)).containsOnlyOnce(true);
            }
        }
        finally {
            stores.forEach(SharedCatalogs::close);
        }
    }

    private static List<Boolean> results(List<Future<Boolean>> futures)
            throws Exception
    {
        List<Boolean> results = new ArrayList<>();
        for (Future<Boolean> future : futures) {
            results.add(future.get());
        }
        return results;
    }

    @Test
    public void testWhatCannotBeReadIsSaid()
    {
        try (SharedCatalogs catalogs = open("unreadable")) {
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of()))).isTrue();
            postgresql.execute("INSERT INTO unreadable.catalog (name, connector, properties) VALUES ('Upper', 'tpch', '{}'), ('system', 'tpch', '{}'), ('broken', 'tpch', '[1]'), ('odd', 'not a name', '{}')");

            assertThat(catalogs.read().catalogs()).containsOnlyKeys(NAME);
            assertThat(catalogs.read().unreadable()).containsOnlyKeys(new CatalogName("upper"), new CatalogName("system"), new CatalogName("broken"), new CatalogName("odd"));
        }
    }

    @Test
    public void testDatabaseThatWasMadeAnew()
    {
        try (SharedCatalogs catalogs = open("anew")) {
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of()))).isTrue();
            postgresql.execute("DROP SCHEMA anew CASCADE");
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
    {
        try (SharedCatalogs catalogs = open("killed")) {
            assertThat(catalogs.create(catalog("sales", ImmutableMap.of()))).isTrue();
            postgresql.kill();
            try {
                assertThatThrownBy(catalogs::read).isInstanceOf(SharedCatalogsException.class);
                assertThatThrownBy(() -> catalogs.create(catalog("other", ImmutableMap.of("connection-password", "swordfish"))))
                        .isInstanceOf(SharedCatalogsException.class)
                        .hasMessageContaining("schema killed")
                        .satisfies(e -> assertThat(getStackTraceAsString(e)).doesNotContain("swordfish"));
                assertThatThrownBy(() -> open("killed")).isInstanceOf(SharedCatalogsException.class).hasMessageContaining("catalog.postgresql.url");
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

    private SharedCatalogs open(String schema)
    {
        return new PostgresqlCatalogs(new PostgresqlCatalogConfig()
                .setUrl(postgresql.url(postgresql.port()))
                .setUser("postgres")
                .setSchema(schema));
    }

    private static CatalogProperties catalog(String name, Map<String, String> properties)
    {
        return CatalogVersions.withVersion(new CatalogName(name), new ConnectorName("tpch"), properties);
    }
}
