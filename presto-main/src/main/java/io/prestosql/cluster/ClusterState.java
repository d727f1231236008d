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
package io.prestosql.cluster;

import java.util.Arrays;
import java.util.Optional;

/**
 * Says which queries a cluster takes.
 */
public enum ClusterState
{
    /** It takes queries. */
    ACTIVE,
    /** It takes only statements of transactions that it has, and finishes what it runs. */
    DRAINING,
    /** It takes nothing, and finishes what it runs. */
    INACTIVE;

    /**
     * @param name may be no state's name, or null
     */
    public static Optional<ClusterState> find(String name)
    {
        return Arrays.stream(values())
                .filter(state -> state.name().equals(name))
                .findFirst();
    }
}
