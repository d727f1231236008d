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
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.ConnectorName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.catalog.CatalogFolder.IDENTITY_FILE;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestCatalogFolder
{
    private static final CatalogName NAME = new CatalogName("sales");

    @TempDir
    private Path directory;

    @Test
    public void testCatalogIsTheSameEverywhere()
    {
        CatalogFolder first = new CatalogFolder(directory);
        CatalogFolder second = new CatalogFolder(directory);
        CatalogProperties catalog = catalog("sales", ImmutableMap.of(
                "connection-url", "jdbc:postgresql://db:5432/sales?a=b#c",
                "connection-password", "${ENV:PASSWORD}",
                "text", " ends and begins with a space, \\ and \" and = and : and ü "));

        assertThat(first.create(catalog)).isTrue();

        assertThat(second.read().catalogs()).containsExactly(Map.entry(NAME, catalog));
        assertThat(second.read()).isEqualTo(first.read());
        assertThat(new CatalogFolder(directory).read()).isEqualTo(first.read());
    }

    @Test
    public void testCatalogIsCreatedOnce()
    {
        CatalogFolder folder = new CatalogFolder(directory);
        CatalogProperties first = catalog("sales", ImmutableMap.of("a", "1"));
        assertThat(folder.create(first)).isTrue();
        assertThat(folder.create(catalog("sales", ImmutableMap.of("a", "2")))).isFalse();
        assertThat(folder.create(first)).isFalse();
        assertThat(folder.read().catalogs()).containsExactly(Map.entry(NAME, first));

        assertThat(folder.remove(NAME)).isTrue();
        assertThat(folder.remove(NAME)).isFalse();
        assertThat(folder.read().catalogs()).isEmpty();

        CatalogProperties second = catalog("sales", ImmutableMap.of("a", "2"));
        assertThat(folder.create(second)).isTrue();
        assertThat(folder.read().catalogs()).containsExactly(Map.entry(NAME, second));
        assertThat(second.catalogHandle()).isNotEqualTo(first.catalogHandle());
    }

    @Test
    public void testOneOfManyCreatesAndOneOfManyDrops()
            throws Exception
    {
        int members = 8;
        try (ExecutorService executor = newFixedThreadPool(members, daemonThreadsNamed("catalog-folder-%s"))) {
            for (int round = 0; round < 50; round++) {
                CyclicBarrier start = new CyclicBarrier(members);
                List<CatalogProperties> catalogs = IntStream.range(0, members)
                        .mapToObj(member -> catalog("sales", ImmutableMap.of("member", String.valueOf(member))))
                        .collect(toImmutableList());
                List<Boolean> created = inParallel(executor, catalogs.stream()
                        .<Callable<Boolean>>map(catalog -> () -> {
                            CatalogFolder folder = new CatalogFolder(directory);
                            start.await();
                            return folder.create(catalog);
                        })
                        .collect(toImmutableList()));
                assertThat(created).containsOnlyOnce(true);
                assertThat(new CatalogFolder(directory).read().catalogs()).containsExactly(Map.entry(NAME, catalogs.get(created.indexOf(true))));

                List<Boolean> removed = inParallel(executor, catalogs.stream()
                        .<Callable<Boolean>>map(_ -> () -> {
                            CatalogFolder folder = new CatalogFolder(directory);
                            start.await();
                            return folder.remove(NAME);
                        })
                        .collect(toImmutableList()));
                assertThat(removed).containsOnlyOnce(true);
            }
        }
        assertThat(files()).containsExactly(IDENTITY_FILE);
    }

    @Test
    public void testEmptyMountPointIsNotAnEmptyCluster()
            throws IOException
    {
        Path mounted = Files.createDirectory(directory.resolve("mounted"));
        CatalogFolder folder = new CatalogFolder(mounted);
        folder.create(catalog("sales", ImmutableMap.of()));

        Files.move(mounted, directory.resolve("elsewhere"));
        Files.createDirectory(mounted);

        assertThatThrownBy(folder::read).isInstanceOf(SharedCatalogsException.class).hasMessageContaining("perhaps it is not mounted");
        assertThatThrownBy(() -> folder.create(catalog("other", ImmutableMap.of()))).isInstanceOf(SharedCatalogsException.class);
        assertThatThrownBy(() -> folder.remove(NAME)).isInstanceOf(SharedCatalogsException.class);

        // a coordinator that starts meanwhile has another store, which is what the others tell
        CatalogFolder stranger = new CatalogFolder(mounted);
        assertThatThrownBy(folder::read).isInstanceOf(SharedCatalogsException.class).hasMessageContaining("another folder");

        Files.delete(mounted.resolve(IDENTITY_FILE));
        Files.delete(mounted);
        Files.move(directory.resolve("elsewhere"), mounted);
        assertThat(folder.read().catalogs()).containsOnlyKeys(NAME);
        assertThatThrownBy(stranger::read).isInstanceOf(SharedCatalogsException.class);
    }

    @Test
    public void testFilesMadeByHand()
            throws IOException
    {
        CatalogFolder folder = new CatalogFolder(directory);
        Files.writeString(directory.resolve("sales.properties"), "connector.name=hive-hadoop2 \n# comment\nurl = x  \n");
        Files.writeString(directory.resolve("empty.properties"), "");
        Files.writeString(directory.resolve("Upper.properties"), "connector.name=tpch\n");
        Files.writeString(directory.resolve("system.properties"), "connector.name=tpch\n");
        Files.writeString(directory.resolve("broken.properties"), "connector.name=\\u12\n");
        Files.writeString(directory.resolve("strange.properties"), "connector.name=No Connector\n");
        Files.writeString(directory.resolve("notes.txt"), "connector.name=tpch\n");

        CatalogSnapshot snapshot = folder.read();
        assertThat(snapshot.catalogs()).containsOnlyKeys(NAME);
        assertThat(snapshot.catalogs().get(NAME).connectorName()).isEqualTo(new ConnectorName("hive_hadoop2"));
        assertThat(snapshot.catalogs().get(NAME).properties()).containsExactly(Map.entry("url", "x"));
        assertThat(snapshot.unreadable()).containsOnlyKeys(
                new CatalogName("empty"), new CatalogName("upper"), new CatalogName("system"), new CatalogName("broken"), new CatalogName("strange"));
        assertThat(snapshot.unreadable().get(new CatalogName("empty"))).isEqualTo("its file does not contain connector.name");
        assertThat(folder.create(catalog("empty", ImmutableMap.of()))).as("what cannot be read has its name").isFalse();
    }

    @Test
    public void testNamesThatAreNoFiles()
    {
        CatalogFolder folder = new CatalogFolder(directory);
        for (String name : List.of("../sales", "a/b", "a\\b", ".sales", "a\0b")) {
            assertThatThrownBy(() -> folder.create(catalog(name, ImmutableMap.of())))
                    .as(name)
                    .isInstanceOf(SharedCatalogsException.class)
                    .hasMessageContaining("cannot be the name of a file");
        }
    }

    @Test
    public void testMissingFolder()
    {
        assertThatThrownBy(() -> new CatalogFolder(directory.resolve("missing")))
                .isInstanceOf(SharedCatalogsException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    public void testWhatADeadProcessHasLeft()
            throws IOException
    {
        new CatalogFolder(directory);
        Path left = Files.writeString(directory.resolve(".sales.properties.1.tmp"), "connector.name=tpch\n");
        Path underWay = Files.writeString(directory.resolve(".sales.properties.2.tmp"), "connector.name=tpch\n");
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        assertThat(new CatalogFolder(directory).read().catalogs()).isEmpty();
        assertThat(left).doesNotExist();
        assertThat(underWay).exists();
    }

    private List<String> files()
            throws IOException
    {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).collect(toImmutableList());
        }
    }

    private static <T> List<T> inParallel(ExecutorService executor, List<Callable<T>> calls)
            throws Exception
    {
        List<Future<T>> futures = executor.invokeAll(calls);
        List<T> results = new ArrayList<>();
        for (Future<T> future : futures) {
            results.add(future.get());
        }
        return results;
    }

    static CatalogProperties catalog(String name, Map<String, String> properties)
    {
        return CatalogVersions.withVersion(new CatalogName(name), new ConnectorName("tpch"), properties);
    }
}
