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
import com.google.common.collect.ImmutableSet;
import io.airlift.units.Duration;
import io.prestosql.testing.TestingTier;
import io.trino.connector.CoordinatorDynamicCatalogManager;
import io.trino.connector.InMemoryCatalogStore;
import io.trino.metadata.Catalog;
import io.trino.server.StartupStatus;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;
import io.trino.spi.connector.ConnectorName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.catalog.CatalogFolderFactory.SHARED_FOLDER;
import static io.trino.spi.StandardErrorCode.ALREADY_EXISTS;
import static io.trino.spi.StandardErrorCode.CATALOG_NOT_FOUND;
import static io.trino.spi.StandardErrorCode.CATALOG_STORE_ERROR;
import static java.util.concurrent.Executors.newFixedThreadPool;
import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Coordinators with the engine's own catalog manager over one folder. Time does not pass: each coordinator looks at the folder only when
 * told to.
 */
public class TestClusterCatalogs
{
    private static final CatalogName SALES = new CatalogName("sales");
    private static final ConnectorName GOOD = new ConnectorName("good");
    private static final ConnectorName BAD = new ConnectorName("bad");
    private static final Map<String, String> PROPERTIES = ImmutableMap.of("url", "somewhere");

    @TempDir
    private Path directory;
    private Path folder;

    private final List<Coordinator> coordinators = new ArrayList<>();

    @BeforeEach
    public void setUp()
            throws IOException
    {
        folder = Files.createDirectory(directory.resolve("catalogs"));
    }

    @AfterEach
    public void tearDown()
    {
        coordinators.forEach(coordinator -> coordinator.catalogs.stop());
    }

    @Test
    public void testCreatedAndDroppedAlternately()
    {
        Coordinator first = coordinator();
        Coordinator second = coordinator();
        for (int round = 0; round < 10; round++) {
            first.create(SALES, false);
            second.catalogs.refresh();
            assertThat(second.handle(SALES)).isPresent().isEqualTo(first.handle(SALES));
            assertThat(second.engine.getCatalogProperties(second.handle(SALES).orElseThrow())).isEqualTo(first.engine.getCatalogProperties(first.handle(SALES).orElseThrow()));

            second.drop(SALES, false);
            assertThat(second.handle(SALES)).isEmpty();
            first.catalogs.refresh();
            assertThat(first.handle(SALES)).isEmpty();

            Coordinator swap = first;
            first = second;
            second = swap;
        }
        assertThat(first.catalogs.getFollowedChanges()).isEqualTo(10);
    }

    @Test
    public void testUnknownNameIsLookedFor()
    {
        Coordinator first = coordinator();
        Coordinator second = coordinator();
        first.create(SALES, false);
        assertThat(second.catalogs.getCatalog(SALES).map(Catalog::getCatalogHandle)).isPresent().isEqualTo(first.handle(SALES));
    }

    @Test
    public void testTaskOfAnotherCoordinatorFindsItsCatalog()
    {
        Coordinator first = coordinator();
        Coordinator second = coordinator();
        first.create(SALES, false);
        PrunableCatalogs catalogs = new PrunableCatalogs(second.engine, second.catalogs::beforeLoading);
        catalogs.ensureCatalogsLoaded(null, List.of(first.engine.getCatalogProperties(first.handle(SALES).orElseThrow()).orElseThrow()));
        assertThat(second.handle(SALES)).isEqualTo(first.handle(SALES));
    }

    @Test
    public void testErrorsAreThoseOfTheEngine()
    {
        Coordinator first = coordinator();
        Coordinator second = coordinator();
        assertFails(() -> first.drop(SALES, false), CATALOG_NOT_FOUND);
        first.drop(SALES, true);

        first.create(SALES, false);
        assertFails(() -> first.create(SALES, false), ALREADY_EXISTS);
        assertFails(() -> second.create(SALES, false), ALREADY_EXISTS);
        first.create(SALES, true);
        second.create(SALES, true);
        assertThat(second.handle(SALES)).isEqualTo(first.handle(SALES));

        second.drop(SALES, false);
        assertFails(() -> first.drop(SALES, false), CATALOG_NOT_FOUND);
        first.drop(SALES, true);
        assertThat(first.handle(SALES)).isEmpty();
    }

