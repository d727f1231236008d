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
import io.trino.execution.ManagedQueryExecution;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import io.trino.server.ResourceGroupInfo;
import io.trino.spi.classloader.ThreadContextClassLoader;
import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManager;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManagerContext;
import io.trino.spi.resourcegroups.ResourceGroupConfigurationManagerFactory;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.spi.resourcegroups.SelectionContext;
import io.trino.spi.resourcegroups.SelectionCriteria;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

import static java.util.Objects.requireNonNull;

/**
 * Puts the gate between resource groups and the plugins that configure them.
 */
public class GatedResourceGroupManager<C>
        implements ResourceGroupManager<C>
{
    private final ResourceGroupManager<C> manager;
    private final AdmissionGate gate;

    @SuppressWarnings("unchecked")
    @Inject
    public GatedResourceGroupManager(@SuppressWarnings("rawtypes") @ForDispatcher ResourceGroupManager manager, AdmissionGate gate)
    {
        this.manager = requireNonNull(manager, "manager is null");
        this.gate = requireNonNull(gate, "gate is null");
    }

    @Override
    public void addConfigurationManagerFactory(ResourceGroupConfigurationManagerFactory factory)
    {
        manager.addConfigurationManagerFactory(new GatedFactory(factory));
    }

    @Override
    public void loadConfigurationManager()
            throws Exception
    {
        manager.loadConfigurationManager();
    }

    @Override
    public SelectionContext<C> selectGroup(SelectionCriteria criteria)
    {
        return manager.selectGroup(criteria);
    }

    @Override
    public void submit(ManagedQueryExecution queryExecution, SelectionContext<C> selectionContext, Executor executor)
    {
        manager.submit(queryExecution, selectionContext, executor);
    }

    @Override
    public Optional<ResourceGroupInfo> tryGetResourceGroupInfo(ResourceGroupId id)
    {
        return manager.tryGetResourceGroupInfo(id);
    }

    @Override
    public Optional<List<ResourceGroupInfo>> tryGetPathToRoot(ResourceGroupId id)
    {
        return manager.tryGetPathToRoot(id);
    }

    private class GatedFactory
            implements ResourceGroupConfigurationManagerFactory
    {
        private final ResourceGroupConfigurationManagerFactory factory;

        private GatedFactory(ResourceGroupConfigurationManagerFactory factory)
        {
            this.factory = requireNonNull(factory, "factory is null");
        }

        @Override
        public String getName()
        {
            return factory.getName();
        }

        @Override
        public ResourceGroupConfigurationManager<?> create(Map<String, String> config, ResourceGroupConfigurationManagerContext context)
        {
            // the engine has set the class loader of this class, not the plugin's
            try (ThreadContextClassLoader _ = new ThreadContextClassLoader(factory.getClass().getClassLoader())) {
                return new GatedConfigurationManager<>(factory.create(config, context), gate);
            }
        }
    }

    private record GatedConfigurationManager<S>(ResourceGroupConfigurationManager<S> manager, AdmissionGate gate)
            implements ResourceGroupConfigurationManager<S>
    {
        @Override
        public void configure(ResourceGroup group, SelectionContext<S> criteria)
        {
            manager.configure(gate.gate(group), criteria);
        }

        @Override
        public Optional<SelectionContext<S>> match(SelectionCriteria criteria)
        {
            return manager.match(criteria);
        }

        @Override
        public SelectionContext<S> parentGroupContext(SelectionContext<S> context)
        {
            return manager.parentGroupContext(context);
        }

        @Override
        public void shutdown()
        {
            manager.shutdown();
        }
    }
}
