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
 * An incarnation of a coordinator, and its address.
 *
 * @param cluster its cluster; left out of JSON when it is the default one, and in calls of releases that know only one
 * @param nodeId the coordinator's node id
 * @param uri its internal address
 * @param incarnation the incarnation; after a restart the same node has another one
 */
public record CoordinatorLink(
        @JsonInclude(value = CUSTOM, valueFilter = IsDefault.class) ClusterName cluster,
        String nodeId,
        URI uri,
        String incarnation)
{
    public CoordinatorLink
    {
        cluster = orDefault(cluster);
        requireNonNull(nodeId, "nodeId is null");
        requireNonNull(uri, "uri is null");
        requireNonNull(incarnation, "incarnation is null");
    }

    public QualifiedNodeId id()
    {
        return new QualifiedNodeId(cluster, nodeId);
    }

    public CoordinatorIncarnation coordinator()
    {
        return new CoordinatorIncarnation(cluster, nodeId, incarnation);
    }

    /**
     * Returns only the cluster and node id, as they are used in messages to people: clients must not learn addresses.
     */
    @Override
    public String toString()
    {
        return id().toString();
    }
}
