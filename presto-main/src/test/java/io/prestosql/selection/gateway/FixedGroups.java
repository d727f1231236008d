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
package io.prestosql.selection.gateway;

import com.google.common.collect.ImmutableSet;
import io.prestosql.spi.selection.ClusterSelectionContext;

import java.util.Set;

/**
 * A dispatcher whose clusters have these routing groups.
 */
record FixedGroups(Set<String> routingGroups)
        implements ClusterSelectionContext
{
    FixedGroups
    {
        routingGroups = ImmutableSet.copyOf(routingGroups);
    }

    static FixedGroups of(String... routingGroups)
    {
        return new FixedGroups(ImmutableSet.copyOf(routingGroups));
    }

    @Override
    public Set<String> clusters()
    {
        return ImmutableSet.of();
    }

    @Override
    public void rulesChanged() {}
}
