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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.trino.server.InternalCommunicationConfig;
import io.trino.spi.catalog.CatalogProperties;
import io.trino.spi.connector.CatalogHandle;
import io.trino.transaction.TransactionManager;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

/**
 * Reports which catalogs this coordinator has and uses.
 */
public class CatalogReporter
{
    private final String nodeId;
    private final KnownCatalogs knownCatalogs;
    private final Optional<ClusterCatalogs> clusterCatalogs;
    private final TransactionManager transactionManager;
    private final SecretKeySpec key;
    private final RecentCatalogs recentCatalogs;

    /**
     * @param clusterCatalogs the dynamic catalogs; empty when catalogs are static
     */
    @Inject
    public CatalogReporter(
            NodeInfo nodeInfo,
            KnownCatalogs knownCatalogs,
            Optional<ClusterCatalogs> clusterCatalogs,
            TransactionManager transactionManager,
            InternalCommunicationConfig internalCommunicationConfig,
            RecentCatalogs recentCatalogs)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.knownCatalogs = requireNonNull(knownCatalogs, "knownCatalogs is null");
        this.clusterCatalogs = requireNonNull(clusterCatalogs, "clusterCatalogs is null");
        this.transactionManager = requireNonNull(transactionManager, "transactionManager is null");
        // a single node without a shared secret sends its report to no other node
        String secret = internalCommunicationConfig.getSharedSecret().orElse(nodeInfo.getEnvironment());
        this.key = new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256");
        this.recentCatalogs = requireNonNull(recentCatalogs, "recentCatalogs is null");
    }

    public CatalogReport report()
    {
        return new CatalogReport(
                nodeId,
                clusterCatalogs.flatMap(ClusterCatalogs::getStoreId),
                clusterCatalogs.map(this::inUse).orElse(ImmutableSet.of()),
                catalogs().stream()
                        .map(catalog -> fingerprint(key, catalog))
                        .collect(toImmutableList()));
    }

    private synchronized Set<CatalogHandle> inUse(ClusterCatalogs catalogs)
    {
        ImmutableSet.Builder<CatalogHandle> inUse = ImmutableSet.builder();
        // names first: a catalog that loses its name afterwards is still seen in the transactions
        inUse.addAll(catalogs.getActiveCatalogs());
        transactionManager.getAllTransactionInfos().forEach(transaction -> inUse.addAll(transaction.getActiveCatalogs()));
        return recentCatalogs.see(inUse.build(), System.nanoTime());
    }

    private List<CatalogProperties> catalogs()
    {
        if (clusterCatalogs.isEmpty()) {
            return knownCatalogs.getCatalogs();
        }
        return clusterCatalogs.get().getLoadedCatalogs();
    }

    static CatalogFingerprint fingerprint(SecretKeySpec key, CatalogProperties catalog)
    {
        String name = catalog.catalogHandle().getCatalogName().toString();
        ImmutableMap.Builder<String, String> properties = ImmutableMap.builder();
        for (Map.Entry<String, String> property : catalog.properties().entrySet()) {
            properties.put(property.getKey(), hash(key, name, property.getKey(), property.getValue()));
        }
        return new CatalogFingerprint(name, catalog.connectorName().toString(), properties.buildOrThrow());
    }

    private static String hash(SecretKeySpec key, String... parts)
    {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            for (String part : parts) {
                byte[] bytes = part.getBytes(UTF_8);
                mac.update((bytes.length + ":").getBytes(UTF_8));
                mac.update(bytes);
            }
            return HexFormat.of().formatHex(mac.doFinal());
        }
        catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256, which every JDK has, is missing", e);
        }
    }
}
