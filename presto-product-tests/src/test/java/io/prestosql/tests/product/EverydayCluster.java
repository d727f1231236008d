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

import io.airlift.log.Logger;

/**
 * The cluster of a dispatcher with a small heap, two coordinators and two workers that most of the tests share, as starting one takes
 * long. It is started by the first test that needs it, and stops with this process. A test that kills a node starts it again.
 */
final class EverydayCluster
{
    /** Queries with this source get a resource group that runs three at a time. */
    static final String THREE_AT_A_TIME = "three";
    /** Queries with this source get a resource group that runs five at a time. */
    static final String FIVE_AT_A_TIME = "five";
    /** Queries with this source get a resource group that runs forty at a time. */
    static final String FORTY_AT_A_TIME = "forty";
    /** Queries with this source get a resource group that runs twelve at a time. */
    static final String TWELVE_AT_A_TIME = "twelve";
    /** Queries with this source get a resource group that runs one at a time, and queues one. */
    static final String ONE_AND_ONE_QUEUED = "one";

    private static final Logger log = Logger.get(EverydayCluster.class);
    private static LocalCluster cluster;
    private static FakeObjectStore objectStore;

    private EverydayCluster() {}

    /**
     * Where the coordinators and workers of the cluster keep spooled results.
     */
    static synchronized FakeObjectStore objectStore()
    {
        if (objectStore == null) {
            objectStore = new FakeObjectStore();
        }
        return objectStore;
    }

    static synchronized LocalCluster get()
    {
        if (cluster != null && cluster.nodes().stream().anyMatch(node -> !cluster.isRunning(node.name()))) {
            log.warn("The shared cluster lacks a node, so it is started again");
            cluster.close();
            cluster = null;
        }
        if (cluster == null) {
            LocalCluster.Builder builder = LocalCluster.builder("everyday")
                    .coordinators(2)
                    .workers(2)
                    .jvm("dispatcher", "-Xmx256M")
                    .jvm("coordinator", "-Xmx768M")
                    .jvm("worker", "-Xmx768M")
                    .shortLived();
            objectStore().configureSpooling(builder);
            cluster = builder
                    .etc("dispatcher", "resource-groups.properties", """
                            resource-groups.configuration-manager=file
                            resource-groups.config-file=%s
                            """.formatted(builder.writeFile("resource-groups.json", """
                            {
                              "rootGroups": [
                                {"name": "global", "softMemoryLimit": "100%", "hardConcurrencyLimit": 200, "maxQueued": 1000},
                                {"name": "three", "softMemoryLimit": "100%", "hardConcurrencyLimit": 3, "maxQueued": 1000},
                                {"name": "five", "softMemoryLimit": "100%", "hardConcurrencyLimit": 5, "maxQueued": 1000},
                                {"name": "forty", "softMemoryLimit": "100%", "hardConcurrencyLimit": 40, "maxQueued": 1000},
                                {"name": "twelve", "softMemoryLimit": "100%", "hardConcurrencyLimit": 12, "maxQueued": 1000},
                                {"name": "one", "softMemoryLimit": "100%", "hardConcurrencyLimit": 1, "maxQueued": 1}
                              ],
                              "selectors": [
                                {"source": "three", "group": "three"},
                                {"source": "five", "group": "five"},
                                {"source": "forty", "group": "forty"},
                                {"source": "twelve", "group": "twelve"},
                                {"source": "one", "group": "one"},
                                {"group": "global"}
                              ]
                            }
                            """)))
                    .start();
        }
        return cluster;
    }
}
