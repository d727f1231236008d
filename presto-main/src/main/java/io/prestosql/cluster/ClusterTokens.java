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

import com.google.common.hash.Hashing;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.security.Keys;
import io.prestosql.node.ClusterName;
import io.trino.server.InternalCommunicationConfig;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import static io.trino.server.security.jwt.JwtUtil.newJwtParserBuilder;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Tells whose secret signs the token of an internal call. The format of the token is the engine's.
 */
public class ClusterTokens
{
    private final Clusters clusters;
    private final JwtParser own;
    /** By secret. There are as many as clusters have had secrets since the start. */
    private final Map<String, JwtParser> parsers = new ConcurrentHashMap<>();

    @Inject
    public ClusterTokens(Clusters clusters, InternalCommunicationConfig communicationConfig, NodeInfo nodeInfo)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.own = createParser(secret(communicationConfig, nodeInfo));
    }

    /**
     * Returns the cluster; empty when the token is signed with the secret of the dispatchers, or with no known one.
     */
    Optional<ClusterName> clusterOf(String token)
    {
        for (KnownCluster cluster : clusters.all()) {
            if (!cluster.hasSecretOfProcess()) {
                // the usual case comes first
                return isSignedFor(own, token) ? Optional.empty() : find(token);
            }
        }
        return Optional.empty();
    }

    private Optional<ClusterName> find(String token)
    {
        return clusters.all().stream()
                .filter(cluster -> !cluster.hasSecretOfProcess())
                .filter(cluster -> isSignedFor(parserOf(cluster), token))
                .map(KnownCluster::name)
                .findFirst();
    }

    private JwtParser parserOf(KnownCluster cluster)
    {
        ClusterServices services = cluster.services();
        return parsers.computeIfAbsent(secret(services.get(InternalCommunicationConfig.class), services.get(NodeInfo.class)), ClusterTokens::createParser);
    }

    /**
     * Returns the secret as the engine chooses it.
     */
    private static String secret(InternalCommunicationConfig config, NodeInfo nodeInfo)
    {
        return config.getSharedSecret().orElseGet(nodeInfo::getEnvironment);
    }

    private static JwtParser createParser(String secret)
    {
        return newJwtParserBuilder()
                .verifyWith(Keys.hmacShaKeyFor(Hashing.sha256().hashString(secret, UTF_8).asBytes()))
                .build();
    }

    private static boolean isSignedFor(JwtParser parser, String token)
    {
        try {
            parser.parseSignedClaims(token);
            return true;
        }
        catch (JwtException | IllegalArgumentException e) {
            return false;
        }
    }
}
