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
package io.prestosql.localcluster.cluster;

import io.prestosql.localcluster.node.ClusterNode;

import java.util.OptionalLong;

import static java.util.Objects.requireNonNull;

/**
 * A node with its process.
 *
 * @param pid its process, if it runs
 * @param address what others call it by
 */
public record NodeProcess(ClusterNode node, OptionalLong pid, String address)
{
    public NodeProcess
    {
        requireNonNull(node, "node is null");
        requireNonNull(pid, "pid is null");
        requireNonNull(address, "address is null");
    }
}
