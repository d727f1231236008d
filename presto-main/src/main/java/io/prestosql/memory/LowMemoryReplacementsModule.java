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
package io.prestosql.memory;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.trino.memory.ClusterMemoryManager;
import io.trino.memory.LowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForQueryLowMemoryKiller;
import io.trino.memory.LowMemoryKiller.ForTaskLowMemoryKiller;
import io.trino.memory.NoneLowMemoryKiller;

/**
 * Replaces parts of the engine on a coordinator that shares memory with other coordinators. {@code developer/engine.md} lists them with
 * reasons.
 */
public class LowMemoryReplacementsModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        binder.bind(ClusterMemoryManager.class).to(SharedClusterMemoryManager.class);
        binder.bind(LowMemoryKiller.class).annotatedWith(ForTaskLowMemoryKiller.class).to(OrderedKiller.class);
        // the killer of tasks is asked first, and has orders of both kinds
        binder.bind(LowMemoryKiller.class).annotatedWith(ForQueryLowMemoryKiller.class).toInstance(new NoneLowMemoryKiller());
    }
}
