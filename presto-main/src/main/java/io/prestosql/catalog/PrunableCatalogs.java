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

import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;
import io.trino.Session;
import io.trino.connector.ConnectorServices;
import io.trino.connector.ConnectorServicesProvider;
import io.trino.connector.system.GlobalSystemConnector;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;

/**
 * The catalogs of a node, which several coordinators may prune. The engine's manager holds the catalogs. This class makes sure that a
 * catalog is not pruned if a task has needed it while the coordinators were asked which catalogs they use.
 */
public class PrunableCatalogs
        implements ConnectorServicesProvider
{
    private static final Logger log = Logger.get(PrunableCatalogs.class);

    private final ConnectorServicesProvider engine;
    private final Consumer<List<CatalogProperties>> beforeLoading;
    private final UUID process = UUID.randomUUID();
    private final CatalogNeeds needs = new CatalogNeeds();
    private final ThreadLocal<OptionalLong> mark = ThreadLocal.withInitial(OptionalLong::empty);
    private final AtomicBoolean warned = new AtomicBoolean();

    /**
     * @param beforeLoading gets the catalogs that a task needs, before the engine's manager does
     */
    public PrunableCatalogs(ConnectorServicesProvider engine, Consumer<List<CatalogProperties>> beforeLoading)
    {
        this.engine = requireNonNull(engine, "engine is null");
        this.beforeLoading = requireNonNull(beforeLoading, "beforeLoading is null");
    }

    public PruneMark mark()
    {
        return new PruneMark(process, needs.mark());
    }

    /**
     * @param prune the engine's task manager, which adds the catalogs of running tasks, and calls {@link #pruneCatalogs} while no task can
     * start
     * @return false when the mark is of another process
     */
    public boolean prune(PruneRequest request, Consumer<Set<CatalogHandle>> prune)
    {
        if (!request.mark().process().equals(process)) {
            return false;
        }
        mark.set(OptionalLong.of(request.mark().number()));
        try {
            prune.accept(request.keep());
        }
        finally {
            mark.remove();
        }
        return true;
    }

    @Override
    public void pruneCatalogs(Set<CatalogHandle> catalogsInUse)
    {
        OptionalLong mark = this.mark.get();
        if (mark.isEmpty()) {
            if (!warned.getAndSet(true)) {
                log.warn("A server without node.role asks this node to drop catalogs, which is not done: it does not know what other coordinators use");
            }
            return;
        }
        Set<CatalogHandle> keep = ImmutableSet.<CatalogHandle>builder()
                .addAll(catalogsInUse)
                .addAll(needs.neededSince(mark.getAsLong()))
                .add(GlobalSystemConnector.CATALOG_HANDLE)
                .build();
        engine.pruneCatalogs(keep);
        needs.retain(keep);
    }

    @Override
    public void loadInitialCatalogs()
    {
        engine.loadInitialCatalogs();
    }

    @Override
    public void ensureCatalogsLoaded(Session session, List<CatalogProperties> catalogs)
    {
        needs.needed(catalogs.stream().map(CatalogProperties::catalogHandle).collect(toImmutableSet()));
        beforeLoading.accept(catalogs);
        engine.ensureCatalogsLoaded(session, catalogs);
    }

    @Override
    public ConnectorServices getConnectorServices(CatalogHandle catalogHandle)
    {
        return engine.getConnectorServices(catalogHandle);
    }
}
