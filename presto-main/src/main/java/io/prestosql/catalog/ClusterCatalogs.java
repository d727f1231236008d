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
import com.google.common.util.concurrent.Uninterruptibles;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.catalog.CatalogView.CatalogChange;
import io.prestosql.catalog.CatalogView.Loaded;
import io.prestosql.catalog.SharedCatalogStore.Following;
import io.trino.connector.CoordinatorDynamicCatalogManager;
import io.trino.connector.system.GlobalSystemConnector;
import io.trino.metadata.Catalog;
import io.trino.metadata.CatalogManager;
import io.trino.server.StartupStatus;
import io.trino.spi.TrinoException;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;
import io.trino.spi.connector.ConnectorName;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.difference;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.trino.metadata.Catalog.failedCatalog;
import static io.trino.spi.StandardErrorCode.ALREADY_EXISTS;
import static io.trino.spi.StandardErrorCode.CATALOG_NOT_FOUND;
import static io.trino.spi.StandardErrorCode.CATALOG_STORE_ERROR;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Keeps the engine's dynamic catalogs equal to the shared catalogs. With a store of the engine, it only passes calls on.
 * <p>
 * Reading the shared catalogs and updating the engine is one step, and so is a statement that changes the shared catalogs: a snapshot older
 * than a statement on this coordinator is never applied after it. A catalog dropped on another coordinator may exist here until the next
 * look, but this class never writes it back.
 */
