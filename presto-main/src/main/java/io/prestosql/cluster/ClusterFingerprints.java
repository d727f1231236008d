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

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.prestosql.node.ClusterName;
import io.trino.server.InternalCommunicationConfig;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static io.airlift.configuration.ConfigurationUtils.replaceEnvironmentVariables;
import static io.prestosql.cluster.ClusterServicesFactory.DISCOVERY_URI;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Fingerprints of the definitions that this dispatcher has from its files, by which dispatchers find out that their files differ. They are
 * keyed with the dispatchers' secret, so that the secrets of clusters cannot be guessed from them.
 */
public class ClusterFingerprints
{
    private static final Joiner LIST = Joiner.on(',');

    private final Clusters clusters;
    private final SecretKeySpec key;
    /** Guarded by this. */
    private final Map<ClusterName, KnownFingerprint> known = new HashMap<>();

    private record KnownFingerprint(ClusterDefinition definition, String fingerprint) {}

    @Inject
    public ClusterFingerprints(Clusters clusters, NodeInfo nodeInfo, InternalCommunicationConfig config)
    {
        // a single dispatcher without a shared secret sends them to no other node
        this(clusters, config.getSharedSecret().orElse(nodeInfo.getEnvironment()));
    }

    ClusterFingerprints(Clusters clusters, String secret)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.key = new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256");
    }

    /**
     * Returns the fingerprint of each definition in use that stands in a file. Definitions of the query log are the same everywhere.
     */
    public synchronized Map<ClusterName, String> ofFiles()
    {
        Map<ClusterName, String> fingerprints = new TreeMap<>();
        clusters.all().stream()
                .filter(cluster -> !cluster.isRemoved() && !cluster.isDefinedInLog())
                .map(KnownCluster::definition)
                .forEach(definition -> fingerprints.put(definition.name(), fingerprint(definition)));
        known.keySet().retainAll(fingerprints.keySet());
        return ImmutableSortedMap.copyOf(fingerprints);
    }

    private String fingerprint(ClusterDefinition definition)
    {
        KnownFingerprint last = known.get(definition.name());
        if (last == null || last.definition() != definition) {
            last = new KnownFingerprint(definition, hash(definition.name(), properties(definition)));
            known.put(definition.name(), last);
        }
        return last.fingerprint();
    }

    /**
     * Returns what the definition says. The order in lists makes no difference. A default counts like its absence: a later release, which has more
     * properties, calculates the same of a file without them.
     */
    private static Map<String, String> properties(ClusterDefinition definition)
    {
        Map<String, String> properties = new TreeMap<>(replaceEnvironmentVariables(definition.connection()));
        properties.put(DISCOVERY_URI, sorted(definition.servers().stream().map(URI::toString).collect(toImmutableSet())));
        ClusterSettings settings = definition.settings();
        putUnlessDefault(properties, "cluster.state", settings.state(), ClusterSettings.DEFAULT.state());
        putUnlessDefault(properties, "cluster.max-running-queries", settings.maxRunningQueries(), ClusterSettings.DEFAULT.maxRunningQueries());
        putUnlessDefault(properties, "cluster.required-workers", settings.requiredWorkers(), ClusterSettings.DEFAULT.requiredWorkers());
        putUnlessDefault(properties, "cluster.routing-groups", sorted(settings.labels().routingGroups()), "");
        putUnlessDefault(properties, "cluster.tags", sorted(settings.labels().tags()), "");
        putUnlessDefault(properties, "cluster.weight", settings.labels().weight(), ClusterSettings.DEFAULT.labels().weight());
        putUnlessDefault(properties, "cluster.external-url", settings.externalUrl(), ClusterSettings.DEFAULT.externalUrl());
        return properties;
    }

    private static void putUnlessDefault(Map<String, String> properties, String name, Object value, Object defaultValue)
    {
        if (!value.equals(defaultValue)) {
            properties.put(name, value.toString());
        }
    }

    private static String sorted(Set<String> values)
    {
        return LIST.join(ImmutableSortedSet.copyOf(values));
    }

    private String hash(ClusterName name, Map<String, String> properties)
    {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            update(mac, "cluster definition");
            update(mac, name.value());
            properties.forEach((property, value) -> {
                update(mac, property);
                update(mac, value);
            });
            return HexFormat.of().formatHex(mac.doFinal());
        }
        catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256, which every JDK has, is missing", e);
        }
    }

    private static void update(Mac mac, String part)
    {
        byte[] bytes = part.getBytes(UTF_8);
        mac.update((bytes.length + ":").getBytes(UTF_8));
        mac.update(bytes);
    }
}
