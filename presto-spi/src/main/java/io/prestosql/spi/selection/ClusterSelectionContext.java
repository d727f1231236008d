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
package io.prestosql.spi.selection;

import java.util.Set;

/**
 * What a policy may know of its dispatcher, at the moment of each call.
 */
public interface ClusterSelectionContext
{
    /**
     * Returns the names of the clusters.
     */
    Set<String> clusters();

    /**
     * Returns the routing groups that clusters are in.
     */
    Set<String> routingGroups();

    /**
     * Tells the dispatcher that the rules have changed, so that queries in the queue follow the new ones.
     */
    void rulesChanged();
}
