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

import com.google.common.collect.ImmutableList;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The cluster that most of the tests share: a dispatcher with a small heap, two coordinators and two workers, with spooled results, in the
 * long tier an exchange for queries that outlive their workers, and little memory for queries.
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
    /** Queries with this source get a resource group that runs twenty at a time. */
    static final String TWENTY_AT_A_TIME = "twenty";
    /** Queries with this source get a resource group that runs one at a time, and queues one. */
    static final String ONE_AND_ONE_QUEUED = "one";

    private static final SharedCluster CLUSTER = new SharedCluster(EverydayCluster::start);
    private static FakeObjectStore objectStore;

    private EverydayCluster() {}

    /**
     * Returns the store where the coordinators and workers of the cluster keep spooled results.
     */
    static synchronized FakeObjectStore objectStore()
    {
        if (objectStore == null) {
            objectStore = new FakeObjectStore();
        }
        return objectStore;
    }

    static LocalCluster get()
    {
        return CLUSTER.get();
    }

    private static LocalCluster start()
    {
        LocalCluster.Builder builder = LocalCluster.builder("everyday")
                .coordinators(2)
                .workers(2)
                .jvm("dispatcher", "-Xmx256M")
                .jvm("coordinator", "-Xmx768M")
                .jvm("worker", "-Xmx1536M")
                .catalogs("tpcds", "tpch")
                .shortLived()
                // queries that wait for memory or for their clients keep little in memory
                .property("worker", "memory.heap-headroom-per-node", "1GB")
                // a silent coordinator gets this time plus 40 seconds
                .property("coordinator", "low-memory-killer.victim-timeout", "1s");
        for (String role : ImmutableList.of("coordinator", "worker")) {
            builder
                    .property(role, "query.max-memory-per-node", "300MB")
                    .property(role, "exchange.max-buffer-size", "1MB")
                    .property(role, "sink.max-buffer-size", "1MB")
                    // keeps lists of tasks short: with the tasks of all tests, they would take long to read
                    .property(role, "task.info.max-age", "2m")
                    .property(role, "retry-initial-delay", "500ms")
                    .property(role, "fault-tolerant-execution-task-memory", "64MB")
                    .property(role, "fault-tolerant-execution-coordinator-task-memory", "64MB");
            // adds to the start of a server
            if (Tier.isLong()) {
                builder.etc(role, "exchange-manager.properties", """
                        exchange-manager.name=filesystem
                        exchange.base-directories=%s
                        """.formatted(exchangeDirectory()));
            }
        }
        objectStore().configureSpooling(builder);
        return builder
                .resourceGroup(THREE_AT_A_TIME, 3, 1000)
                .resourceGroup(FIVE_AT_A_TIME, 5, 1000)
                .resourceGroup(FORTY_AT_A_TIME, 40, 1000)
                .resourceGroup(TWELVE_AT_A_TIME, 12, 1000)
                .resourceGroup(TWENTY_AT_A_TIME, 20, 10_000)
                .resourceGroup(ONE_AND_ONE_QUEUED, 1, 1)
                .start();
    }

    private static Path exchangeDirectory()
    {
        try {
            return Files.createDirectories(Artifacts.target().resolve("exchange"));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
