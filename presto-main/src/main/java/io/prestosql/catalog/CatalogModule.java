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

import com.google.common.collect.ImmutableList;
import com.google.inject.Binder;
import com.google.inject.Inject;
import com.google.inject.Module;
import com.google.inject.Provider;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.discovery.CoordinatorDirectory;
import io.prestosql.node.NodeRoles;
import io.trino.connector.CatalogManagerConfig;
import io.trino.connector.CatalogManagerConfig.CatalogMangerKind;
import io.trino.connector.CatalogPruneTaskConfig;
import io.trino.connector.CatalogStoreManager;
import io.trino.connector.CoordinatorDynamicCatalogManager;
import io.trino.connector.WorkerDynamicCatalogManager;
import io.trino.server.StartupStatus;

import java.util.List;
import java.util.Optional;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.MapBinder.newMapBinder;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.airlift.jaxrs.JaxrsBinder.jaxrsBinder;
import static io.airlift.json.JsonCodecBinder.jsonCodecBinder;
import static io.airlift.units.Duration.succinctDuration;
import static io.prestosql.catalog.CatalogFolderFactory.SHARED_FOLDER;
import static io.trino.server.InternalCommunicationHttpClientModule.internalHttpClientModule;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the additions to the engine's catalogs on coordinators and workers that give several coordinators the same catalogs.
 */
