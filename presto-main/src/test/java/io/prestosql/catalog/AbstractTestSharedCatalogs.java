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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableMap;
import io.prestosql.testing.TestingTier;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.ConnectorName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.Collections.nCopies;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests the contract of {@link SharedCatalogs} for every store.
 */
public abstract class AbstractTestSharedCatalogs
{
    protected static final CatalogName NAME = new CatalogName("sales");

    private static final int MEMBERS = 8;
    private static final int ROUNDS = TestingTier.rounds(20, 50);

    /**
     * Opens the store of that name as another coordinator would. Stores of different names share nothing.
     */
    protected abstract SharedCatalogs open(String store);

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
            assertThat(second.catalogHandle()).isNotEqualTo(first.catalogHandle());
        }
    }

    @Test
    public void testExactlyOneOfConcurrentStatementsWins()
            throws Exception
    {
        List<CatalogProperties> catalogs = IntStream.range(0, MEMBERS)
                .mapToObj(member -> catalog("sales", ImmutableMap.of("member", String.valueOf(member))))
                .collect(toImmutableList());
        List<SharedCatalogs> stores = new ArrayList<>();
        try (ExecutorService executor = newFixedThreadPool(MEMBERS, daemonThreadsNamed("shared-catalogs-%s"))) {
            // the first one to open the store creates its tables or files
            Callable<SharedCatalogs> opening = () -> open("many");
            stores.addAll(inParallel(executor, nCopies(MEMBERS, opening)));
            for (int round = 0; round < ROUNDS; round++) {
                List<Boolean> created = inParallel(executor, IntStream.range(0, MEMBERS)
                        .<Callable<Boolean>>mapToObj(member -> () -> stores.get(member).create(catalogs.get(member)))
                        .collect(toImmutableList()));
                assertThat(created).containsOnlyOnce(true);
                CatalogProperties winner = catalogs.get(created.indexOf(true));
                assertThat(stores).allSatisfy(store -> assertThat(store.read().catalogs()).containsExactly(Map.entry(NAME, winner)));

                List<Boolean> removed = inParallel(executor, stores.stream()
                        .<Callable<Boolean>>map(store -> () -> store.remove(NAME))
                        .collect(toImmutableList()));
                assertThat(removed).containsOnlyOnce(true);
            }
        }
        finally {
            stores.forEach(SharedCatalogs::close);
        }
    }

    /**
     * Makes all calls at the same moment.
     */
    private static <T> List<T> inParallel(ExecutorService executor, List<Callable<T>> calls)
            throws Exception
    {
        CyclicBarrier start = new CyclicBarrier(calls.size());
        List<Future<T>> futures = executor.invokeAll(calls.stream()
                .<Callable<T>>map(call -> () -> {
                    start.await();
                    return call.call();
                })
                .collect(toImmutableList()));
        List<T> results = new ArrayList<>();
        for (Future<T> future : futures) {
            results.add(future.get());
        }
        return results;
    }

    protected static CatalogProperties catalog(String name, Map<String, String> properties)
    {
        return CatalogVersions.withVersion(new CatalogName(name), new ConnectorName("tpch"), properties);
    }
}
