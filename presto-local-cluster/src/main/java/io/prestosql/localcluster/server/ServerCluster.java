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
package io.prestosql.localcluster.server;

import com.google.common.collect.ImmutableMap;

import java.util.Map;
import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * What the servers of a cluster have in common.
 *
 * @param environment the value of {@code node.environment}
 * @param discovery the addresses of the coordinators, as {@code discovery.uri} has them; empty for dispatchers whose clusters are all in
 * {@code etc/clusters}
 * @param secret the secret that the servers share
 */
public record ServerCluster(String environment, Optional<String> discovery, String secret)
{
    public ServerCluster
    {
        requireNonNull(environment, "environment is null");
        requireNonNull(discovery, "discovery is null");
        requireNonNull(secret, "secret is null");
    }

    /**
     * Returns the properties with which a dispatcher reaches the cluster.
     */
    public Map<String, String> properties()
    {
        ImmutableMap.Builder<String, String> properties = ImmutableMap.builder();
        discovery.ifPresent(uris -> properties.put("discovery.uri", uris));
        return properties
                .put("node.environment", environment)
                .put("internal-communication.shared-secret", secret)
                .buildOrThrow();
    }
}
