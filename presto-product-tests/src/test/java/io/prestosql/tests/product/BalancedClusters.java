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
 * Clusters of several dispatchers behind a load balancer, coordinators and a worker.
 */
final class BalancedClusters
{
    /** Queries with this source get a resource group that runs two at a time. */
    static final String TWO_AT_A_TIME = "two";
    /** Queries with this source get a resource group that runs six at a time. */
    static final String SIX_AT_A_TIME = "six";
    /** The lease of a coordinator. It is longer than a restart of all dispatchers, so that running queries survive one. */
    static final int LEASE_SECONDS = 30;

    /** Three dispatchers keep the queue on their own disks. */
    static final SharedCluster EMBEDDED = new SharedCluster(() -> start("embedded", 3, 2));
    /** Two dispatchers keep the queue in a database. The short run does not kill its coordinator. */
    static final SharedCluster POSTGRESQL = new SharedCluster(() -> start("postgresql", 2, Tier.number(1, 2)));

    private BalancedClusters() {}

    private static LocalCluster start(String store, int dispatchers, int coordinators)
    {
        return LocalCluster.builder(store)
                .queryLog(store)
                .dispatchers(dispatchers)
                .loadBalancer()
                .coordinators(coordinators)
                .workers(1)
                .property("coordinator", "coordinator.lease-duration", LEASE_SECONDS + "s")
                .property("dispatcher", "query-history.retention", "1d")
                .property("dispatcher", "query-history.sql", "true")
                .jvm("dispatcher", "-Xmx320M")
                .jvm("coordinator", "-Xmx768M")
                .jvm("worker", "-Xmx768M")
                .catalogs("memory", "tpcds")
                .shortLived()
                .resourceGroup(TWO_AT_A_TIME, 2, 1_000_000)
                .resourceGroup(SIX_AT_A_TIME, 6, 1_000_000)
                .start();
    }
}
