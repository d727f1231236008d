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
import io.trino.spi.connector.ConnectorName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.prestosql.catalog.CatalogFolder.IDENTITY_FILE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestCatalogFolder
        extends AbstractTestSharedCatalogs
{
    @TempDir
    private Path directory;

    @Override
    protected SharedCatalogs open(String store)
    {
        try {
            return new CatalogFolder(Files.createDirectories(directory.resolve(store)));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    public void testNothingIsLeftBehind()
            throws IOException
    {
        CatalogFolder folder = new CatalogFolder(directory);
        assertThat(folder.create(catalog("sales", ImmutableMap.of()))).isTrue();
        assertThat(folder.create(catalog("sales", ImmutableMap.of()))).isFalse();
        assertThat(files()).containsExactlyInAnyOrder(IDENTITY_FILE, "sales.properties");
        assertThat(folder.remove(NAME)).isTrue();
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

        // a coordinator that starts meanwhile has another store, which the others report
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
    public void testTemporaryFilesOfDeadProcessAreRemoved()
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
}
