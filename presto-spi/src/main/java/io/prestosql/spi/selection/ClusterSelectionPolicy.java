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

import java.util.List;
import java.util.Map;

/**
 * Says which clusters a query may go to. Dispatchers choose among those when the query has a slot of its resource group.
 * <p>
 * Calls come on many threads at the same time. A call that throws anything but {@link ClusterSelectionException} fails the query with that,
 * so a policy that asks other systems needs a time limit and an answer of its own for the time in which they are away.
 */
public interface ClusterSelectionPolicy
{
    /** The largest sum of the lengths of all names and values of {@link #inspect}, in characters. */
    int MAX_REQUEST_FACTS_LENGTH = 8 * 1024;

    /**
     * Looks at the client's request, at the dispatcher that has received it. This is the only time at which the request's headers are there.
     *
     * @return what {@link #select} has to know of the request; it is kept with the query, and survives every dispatcher
     * @throws ClusterSelectionException when the request is wrong, and is to be refused with that message
     */
    default Map<String, String> inspect(SelectionRequest request)
    {
        return Map.of();
    }

    /**
     * Says which clusters the query may go to. Dispatchers call this when the query is about to wait in its resource group, and again when the
     * rules have changed or another dispatcher leads.
     *
     * @throws ClusterSelectionException when the query may go nowhere, and is to fail with that message
     */
    ClusterSelection select(SelectionQuery query);

    /**
     * Returns what is wrong with the rules, each with file, line and fix, while the last ones that were right stay in use.
     */
    default List<String> problems()
    {
        return List.of();
    }

    /**
     * Ends what the policy does in the background.
     */
    default void shutdown() {}
}
