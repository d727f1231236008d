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

import java.util.Comparator;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

/**
 * Identifies a node. Nodes of two clusters may have the same node id.
 */
public record QualifiedNodeId(ClusterName cluster, String nodeId)
        implements Comparable<QualifiedNodeId>
{
    /** Neither the name of a cluster nor a node id has this character, and it may stand in the path of a URI. */
    private static final char SEPARATOR = '.';
    private static final Comparator<QualifiedNodeId> ORDER = comparing(QualifiedNodeId::cluster).thenComparing(QualifiedNodeId::nodeId);

    public QualifiedNodeId
    {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(nodeId, "nodeId is null");
    }

    /**
     * Reads what {@link #toString} writes.
     *
     * @throws IllegalArgumentException when what stands before the separator is no name of a cluster
     */
    public static QualifiedNodeId parse(String text)
    {
        int end = text.indexOf(SEPARATOR);
        return end < 0 ? new QualifiedNodeId(ClusterName.DEFAULT, text) : new QualifiedNodeId(new ClusterName(text.substring(0, end)), text.substring(end + 1));
    }

    @Override
    public int compareTo(QualifiedNodeId other)
    {
        return ORDER.compare(this, other);
    }

    /**
     * Returns the node id, with the cluster before it unless that is the default one.
     */
    @Override
    public String toString()
    {
        return cluster.isDefault() ? nodeId : cluster.value() + SEPARATOR + nodeId;
    }
}
