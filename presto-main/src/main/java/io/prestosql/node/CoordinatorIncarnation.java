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

import com.fasterxml.jackson.annotation.JsonInclude;
import io.prestosql.node.ClusterName.IsDefault;

import java.net.URI;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.CUSTOM;
import static io.prestosql.node.ClusterName.orDefault;
import static java.util.Objects.requireNonNull;

/**
 * One incarnation of a coordinator: from its start, or the end of its last lease, to its death, or the end of its lease.
 *
 * @param cluster its cluster; left out of JSON when it is the default one, and in calls of releases that know only one
 * @param incarnation a name that differs from that of every other process, and of every other lease of the same process
 */
public record CoordinatorIncarnation(
        @JsonInclude(value = CUSTOM, valueFilter = IsDefault.class) ClusterName cluster,
        String nodeId,
        String incarnation)
{
    public CoordinatorIncarnation
    {
        cluster = orDefault(cluster);
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(incarnation, "incarnation is null");
    }

    public QualifiedNodeId id()
    {
        return new QualifiedNodeId(cluster, nodeId);
    }

    /**
     * Returns the incarnation with the address at which it is.
     */
    public CoordinatorLink at(URI address)
    {
        return new CoordinatorLink(cluster, nodeId, address, incarnation);
    }

    @Override
    public String toString()
    {
        return id().toString();
    }
}