    @Test
    public void testExactlyOneOfTwoConcurrentStatementsWins()
            throws Exception
    {
        Coordinator first = coordinator();
        Coordinator second = coordinator();
        CyclicBarrier start = new CyclicBarrier(2);
        try (ExecutorService executor = newFixedThreadPool(2, daemonThreadsNamed("statements-%s"))) {
            for (int round = 0; round < 100; round++) {
                boolean same = round % 2 == 0;
                assertThat(outcomes(executor, start,
                        () -> first.create(SALES, GOOD, ImmutableMap.of("by", "first"), false),
                        () -> second.create(SALES, GOOD, ImmutableMap.of("by", same ? "first" : "second"), false)))
                        .containsExactlyInAnyOrder(Optional.empty(), Optional.of(ALREADY_EXISTS));
                first.catalogs.refresh();
                second.catalogs.refresh();
                assertThat(first.handle(SALES)).isPresent().isEqualTo(second.handle(SALES));

                assertThat(outcomes(executor, start, () -> first.drop(SALES, false), () -> second.drop(SALES, false)))
                        .containsExactlyInAnyOrder(Optional.empty(), Optional.of(CATALOG_NOT_FOUND));
                first.catalogs.refresh();
                second.catalogs.refresh();
                assertThat(first.handle(SALES)).isEmpty();
                assertThat(second.handle(SALES)).isEmpty();
            }
        }
    }

    /**
     * The coordinator was paused while the catalog was dropped.
     */
    @Test
    public void testPausedCoordinatorDoesNotBringBackADroppedCatalog()
    {
        Coordinator paused = coordinator();
        Coordinator other = coordinator();
        paused.create(SALES, false);
        other.catalogs.refresh();
        other.drop(SALES, false);
        assertThat(paused.handle(SALES)).isPresent();

        paused.create(new CatalogName("other"), false);
        assertThat(paused.handle(SALES)).isEmpty();
        paused.catalogs.refresh();
        other.catalogs.refresh();
        assertThat(other.names()).containsExactly(new CatalogName("other"));
        assertThat(coordinator().names()).containsExactly(new CatalogName("other"));
    }

    @Test
    public void testAcknowledgedCatalogIsNotLost()
    {
        Coordinator first = coordinator();
        first.create(SALES, false);
        Optional<CatalogHandle> handle = first.handle(SALES);
        // no other coordinator has seen the catalog, and all coordinators are started anew
        Coordinator late = coordinator();
        assertThat(late.handle(SALES)).isPresent().isEqualTo(handle);
        late.drop(SALES, false);
        assertThat(coordinator().names()).isEmpty();
    }

    @Test
    public void testDroppedAndCreatedWithOtherProperties()
    {
        Coordinator first = coordinator();
        Coordinator second = coordinator();
        first.create(SALES, false);
        second.catalogs.refresh();
        Optional<CatalogHandle> before = second.handle(SALES);
        first.drop(SALES, false);
        first.create(SALES, GOOD, ImmutableMap.of("url", "elsewhere"), false);

        second.catalogs.refresh();
        assertThat(second.handle(SALES)).isPresent().isEqualTo(first.handle(SALES)).isNotEqualTo(before);
        assertThat(second.engine.getCatalogProperties(before.orElseThrow())).as("transactions still use it").isPresent();
    }

    @Test
    public void testCatalogThatCannotBeLoaded()
    {
        Coordinator first = coordinator();
        Coordinator second = coordinator();
        second.catalogFactory.setBroken(ImmutableSet.of(GOOD));
        first.create(SALES, false);

        Catalog catalog = second.catalogs.getCatalog(SALES).orElseThrow();
        assertThat(catalog.isFailed()).isTrue();
        assertThat(second.catalogs.getCatalogNames()).contains(SALES);
        assertThat(second.catalogs.getFailedCatalogs()).isEqualTo(1);
        assertThat(second.catalogs.getActiveCatalogs()).as("others use it").contains(first.handle(SALES).orElseThrow());
        assertFails(() -> second.create(SALES, false), ALREADY_EXISTS);

        second.drop(SALES, false);
        assertThat(second.catalogs.getCatalog(SALES)).isEmpty();
        first.catalogs.refresh();
        assertThat(first.names()).isEmpty();
    }