public class ClusterCatalogs
        implements CatalogManager
{
    private static final Logger log = Logger.get(ClusterCatalogs.class);

    private static final Duration FIRST_RETRY = new Duration(5, SECONDS);
    private static final Duration LONGEST_RETRY = new Duration(5, MINUTES);
    /** The longest time for which a query that names an unknown catalog waits for a change that is under way. */
    private static final Duration LOOK_WAIT = new Duration(2, SECONDS);

    private final CoordinatorDynamicCatalogManager engine;
    private final SharedCatalogStores stores;
    private final StartupStatus startupStatus;
    private final Duration refreshInterval;
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("cluster-catalogs"));

    /** Held while the shared catalogs are read and the engine is updated, and while a statement changes them. */
    private final ReentrantLock lock = new ReentrantLock();
    private final CatalogView view = new CatalogView(FIRST_RETRY, LONGEST_RETRY);
    private volatile Map<CatalogName, CatalogProperties> failed = ImmutableMap.of();
    private volatile Optional<CatalogSnapshot> snapshot = Optional.empty();
    private volatile boolean readable = true;
    private volatile long lastLookNanos = System.nanoTime();
    private final AtomicLong followedChanges = new AtomicLong();

    @Inject
    public ClusterCatalogs(
            CoordinatorDynamicCatalogManager engine,
            SharedCatalogStores stores,
            StartupStatus startupStatus,
            CatalogConfig config)
    {
        this.engine = requireNonNull(engine, "engine is null");
        this.stores = requireNonNull(stores, "stores is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        this.refreshInterval = config.getRefreshInterval();
    }

    @PostConstruct
    public void start()
    {
        executor.scheduleWithFixedDelay(
                () -> {
                    // until startup is complete, the engine loads the catalogs itself
                    if (startupStatus.isStartupComplete()) {
                        refresh();
                    }
                },
                refreshInterval.toMillis(),
                refreshInterval.toMillis(),
                MILLISECONDS);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    /**
     * Updates the engine to the shared catalogs, as far as that is possible.
     */
    public void refresh()
    {
        lock.lock();
        try {
            follow();
        }
        catch (SharedCatalogsException e) {
            if (readable) {
                log.error("The shared catalogs cannot be read, so this coordinator keeps those that it has: %s", e.getMessage());
            }
            readable = false;
        }
        catch (Throwable t) {
            log.error(t, "Error following the shared catalogs");
        }
        finally {
            lock.unlock();
        }
    }

    /**
     * Called with the lock held.
     *
     * @throws SharedCatalogsException when the shared catalogs cannot be read
     */
    private void follow()
    {
        Optional<SharedCatalogStore> store = stores.getUsed();
        if (store.isEmpty()) {
            return;
        }
        lastLookNanos = System.nanoTime();
        CatalogSnapshot shared = store.get().read();
        if (!readable) {
            log.info("The shared catalogs can be read again");
            readable = true;
        }
        Map<CatalogName, String> unreadableBefore = snapshot.map(CatalogSnapshot::unreadable).orElse(ImmutableMap.of());
        difference(shared.unreadable().entrySet(), unreadableBefore.entrySet())
                .forEach(entry -> log.warn("Shared catalog %s is left as it is here: %s", entry.getKey(), entry.getValue()));
        snapshot = Optional.of(shared);
        for (CatalogChange change : view.changes(loaded(), shared, System.nanoTime())) {
            try (Following _ = store.get().following()) {
                apply(change);
            }
        }
        ImmutableMap.Builder<CatalogName, CatalogProperties> failed = ImmutableMap.builder();
        for (CatalogName name : shared.catalogs().keySet()) {
            view.getFailed(name).ifPresent(catalog -> failed.put(name, catalog));
        }
        this.failed = failed.buildOrThrow();
    }

    private Map<CatalogName, Loaded> loaded()
    {
        ImmutableMap.Builder<CatalogName, Loaded> loaded = ImmutableMap.builder();
        for (CatalogName name : engine.getCatalogNames()) {
            if (!name.toString().equals(GlobalSystemConnector.NAME)) {
                engine.getCatalog(name).ifPresent(catalog -> loaded.put(name, new Loaded(catalog.getCatalogHandle(), catalog.isFailed())));
            }
        }
        return loaded.buildOrThrow();
    }

    private void apply(CatalogChange change)
    {
        if (change.remove()) {
            try {
                engine.dropCatalog(change.name(), true);
            }
            catch (RuntimeException e) {
                // tried again at the next look; the other changes must not wait for it
                log.warn("Catalog %s, which is not shared any more as it is here, cannot be dropped: %s", change.name(), e.getMessage());
                return;
            }
            if (change.add().isEmpty()) {
                log.info("Catalog %s was dropped by another coordinator", change.name());
                followedChanges.incrementAndGet();
            }
        }
        if (change.add().isPresent()) {
            CatalogProperties catalog = change.add().get();
            try {
                engine.createCatalog(change.name(), catalog.connectorName(), catalog.properties(), true);
                log.info("Catalog %s was created by another coordinator, with connector %s", change.name(), catalog.connectorName());
                followedChanges.incrementAndGet();
            }
            catch (RuntimeException | LinkageError e) {
                Duration retry = view.failed(catalog, System.nanoTime());
                log.error(e, "Shared catalog %s cannot be loaded by this coordinator, and is tried again in %s", change.name(), retry);
            }
        }
    }

    @Override
    public void createCatalog(CatalogName catalogName, ConnectorName connectorName, Map<String, String> properties, boolean notExists)
    {
        lock.lock();
        try {
            followForStatement();
            if (snapshot.isPresent() && snapshot.get().contains(catalogName)) {
                if (notExists) {
                    return;
                }
                throw alreadyExists(catalogName);
            }
            try {
                engine.createCatalog(catalogName, connectorName, properties, notExists);
            }
            catch (TrinoException e) {
                if (!e.getErrorCode().equals(ALREADY_EXISTS.toErrorCode())) {
                    throw e;
                }
                // another coordinator was first
                followForStatement();
                if (!notExists) {
                    throw e;
                }
            }
        }
        finally {
            lock.unlock();
        }
    }

    @Override
    public void dropCatalog(CatalogName catalogName, boolean exists)
    {
        lock.lock();
        try {
            if (stores.getUsed().isEmpty()) {
                engine.dropCatalog(catalogName, exists);
                return;
            }
            followForStatement();
            try {
                // the store decides whether it exists: this coordinator may not have been able to load it
                engine.dropCatalog(catalogName, true);
            }
            catch (TrinoException e) {
                if (!e.getErrorCode().equals(CATALOG_NOT_FOUND.toErrorCode())) {
                    throw e;
                }
                // another coordinator was first, or the catalog never existed
                followForStatement();
                if (!exists) {
                    throw e;
                }
            }
        }
        finally {
            lock.unlock();
        }
    }

    private void followForStatement()
    {
        try {
            follow();
        }
        catch (SharedCatalogsException e) {
            log.error(e, "The shared catalogs cannot be read, so a statement that changes them fails");
            throw new TrinoException(CATALOG_STORE_ERROR, "The shared catalogs cannot be changed now");
        }
    }

    private static TrinoException alreadyExists(CatalogName catalogName)
    {
        return new TrinoException(ALREADY_EXISTS, "Catalog '%s' already exists".formatted(catalogName));
    }

    @Override
    public Optional<Catalog> getCatalog(CatalogName catalogName)
    {
        Optional<Catalog> catalog = engine.getCatalog(catalogName);
        if (catalog.isPresent() || !startupStatus.isStartupComplete()) {
            return catalog;
        }
        look();
        return engine.getCatalog(catalogName)
                .or(() -> Optional.ofNullable(failed.get(catalogName))
                        .map(properties -> failedCatalog(catalogName, properties.catalogHandle(), properties.connectorName())));
    }

    /**
     * Looks for new catalogs, so that a catalog which another coordinator has just created is found by the client's next query on any
     * coordinator.
     */
    public void look()
    {
        if (stores.getUsed().isEmpty() || lock.isHeldByCurrentThread()) {
            return;
        }
        long start = System.nanoTime();
        if (Uninterruptibles.tryLockUninterruptibly(lock, LOOK_WAIT.toMillis(), MILLISECONDS)) {
            try {
                // one look is enough for all queries that wait for the lock
                if (lastLookNanos - start < 0) {
                    refresh();
                }
            }
            finally {
                lock.unlock();
            }
        }
    }

    @Override
    public Set<CatalogName> getCatalogNames()
    {
        return ImmutableSet.<CatalogName>builder()
                .addAll(engine.getCatalogNames())
                .addAll(failed.keySet())
                .build();
    }

    @Override
    public Optional<CatalogProperties> getCatalogProperties(CatalogHandle catalogHandle)
    {
        return engine.getCatalogProperties(catalogHandle);
    }

    /**
     * Returns the catalogs that have a name here, and all shared catalogs, whether or not this coordinator could load them.
     */
    @Override
    public Set<CatalogHandle> getActiveCatalogs()
    {
        return ImmutableSet.<CatalogHandle>builder()
                .addAll(engine.getActiveCatalogs())
                .addAll(snapshot.stream()
                        .flatMap(shared -> shared.catalogs().values().stream())
                        .map(CatalogProperties::catalogHandle)
                        .collect(toImmutableSet()))
                .build();
    }

    /**
     * Returns the definitions of the catalogs that new queries can use.
     */
    public List<CatalogProperties> getLoadedCatalogs()
    {
        return engine.getActiveCatalogs().stream()
                .map(engine::getCatalogProperties)
                .flatMap(Optional::stream)
                .collect(toImmutableList());
    }

    /**
     * Looks for new catalogs if a task from another coordinator needs an unknown one, which may be newer than the last look.
     */
    public void beforeLoading(List<CatalogProperties> catalogs)
    {
        if (catalogs.stream().anyMatch(catalog -> engine.getCatalogProperties(catalog.catalogHandle()).isEmpty())) {
            look();
        }
    }

    /**
     * Returns an id of the store that coordinators share; empty when this coordinator's store is not shared.
     */
    public Optional<String> getStoreId()
    {
        return snapshot.map(CatalogSnapshot::storeId);
    }

    @Managed(description = "Whether the shared catalogs could be read the last time they were looked at")
    public boolean isReadable()
    {
        return readable;
    }

    @Managed(description = "Shared catalogs that this coordinator could not load")
    public int getFailedCatalogs()
    {
        return failed.size();
    }

    @Managed(description = "Catalogs that other coordinators have created or dropped, as seen here since the start")
    public long getFollowedChanges()
    {
        return followedChanges.get();
    }
}
