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

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.prestosql.node.ClusterName;

import java.net.URI;
import java.util.Map;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * A cluster, as its file defines it.
 *
 * @param connection the properties by which the dispatcher reaches the cluster, as far as they differ from the dispatcher's own; they may be
 * secret
 * @param servers the URIs of {@code discovery.uri}
 * @param source where operators find it: the path of a file, or {@value LoggedDefinitions#SOURCE}
 */
public record ClusterDefinition(ClusterName name, ClusterSettings settings, Map<String, String> connection, Set<URI> servers, String source)
{
    public ClusterDefinition
    {
        requireNonNull(name, "name is null");
        requireNonNull(settings, "settings is null");
        connection = ImmutableMap.copyOf(connection);
        servers = ImmutableSet.copyOf(servers);
        requireNonNull(source, "source is null");
    }

    /**
     * Returns whether the dispatcher reaches both in the same way, so that a change from one to the other needs no new connection.
     */
    public boolean hasConnectionOf(ClusterDefinition other)
    {
        return connection.equals(other.connection);
    }

    /**
     * Returns whether a server of {@code discovery.uri} is one of the other cluster's, too.
     */
    public boolean sharesServersWith(ClusterDefinition other)
    {
        return !Sets.intersection(servers, other.servers).isEmpty();
    }

    @Override
    public String toString()
    {
        // secrets stay out of logs
        return "ClusterDefinition[name=%s, settings=%s, servers=%s]".formatted(name, settings, servers);
    }
}
