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
package io.prestosql.tests.product;

/**
 * Two dispatchers with three clusters behind their queue, each of one process with the roles coordinator and worker.
 */
final class ThreeClusters
{
    /** The cluster that has a limit of its own. */
    static final String LIMITED = "limited";
    /** How many queries that cluster runs at a time. */
    static final int LIMIT = 2;
    /** The user who may take clusters out and in. */
    static final String OPERATOR = "operator";
    /** Queries with this source get a resource group that runs four at a time. */
    static final String FOUR_AT_A_TIME = "four";
    /** The most queries of a cluster that a script for Trino Gateway adds. */
    static final int LIMIT_OF_TEMPLATE = 7;

    private static final String RULES = """
            {
              "rules": [
                {"name": "users", "user": "rules-(?<cluster>second|third)", "cluster": "${cluster}"},
                {"name": "sources", "source": "(rules|%s)-third", "cluster": "third"},
                {"name": "tags", "clientTags": ["rules-tag"], "cluster": "second"},
                {"name": "tables", "table": "tpcds\\\\.(sf1|tiny)\\\\.income_band", "cluster": "third"},
                {"name": "headers", "headers": {"X-Trino-Routing-Group": "group-of-(?<cluster>.*)"}, "cluster": "${cluster}"}
              ]
            }
            """.formatted(BalancedClusters.SIX_AT_A_TIME);

    static final SharedCluster CLUSTER = new SharedCluster(ThreeClusters::start);

    private ThreeClusters() {}

    private static LocalCluster start()
    {
        return LocalCluster.builder("three-clusters")
                .queryLog("postgresql")
                .dispatchers(2)
                .cluster("%s:coordinator-workers=1,max-running-queries=%s".formatted(LIMITED, LIMIT))
                .cluster("second:coordinator-workers=1")
                .cluster("third:coordinator-workers=1")
                // changes of files are seen, and removed clusters forgotten, as soon as a test has made them
                .property("dispatcher", "cluster.refresh-period", "200ms")
                .property("dispatcher", "cluster.forget-after", "0s")
                .property("dispatcher", "gateway-api.enabled", "true")
                .property("dispatcher", "gateway-api.template", "limit")
                .etc("dispatcher", "cluster-templates/limit.properties", "cluster.max-running-queries=%s\n".formatted(LIMIT_OF_TEMPLATE))
                // their lists of queries are read all the time
                .property("coordinator", "query.max-history", "20")
                .property("coordinator", "query.min-expire-age", "5s")
                .property("coordinator", "coordinator.lease-duration", BalancedClusters.LEASE_SECONDS + "s")
                .jvm("dispatcher", "-Xmx320M")
                .jvm("coordinator", "-Xmx768M")
                .catalogs("memory", "tpcds")
                .shortLived()
                .resourceGroup(BalancedClusters.SIX_AT_A_TIME, 6, 1_000_000)
                .resourceGroup(FOUR_AT_A_TIME, 4, 1_000_000)
                .clusterRules(RULES)
                .operator(OPERATOR)
                .start();
    }
}