public class CatalogModule
        extends AbstractConfigurationAwareModule
{
    private static final Duration STATIC_INTERVAL = new Duration(30, SECONDS);
    private static final int STATIC_DIFFERENCE_ROUNDS = 1;
    /** A change of dynamic catalogs does not reach all coordinators at once. */
    private static final int DYNAMIC_DIFFERENCE_ROUNDS = 3;
    /** A transaction begins milliseconds after the look-up of its catalog; the rest allows for pauses. */
    private static final Duration RECENT = new Duration(10, SECONDS);

    private final NodeRoles roles;
    private final List<Module> sharedStores;

    /**
     * @param sharedStores modules that add a {@link SharedCatalogsFactory} besides the one for a shared folder
     */
    public CatalogModule(NodeRoles roles, List<Module> sharedStores)
    {
        this.roles = requireNonNull(roles, "roles is null");
        this.sharedStores = ImmutableList.copyOf(sharedStores);
    }

    @Override
    protected void setup(Binder binder)
    {
        boolean dynamic = buildConfigObject(CatalogManagerConfig.class).getCatalogMangerKind() == CatalogMangerKind.DYNAMIC;
        if (roles.isCoordinator()) {
            setupCoordinator(binder, dynamic);
        }
        else if (dynamic) {
            binder.bind(PrunableCatalogs.class).toProvider(WorkerCatalogsProvider.class).in(SINGLETON);
            jaxrsBinder(binder).bind(CatalogPruneResource.class);
        }
    }

    private void setupCoordinator(Binder binder, boolean dynamic)
    {
        newOptionalBinder(binder, ClusterCatalogs.class);
        binder.bind(KnownCatalogs.class).in(SINGLETON);
        binder.bind(RecentCatalogs.class).toInstance(new RecentCatalogs(RECENT));
        binder.bind(CatalogReporter.class).in(SINGLETON);
        jaxrsBinder(binder).bind(CatalogReportResource.class);
        jsonCodecBinder(binder).bindJsonCodec(CatalogReport.class);
        install(internalHttpClientModule("catalogs", ForCatalogs.class)
                .withConfigDefaults(config -> {
                    config.setIdleTimeout(succinctDuration(30, SECONDS));
                    config.setRequestTimeout(succinctDuration(5, SECONDS));
                })
                .build());
        newExporter(binder).export(CoordinatorCatalogs.class).as("io.prestosql.catalog:name=CoordinatorCatalogs");

        newOptionalBinder(binder, NodeCatalogPruner.class);
        newOptionalBinder(binder, CatalogPruneTaskConfig.class);
        binder.bind(CoordinatorCatalogs.class).toProvider(CoordinatorsProvider.class).in(SINGLETON);

        if (!dynamic) {
            return;
        }
        configBinder(binder).bindConfig(CatalogConfig.class);
        newMapBinder(binder, String.class, SharedCatalogsFactory.class).addBinding(SHARED_FOLDER).to(CatalogFolderFactory.class).in(SINGLETON);
        sharedStores.forEach(this::install);
        binder.bind(SharedCatalogStores.class).in(SINGLETON);
        binder.bind(StoreRegistration.class).asEagerSingleton();
        binder.bind(ClusterCatalogs.class).in(SINGLETON);
        newExporter(binder).export(ClusterCatalogs.class).as("io.prestosql.catalog:name=ClusterCatalogs");
        binder.bind(PrunableCatalogs.class).toProvider(CoordinatorCatalogsProvider.class).in(SINGLETON);
        binder.bind(NodeCatalogPruner.class).in(SINGLETON);
        jsonCodecBinder(binder).bindJsonCodec(PruneMark.class);
        jsonCodecBinder(binder).bindJsonCodec(PruneRequest.class);
    }

    /**
     * Registers the stores before the engine looks for the configured one.
     */
    private static class StoreRegistration
    {
        @Inject
        private StoreRegistration(SharedCatalogStores stores, CatalogStoreManager catalogStores)
        {
            stores.register(catalogStores);
        }
    }

    private static class WorkerCatalogsProvider
            implements Provider<PrunableCatalogs>
    {
        private final WorkerDynamicCatalogManager engine;

        @Inject
        private WorkerCatalogsProvider(WorkerDynamicCatalogManager engine)
        {
            this.engine = requireNonNull(engine, "engine is null");
        }

        @Override
        public PrunableCatalogs get()
        {
            return new PrunableCatalogs(engine, _ -> {});
        }
    }

    private static class CoordinatorCatalogsProvider
            implements Provider<PrunableCatalogs>
    {
        private final CoordinatorDynamicCatalogManager engine;
        private final ClusterCatalogs clusterCatalogs;

        @Inject
        private CoordinatorCatalogsProvider(CoordinatorDynamicCatalogManager engine, ClusterCatalogs clusterCatalogs)
        {
            this.engine = requireNonNull(engine, "engine is null");
            this.clusterCatalogs = requireNonNull(clusterCatalogs, "clusterCatalogs is null");
        }

        @Override
        public PrunableCatalogs get()
        {
            return new PrunableCatalogs(engine, clusterCatalogs::beforeLoading);
        }
    }

    private static class CoordinatorsProvider
            implements Provider<CoordinatorCatalogs>
    {
        private final CatalogReporter reporter;
        private final Optional<NodeCatalogPruner> pruner;
        private final Optional<CatalogPruneTaskConfig> config;
        private final CoordinatorDirectory directory;
        private final HttpClient httpClient;
        private final JsonCodec<CatalogReport> reportCodec;
        private final StartupStatus startupStatus;

        @Inject
        private CoordinatorsProvider(
                CatalogReporter reporter,
                Optional<NodeCatalogPruner> pruner,
                Optional<CatalogPruneTaskConfig> config,
                CoordinatorDirectory directory,
                @ForCatalogs HttpClient httpClient,
                JsonCodec<CatalogReport> reportCodec,
                StartupStatus startupStatus)
        {
            this.reporter = requireNonNull(reporter, "reporter is null");
            this.pruner = requireNonNull(pruner, "pruner is null");
            this.config = requireNonNull(config, "config is null");
            this.directory = requireNonNull(directory, "directory is null");
            this.httpClient = requireNonNull(httpClient, "httpClient is null");
            this.reportCodec = requireNonNull(reportCodec, "reportCodec is null");
            this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        }

        @Override
        public CoordinatorCatalogs get()
        {
            CatalogPruner enabledPruner = config.isPresent() && config.get().isEnabled() ? pruner.orElseThrow() : CatalogPruner.NONE;
            return new CoordinatorCatalogs(
                    reporter,
                    enabledPruner,
                    directory,
                    httpClient,
                    reportCodec,
                    startupStatus,
                    config.map(CatalogPruneTaskConfig::getUpdateInterval).orElse(STATIC_INTERVAL),
                    config.isPresent() ? DYNAMIC_DIFFERENCE_ROUNDS : STATIC_DIFFERENCE_ROUNDS);
        }
    }
}
