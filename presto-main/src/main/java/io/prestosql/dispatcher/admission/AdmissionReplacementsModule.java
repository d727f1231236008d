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

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.node.NodeInfo;
import io.prestosql.fleet.Coordinators;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.LegacyResourceGroupConfigurationManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;
import org.weakref.jmx.MBeanExporter;

import static com.google.inject.Scopes.SINGLETON;
import static javax.management.MBeanServerFactory.newMBeanServer;

/**
 * Replaces the engine's resource groups by the dispatcher's, behind its gate, on a coordinator that is a dispatcher, too.
 */
public class AdmissionReplacementsModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        binder.bind(ResourceGroupManager.class).to(GatedResourceGroupManager.class);
        binder.bind(LegacyResourceGroupConfigurationManager.class).to(GatedDefaultGroup.class).in(SINGLETON);
    }

    /**
     * Creates resource groups whose shares of memory are shares of all clusters' memory, not only of that of the coordinator's own one.
     */
    @SuppressWarnings("rawtypes")
    @Provides
    @Singleton
    public static InternalResourceGroupManager createResourceGroupManager(
            LegacyResourceGroupConfigurationManager legacyManager,
            Coordinators coordinators,
            NodeInfo nodeInfo,
            MBeanExporter exporter,
            SecretsResolver secretsResolver)
    {
        // the bean of the memory pool is that of the coordinator's memory manager
        ReportedClusterMemory memory = new ReportedClusterMemory(coordinators, new MBeanExporter(newMBeanServer()));
        return new InternalResourceGroupManager<>(legacyManager, memory, nodeInfo, exporter, secretsResolver);
    }
}
