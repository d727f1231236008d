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
package io.prestosql.dispatcher.admission;

import com.google.inject.Inject;
import io.opentelemetry.api.trace.Tracer;
import io.prestosql.node.LocalCoordinator;
import io.trino.dispatcher.DispatchExecutor;
import io.trino.dispatcher.DispatchManager;
import io.trino.execution.QueryIdGenerator;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.QueryPreparer;
import io.trino.metadata.SessionPropertyManager;
import io.trino.security.AccessControl;
import io.trino.server.SessionPropertyDefaults;
import io.trino.server.SessionSupplier;
import org.weakref.jmx.MBeanExporter;

import java.util.function.Supplier;

import static java.util.Objects.requireNonNull;

/**
 * Makes the engine's own dispatch manager, with the dispatcher's resource groups behind it, and coordinators behind those. Each term of this
 * dispatcher gets a new one, because the engine's dispatch manager never forgets a query at once.
 */
public class DispatchManagerFactory
{
    private final Supplier<DispatchManager> creator;
    private final MBeanExporter exporter;
    private final Class<?> exportedName;
    private DispatchManager exported;

    @Inject
    public DispatchManagerFactory(
            QueryIdGenerator queryIdGenerator,
            QueryPreparer queryPreparer,
            @SuppressWarnings("rawtypes") GroupTurns resourceGroupManager,
            RemoteDispatchQueryFactory dispatchQueryFactory,
            ShortFailedQueryFactory failedDispatchQueryFactory,
            AccessControl accessControl,
            @ForDispatcher SessionSupplier sessionSupplier,
            SessionPropertyDefaults sessionPropertyDefaults,
            SessionPropertyManager sessionPropertyManager,
            Tracer tracer,
            QueryManagerConfig queryManagerConfig,
            DispatchExecutor dispatchExecutor,
            QueuedQueryMonitor queryMonitor,
            LocalCoordinator localCoordinator,
            MBeanExporter exporter)
    {
        this.exporter = requireNonNull(exporter, "exporter is null");
        // monitoring looks for the statistics under the engine's own name; beside a coordinator's own they need another
        this.exportedName = localCoordinator.nodeId().isPresent() ? DispatchManager.class : io.trino.execution.QueryManager.class;
        this.creator = () -> new DispatchManager(
                queryIdGenerator,
                queryPreparer,
                resourceGroupManager,
                dispatchQueryFactory,
                failedDispatchQueryFactory,
                accessControl,
                sessionSupplier,
                sessionPropertyDefaults,
                sessionPropertyManager,
                tracer,
                queryManagerConfig,
                dispatchExecutor,
                queryMonitor);
    }

    synchronized DispatchManager create()
    {
        if (exported != null) {
            exporter.unexportWithGeneratedName(exportedName);
        }
        DispatchManager dispatchManager = creator.get();
        exporter.exportWithGeneratedName(dispatchManager, exportedName);
        exported = dispatchManager;
        dispatchManager.start();
        return dispatchManager;
    }

    /**
     * Makes a dispatch manager that is not used, so that the next one is made faster.
     */
    synchronized void rehearse()
    {
        DispatchManager dispatchManager = creator.get();
        exporter.exportWithGeneratedName(dispatchManager, DispatchManagerFactory.class);
        exporter.unexportWithGeneratedName(DispatchManagerFactory.class);
        dispatchManager.start();
        dispatchManager.stop();
    }
}
