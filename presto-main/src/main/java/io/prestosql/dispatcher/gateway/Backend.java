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
package io.prestosql.dispatcher.gateway;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import io.airlift.json.JsonCodec;
import io.prestosql.cluster.ClusterState;
import io.prestosql.dispatcher.clusters.ClusterReport;
import io.prestosql.dispatcher.clusters.ClustersReport;
import jakarta.annotation.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;

import static com.google.common.base.CharMatcher.is;
import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.airlift.json.JsonCodec.jsonCodec;
import static io.prestosql.cluster.ClusterState.ACTIVE;
import static io.prestosql.cluster.ClusterState.DRAINING;
import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;
import static java.util.stream.Collectors.joining;

/**
 * A cluster, in the words of Trino Gateway. Its JSON is that of Trino Gateway.
 *
 * @param proxyTo {@code discovery.uri}: the address of its coordinator, or a comma list with those of all coordinators
 * @param active whether it takes queries
 * @param routingGroup its routing group, a comma list if it is in several, empty if it is in none
 * @param externalUrl where people find its own pages
 */
public record Backend(String name, String proxyTo, boolean active, String routingGroup, String externalUrl)
{
    /** Those of a definition that a backend decides on. */
    static final Set<String> PROPERTIES = new Backend("name", "http://host", true, "group", "http://host").properties().keySet();

    private static final JsonCodec<Backend> CODEC = jsonCodec(Backend.class);
    private static final String DEFAULT_ROUTING_GROUP = "adhoc";

    public Backend
    {
        requireNonNull(name, "name is null");
        requireNonNull(proxyTo, "proxyTo is null");
        requireNonNull(routingGroup, "routingGroup is null");
        requireNonNull(externalUrl, "externalUrl is null");
    }

    /**
     * Creates the backend of a request, in which all but the name and the address may be missing.
     *
     * @throws IllegalArgumentException when the name or the address is missing
     */
    @JsonCreator
    public static Backend of(
            @JsonProperty("name") @Nullable String name,
            @JsonProperty("proxyTo") @Nullable String proxyTo,
            @JsonProperty("active") @Nullable Boolean active,
            @JsonProperty("routingGroup") @Nullable String routingGroup,
            @JsonProperty("externalUrl") @Nullable String externalUrl)
    {
        checkArgument(name != null, "name is missing");
        checkArgument(proxyTo != null, "proxyTo is missing");
        String address = Splitter.on(',').trimResults().splitToStream(proxyTo)
                .map(Backend::withoutTrailingSlash)
                .collect(joining(","));
        return new Backend(
                name,
                address,
                requireNonNullElse(active, true),
                requireNonNullElse(routingGroup, DEFAULT_ROUTING_GROUP),
                externalUrl == null ? address : withoutTrailingSlash(externalUrl));
    }

    /**
     * @throws IllegalArgumentException when the body of a request is none
     */
    static Backend parse(byte[] body)
    {
        try {
            Backend backend = CODEC.fromJson(body);
            checkArgument(backend != null, "The body is null");
            return backend;
        }
        catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The body has to be a JSON object with the strings name and proxyTo, and perhaps the boolean active and the strings routingGroup and externalUrl: " +
                            "{\"name\": \"trino-1\", \"proxyTo\": \"http://host:8080\", \"active\": true, \"routingGroup\": \"adhoc\"}",
                    e);
        }
    }

    /**
     * Returns the clusters that are defined, without those that only finish what they run.
     */
    static List<Backend> allOf(ClustersReport report)
    {
        return report.clusters().stream()
                .filter(cluster -> !cluster.removed())
                .map(Backend::of)
                .collect(toImmutableList());
    }

    static Backend of(ClusterReport cluster)
    {
        String proxyTo = cluster.servers().stream().map(Object::toString).collect(joining(","));
        return new Backend(
                cluster.name().value(),
                proxyTo,
                cluster.state() == ACTIVE,
                String.join(",", cluster.routingGroups()),
                cluster.externalUrl().orElse(proxyTo));
    }

    /**
     * Returns its part of the definition of its cluster.
     */
    private Map<String, String> properties()
    {
        return ImmutableMap.of(
                "discovery.uri", proxyTo,
                "cluster.state", stateOf(active).name(),
                "cluster.routing-groups", routingGroup,
                "cluster.external-url", externalUrl);
    }

    /**
     * Returns the definition of its cluster.
     *
     * @param rest the properties on which a backend does not decide
     */
    Map<String, String> define(Map<String, String> rest)
    {
        return ImmutableMap.<String, String>builder()
                .putAll(rest)
                .putAll(properties())
                .buildKeepingLast();
    }

    /**
     * Returns the state of a cluster that Trino Gateway would call active, or not. Such a gateway sends no new queries to one that is not
     * active, and that is what operators rely on before they stop it; the statements of open transactions are part of what it has to finish.
     */
    static ClusterState stateOf(boolean active)
    {
        return active ? ACTIVE : DRAINING;
    }

    private static String withoutTrailingSlash(String url)
    {
        return is('/').trimTrailingFrom(url);
    }
}
