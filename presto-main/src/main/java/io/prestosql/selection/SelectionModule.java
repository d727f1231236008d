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
package io.prestosql.selection;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.multibindings.Multibinder;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.Multibinder.newSetBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the selection of clusters at a dispatcher.
 */
public class SelectionModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        configBinder(binder).bindConfig(ClusterSelectionConfig.class);
        Multibinder<ClusterSelectionPolicyFactory> factories = newSetBinder(binder, ClusterSelectionPolicyFactory.class);
        factories.addBinding().to(HeaderSelectionPolicyFactory.class).in(SINGLETON);
        binder.bind(SelectionMetrics.class).in(SINGLETON);
        newExporter(binder).export(SelectionMetrics.class).as("io.prestosql.selection:name=SelectionMetrics");
        binder.bind(ClusterSelections.class).in(SINGLETON);
        newExporter(binder).export(ClusterSelections.class).as("io.prestosql.selection:name=ClusterSelections");
    }
}