    @Test
    public void testCatalogThatCannotBeLoadedAtTheStart()
    {
        Coordinator first = coordinator();
        first.create(SALES, false);
        Coordinator second = coordinator(ImmutableSet.of(GOOD));
        assertThat(second.catalogs.getCatalog(SALES).orElseThrow().isFailed()).isTrue();

        second.catalogFactory.setBroken(ImmutableSet.of());
        second.catalogs.refresh();
        assertThat(second.catalogs.getCatalog(SALES).orElseThrow().isFailed()).isFalse();
        assertThat(second.handle(SALES)).isEqualTo(first.handle(SALES));
    }

    @Test
    public void testWrongPropertiesAreNotShared()
    {
        Coordinator first = coordinator();
        first.catalogFactory.setBroken(ImmutableSet.of(BAD));
        assertThatThrownBy(() -> first.create(SALES, BAD, PROPERTIES, false)).hasMessage("broken");
        assertThat(coordinator().names()).isEmpty();
        first.create(SALES, false);
    }

    @Test
    public void testFolderThatIsAway()
            throws IOException
    {
        Coordinator first = coordinator();
        first.create(SALES, false);
        Path away = directory.resolve("away");
        Files.move(folder, away);
        Files.createDirectory(folder);

        first.catalogs.refresh();
        assertThat(first.handle(SALES)).isPresent();
        assertThat(first.catalogs.isReadable()).isFalse();
        assertFails(() -> first.create(new CatalogName("other"), false), CATALOG_STORE_ERROR);
        assertFails(() -> first.drop(SALES, true), CATALOG_STORE_ERROR);

        Files.delete(folder);
        Files.move(away, folder);
        first.catalogs.refresh();
        assertThat(first.catalogs.isReadable()).isTrue();
        first.create(new CatalogName("other"), false);
        assertThat(coordinator().names()).containsExactlyInAnyOrder(SALES, new CatalogName("other"));
    }

