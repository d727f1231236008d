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

import io.trino.spi.resourcegroups.ResourceGroup;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.spi.resourcegroups.SchedulingPolicy;

import java.time.Duration;

import static java.util.Objects.requireNonNull;

/**
 * A group that may run no queries while its gate is closed, and so starts none.
 */
class GatedResourceGroup
        implements ResourceGroup
{
    private final ResourceGroup group;
    private boolean open;
    private int hardConcurrencyLimit;

    GatedResourceGroup(ResourceGroup group, boolean open)
    {
        this.group = requireNonNull(group, "group is null");
        this.open = open;
        this.hardConcurrencyLimit = group.getHardConcurrencyLimit();
    }

    /**
     * @return whether this has opened the gate
     */
    synchronized boolean setOpen(boolean open)
    {
        if (this.open == open) {
            return false;
        }
        this.open = open;
        limit();
        return open;
    }

    private void limit()
    {
        group.setHardConcurrencyLimit(open ? hardConcurrencyLimit : 0);
    }

    @Override
    public synchronized int getHardConcurrencyLimit()
    {
        return hardConcurrencyLimit;
    }

    @Override
    public synchronized void setHardConcurrencyLimit(int hardConcurrencyLimit)
    {
        this.hardConcurrencyLimit = hardConcurrencyLimit;
        limit();
    }

    @Override
    public ResourceGroupId getId()
    {
        return group.getId();
    }

    @Override
    public long getSoftMemoryLimitBytes()
    {
        return group.getSoftMemoryLimitBytes();
    }

    @Override
    public void setSoftMemoryLimitBytes(long limit)
    {
        group.setSoftMemoryLimitBytes(limit);
    }

    @Override
    public Duration getSoftCpuLimit()
    {
        return group.getSoftCpuLimit();
    }

    @Override
    public void setSoftCpuLimit(Duration limit)
    {
        group.setSoftCpuLimit(limit);
    }

    @Override
    public Duration getHardCpuLimit()
    {
        return group.getHardCpuLimit();
    }

    @Override
    public void setHardCpuLimit(Duration limit)
    {
        group.setHardCpuLimit(limit);
    }

    @Override
    public long getCpuQuotaGenerationMillisPerSecond()
    {
        return group.getCpuQuotaGenerationMillisPerSecond();
    }

    @Override
    public void setCpuQuotaGenerationMillisPerSecond(long rate)
    {
        group.setCpuQuotaGenerationMillisPerSecond(rate);
    }

    @Override
    public int getSoftConcurrencyLimit()
    {
        return group.getSoftConcurrencyLimit();
    }

    @Override
    public void setSoftConcurrencyLimit(int softConcurrencyLimit)
    {
        group.setSoftConcurrencyLimit(softConcurrencyLimit);
    }

    @Override
    public int getMaxQueuedQueries()
    {
        return group.getMaxQueuedQueries();
    }

    @Override
    public void setMaxQueuedQueries(int maxQueuedQueries)
    {
        group.setMaxQueuedQueries(maxQueuedQueries);
    }

    @Override
    public int getSchedulingWeight()
    {
        return group.getSchedulingWeight();
    }

    @Override
    public void setSchedulingWeight(int weight)
    {
        group.setSchedulingWeight(weight);
    }

    @Override
    public SchedulingPolicy getSchedulingPolicy()
    {
        return group.getSchedulingPolicy();
    }

    @Override
    public void setSchedulingPolicy(SchedulingPolicy policy)
    {
        group.setSchedulingPolicy(policy);
    }

    @Override
    public boolean getJmxExport()
    {
        return group.getJmxExport();
    }

    @Override
    public void setJmxExport(boolean export)
    {
        group.setJmxExport(export);
    }

    @Override
    public boolean isDisabled()
    {
        return group.isDisabled();
    }

    @Override
    public void setDisabled(boolean disabled)
    {
        group.setDisabled(disabled);
    }
}
