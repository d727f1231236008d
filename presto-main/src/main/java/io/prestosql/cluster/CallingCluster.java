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

import io.prestosql.node.ClusterName;
import jakarta.ws.rs.container.ContainerRequestContext;

import java.util.Optional;

/**
 * The cluster whose node calls a dispatcher.
 */
public final class CallingCluster
{
    private static final String PROPERTY = CallingCluster.class.getName();

    private CallingCluster() {}

    static void set(ContainerRequestContext request, ClusterName cluster)
    {
        request.setProperty(PROPERTY, cluster);
    }

    /**
     * Returns the cluster; empty when the caller has the secret of the dispatchers, and so may see everything.
     */
    public static Optional<ClusterName> of(ContainerRequestContext request)
    {
        return Optional.ofNullable((ClusterName) request.getProperty(PROPERTY));
    }
}
