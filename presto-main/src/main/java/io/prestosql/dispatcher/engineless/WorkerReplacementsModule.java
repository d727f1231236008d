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
package io.prestosql.dispatcher.engineless;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.prestosql.dispatcher.admission.GatedResourceGroupManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;

/**
 * Binds the classes that replace the engine's own on a worker that is a dispatcher, too. Listed with reasons in {@code developer/engine.md}.
 */
public class WorkerReplacementsModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        binder.bind(ResourceGroupManager.class).to(GatedResourceGroupManager.class);
    }
}
