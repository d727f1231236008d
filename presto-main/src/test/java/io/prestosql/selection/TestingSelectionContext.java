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

import com.google.common.collect.ImmutableSet;
import io.prestosql.spi.selection.ClusterSelectionContext;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Has the clusters and groups that a test says, and counts changes of rules.
 */
public class TestingSelectionContext
        implements ClusterSelectionContext
{
    private final AtomicInteger changes = new AtomicInteger();
    private volatile Set<String> clusters = ImmutableSet.of();
    private volatile Set<String> routingGroups = ImmutableSet.of();

    public TestingSelectionContext withClusters(String... clusters)
    {
        this.clusters = ImmutableSet.copyOf(clusters);
        return this;
    }

    public TestingSelectionContext withRoutingGroups(String... routingGroups)
    {
        this.routingGroups = ImmutableSet.copyOf(routingGroups);
        return this;
    }

    @Override
    public Set<String> clusters()
    {
        return clusters;
    }

    @Override
    public Set<String> routingGroups()
    {
        return routingGroups;
    }

    @Override
    public void rulesChanged()
    {
        changes.incrementAndGet();
    }

    public int changes()
    {
        return changes.get();
    }
}
