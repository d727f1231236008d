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
package io.prestosql.node;

import static java.util.Objects.requireNonNull;

/**
 * One incarnation of a coordinator: from its start, or the end of its last lease, to its death, or the end of its lease.
 *
 * @param incarnation a name that differs from that of every other process, and of every other lease of the same process
 */
public record CoordinatorIncarnation(String nodeId, String incarnation)
{
    public CoordinatorIncarnation
    {
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(incarnation, "incarnation is null");
    }

    @Override
    public String toString()
    {
        return nodeId;
    }
}
