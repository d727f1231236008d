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
package io.prestosql.queries;

import io.prestosql.node.ClusterName;

import java.net.URI;

import static java.util.Objects.requireNonNull;

/**
 * A coordinator that is asked for its part of the view.
 *
 * @param address its internal address
 * @param client a client with the secret of its cluster
 */
public record ViewPeer(ClusterName cluster, URI address, ViewClient client)
{
    public ViewPeer
    {
        requireNonNull(cluster, "cluster is null");
        requireNonNull(address, "address is null");
        requireNonNull(client, "client is null");
    }
}