    /**
     * Statements on any coordinator, each arbitrarily outdated, have the same outcome as on a single one.
     */
    @Test
    public void testRandomStatements()
    {
        for (int seed = 0; seed < TestingTier.rounds(5, 20); seed++) {
            Random random = new Random(seed);
            List<Coordinator> members = new ArrayList<>(List.of(coordinator(), coordinator(), coordinator()));
            Map<CatalogName, Map<String, String>> expected = new HashMap<>();
            for (int step = 0; step < 200; step++) {
                Coordinator member = members.get(random.nextInt(members.size()));
                CatalogName name = new CatalogName("c" + random.nextInt(4));
                boolean lenient = random.nextBoolean();
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        Map<String, String> properties = ImmutableMap.of("value", String.valueOf(random.nextInt(2)));
                        if (expected.containsKey(name) && !lenient) {
                            assertFails(() -> member.create(name, GOOD, properties, false), ALREADY_EXISTS);
                        }
                        else {
                            member.create(name, GOOD, properties, lenient);
                            expected.putIfAbsent(name, properties);
                        }
                    }
                    case 2 -> {
                        if (!expected.containsKey(name) && !lenient) {
                            assertFails(() -> member.drop(name, false), CATALOG_NOT_FOUND);
                        }
                        else {
                            member.drop(name, lenient);
                            expected.remove(name);
                        }
                    }
                    case 3 -> member.catalogs.refresh();
                    default -> {
                        // the coordinator is killed and comes back
                        member.catalogs.stop();
                        members.set(members.indexOf(member), coordinator());
                    }
                }
            }
            for (Coordinator member : members) {
                member.catalogs.refresh();
                assertThat(member.properties()).as("seed %s", seed).isEqualTo(expected);
                expected.keySet().forEach(name -> assertThat(member.handle(name)).isEqualTo(members.getFirst().handle(name)));
            }
            members.getFirst().names().forEach(name -> members.getFirst().drop(name, false));
        }
    }

    @Test
    public void testStoreOfTheEngine()
    {
        Coordinator coordinator = new Coordinator(Optional.empty(), ImmutableSet.of());
        coordinators.add(coordinator);
        coordinator.create(SALES, false);
        assertFails(() -> coordinator.create(SALES, false), ALREADY_EXISTS);
        coordinator.catalogs.refresh();
        assertThat(coordinator.handle(SALES)).isPresent();
        assertThat(coordinator.catalogs.getStoreId()).isEmpty();
        coordinator.drop(SALES, false);
        assertFails(() -> coordinator.drop(SALES, false), CATALOG_NOT_FOUND);
    }

    private Coordinator coordinator()
    {
        return coordinator(ImmutableSet.of());
    }

    private Coordinator coordinator(Set<ConnectorName> broken)
    {
        Coordinator coordinator = new Coordinator(Optional.of(folder), broken);
        coordinators.add(coordinator);
        return coordinator;
    }

    private static List<Optional<StandardErrorCode>> outcomes(ExecutorService executor, CyclicBarrier start, Runnable... statements)
            throws Exception
    {
        List<Callable<Optional<StandardErrorCode>>> calls = new ArrayList<>();
        for (Runnable statement : statements) {
            calls.add(() -> {
                start.await();
                try {
                    statement.run();
                    return Optional.empty();
                }
                catch (TrinoException e) {
                    return Optional.of(StandardErrorCode.valueOf(e.getErrorCode().getName()));
                }
            });
        }
        List<Optional<StandardErrorCode>> outcomes = new ArrayList<>();
        for (Future<Optional<StandardErrorCode>> outcome : executor.invokeAll(calls)) {
            outcomes.add(outcome.get());
        }
        return outcomes;
    }

    private static void assertFails(Runnable statement, StandardErrorCode errorCode)
    {
        assertThatThrownBy(statement::run)
                .isInstanceOfSatisfying(TrinoException.class, e -> assertThat(e.getErrorCode()).isEqualTo(errorCode.toErrorCode()));
    }

    private static class Coordinator
    {
        private final TestingCatalogFactory catalogFactory = new TestingCatalogFactory();
        private final CoordinatorDynamicCatalogManager engine;
        private final ClusterCatalogs catalogs;

        private Coordinator(Optional<Path> folder, Set<ConnectorName> broken)
        {
            catalogFactory.setBroken(broken);
            CatalogConfig config = new CatalogConfig().setRefreshInterval(new Duration(1, HOURS));
            folder.ifPresent(path -> config.setSharedFolder(path.toFile()));
            SharedCatalogStores stores = new SharedCatalogStores(ImmutableMap.of(SHARED_FOLDER, new CatalogFolderFactory(config)));
            engine = new CoordinatorDynamicCatalogManager(
                    folder.isPresent() ? stores.open(SHARED_FOLDER) : new InMemoryCatalogStore(),
                    catalogFactory,
                    directExecutor());
            StartupStatus startupStatus = new StartupStatus();
            catalogs = new ClusterCatalogs(engine, stores, startupStatus, config);
            engine.loadInitialCatalogs();
            startupStatus.startupComplete();
        }

        public void create(CatalogName name, boolean notExists)
        {
            create(name, GOOD, PROPERTIES, notExists);
        }

        public void create(CatalogName name, ConnectorName connector, Map<String, String> properties, boolean notExists)
        {
            catalogs.createCatalog(name, connector, properties, notExists);
        }

        public void drop(CatalogName name, boolean exists)
        {
            catalogs.dropCatalog(name, exists);
        }

        /**
         * Returns the engine's catalog of that name, without a look at the folder.
         */
        public Optional<CatalogHandle> handle(CatalogName name)
        {
            return engine.getCatalog(name).map(Catalog::getCatalogHandle);
        }

        public Set<CatalogName> names()
        {
            return engine.getCatalogNames();
        }

        public Map<CatalogName, Map<String, String>> properties()
        {
            return catalogs.getLoadedCatalogs().stream()
                    .collect(toImmutableMap(catalog -> catalog.catalogHandle().getCatalogName(), CatalogProperties::properties));
        }
    }
}
