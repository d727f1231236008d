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
import io.trino.Session;
import io.trino.connector.ConnectorServices;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.connector.WorkerDynamicCatalogManager;
import io.trino.connector.system.GlobalSystemConnector;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

import static io.prestosql.catalog.AbstractTestSharedCatalogs.catalog;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestPrunableCatalogs
{
    private static final CatalogProperties A = catalog("a", ImmutableMap.of());
    private static final CatalogProperties B = catalog("b", ImmutableMap.of());

    private final FakeEngine engine = new FakeEngine();
    private final PrunableCatalogs catalogs = new PrunableCatalogs(engine, _ -> {});
    /** Behaves like the engine's task manager without running tasks. */
    private final Consumer<Set<CatalogHandle>> taskManager = catalogs::pruneCatalogs;

    @Test
    public void testPrune()
    {
        need(A);
        need(B);
        PruneMark mark = catalogs.mark();
        assertThat(catalogs.prune(new PruneRequest(mark, Set.of(B.catalogHandle())), taskManager)).isTrue();
        assertThat(engine.loaded).containsExactlyInAnyOrder(B.catalogHandle(), GlobalSystemConnector.CATALOG_HANDLE);
    }

    /**
     * A coordinator asks all others, is paused, and prunes when it resumes. Meanwhile another coordinator has created a catalog, and a
     * table in it, with tasks that have ended.
     */
    @Test
    public void testCatalogThatWasCreatedWhileCoordinatorsWereAsked()
    {
        PruneMark mark = catalogs.mark();
        need(A);
        catalogs.prune(new PruneRequest(mark, Set.of()), taskManager);
        assertThat(engine.loaded).contains(A.catalogHandle());

        catalogs.prune(new PruneRequest(catalogs.mark(), Set.of()), taskManager);
        assertThat(engine.loaded).doesNotContain(A.catalogHandle());
    }

    /**
     * The same, with a catalog that was dropped and created again with the same properties, so that it has the same handle.
     */
    @Test
    public void testCatalogThatWasCreatedAgainWhileCoordinatorsWereAsked()
    {
        need(A);
        PruneMark mark = catalogs.mark();
        need(A);
        catalogs.prune(new PruneRequest(mark, Set.of()), taskManager);
        assertThat(engine.loaded).contains(A.catalogHandle());
    }

    @Test
    public void testMarksOfSeveralCoordinators()
    {
        PruneMark first = catalogs.mark();
        need(A);
        PruneMark second = catalogs.mark();
        catalogs.prune(new PruneRequest(first, Set.of()), taskManager);
        assertThat(engine.loaded).contains(A.catalogHandle());
        catalogs.prune(new PruneRequest(second, Set.of()), taskManager);
        assertThat(engine.loaded).doesNotContain(A.catalogHandle());
    }

    @Test
    public void testMarkOfAnEarlierProcess()
    {
        need(A);
        assertThat(catalogs.prune(new PruneRequest(new PruneMark(UUID.randomUUID(), Long.MAX_VALUE), Set.of()), taskManager)).isFalse();
        assertThat(engine.loaded).contains(A.catalogHandle());
    }

    @Test
    public void testPruneWithoutMark()
    {
        need(A);
        catalogs.pruneCatalogs(Set.of());
        assertThat(engine.loaded).contains(A.catalogHandle());

        catalogs.prune(new PruneRequest(catalogs.mark(), Set.of(A.catalogHandle())), taskManager);
        catalogs.pruneCatalogs(Set.of());
        assertThat(engine.loaded).as("the mark was for one call").contains(A.catalogHandle());
    }

    /**
     * Checks assumptions about the engine's own catalog manager of a worker.
     */
    @Test
    public void testWorkerOfTheEngine()
            throws Exception
    {
        WorkerDynamicCatalogManager worker = new WorkerDynamicCatalogManager(new TestingCatalogFactory());
        worker.registerGlobalSystemConnector(new GlobalSystemConnector(Set.of(), Set.of(), Set.of()));
        PrunableCatalogs catalogs = new PrunableCatalogs(worker, _ -> {});
        catalogs.ensureCatalogsLoaded(null, List.of(A, B));
        ConnectorServices before = catalogs.getConnectorServices(A.catalogHandle());

        PruneMark mark = catalogs.mark();
        catalogs.ensureCatalogsLoaded(null, List.of(A));
        catalogs.prune(new PruneRequest(mark, Set.of()), catalogs::pruneCatalogs);
        assertThat(catalogs.getConnectorServices(A.catalogHandle())).isSameAs(before);
        assertThat(catalogs.getConnectorServices(GlobalSystemConnector.CATALOG_HANDLE)).isNotNull();
        assertThatThrownBy(() -> catalogs.getConnectorServices(B.catalogHandle())).isInstanceOf(IllegalArgumentException.class);

        catalogs.ensureCatalogsLoaded(null, List.of(B));
        assertThat(catalogs.getConnectorServices(B.catalogHandle())).isNotNull();
        worker.stop();
    }

    private void need(CatalogProperties catalog)
    {
        catalogs.ensureCatalogsLoaded(null, List.of(catalog));
    }

    private static class FakeEngine
            implements ConnectorServicesProvider
    {
        private final Set<CatalogHandle> loaded = new HashSet<>(Set.of(GlobalSystemConnector.CATALOG_HANDLE));

        @Override
        public void loadInitialCatalogs() {}

        @Override
        public void ensureCatalogsLoaded(Session session, List<CatalogProperties> catalogs)
        {
            catalogs.forEach(catalog -> loaded.add(catalog.catalogHandle()));
        }

        @Override
        public void pruneCatalogs(Set<CatalogHandle> catalogsInUse)
        {
            loaded.retainAll(catalogsInUse);
        }

        @Override
        public ConnectorServices getConnectorServices(CatalogHandle catalogHandle)
        {
            throw new UnsupportedOperationException();
        }
    }
}
