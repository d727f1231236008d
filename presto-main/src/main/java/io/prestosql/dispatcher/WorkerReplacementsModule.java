package io.prestosql.dispatcher;

import com.google.inject.Binder;
import com.google.inject.Module;
import io.trino.execution.resourcegroups.InternalResourceGroupManager;
import io.trino.execution.resourcegroups.ResourceGroupManager;

/**
 * What a worker has instead of the engine's own when it is a dispatcher, too. Listed with reasons in {@code EngineSeams}.
 */
public class WorkerReplacementsModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        binder.bind(ResourceGroupManager.class).to(InternalResourceGroupManager.class);
    }
}
