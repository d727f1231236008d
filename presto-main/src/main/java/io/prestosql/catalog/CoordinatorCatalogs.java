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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.ListenableFuture;
import io.airlift.http.client.HttpClient;
import io.airlift.json.JsonCodec;
import io.airlift.log.Logger;
import io.airlift.units.Duration;
import io.prestosql.catalog.CatalogPruning.Decision;
import io.prestosql.discovery.CoordinatorDirectory;
import io.prestosql.rpc.JsonCaller;
import io.prestosql.rpc.ProtocolVersions;
import io.trino.server.StartupStatus;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.airlift.http.client.HttpUriBuilder.uriBuilderFrom;
import static io.airlift.http.client.JsonResponseHandler.createJsonResponseHandler;
import static io.airlift.http.client.Request.Builder.prepareGet;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static io.prestosql.rpc.AnswerTimeout.withTimeout;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Asks all coordinators in rounds which catalogs they have and use. Prunes the catalogs that none of them uses, and logs differences
 * between coordinators.
 */
public class CoordinatorCatalogs
{
    private static final Logger log = Logger.get(CoordinatorCatalogs.class);

    private static final Duration ANSWER_TIMEOUT = new Duration(10, SECONDS);
    /** Much longer than a lease: a coordinator that comes back after that has given up all its queries. */
    private static final Duration SILENCE = new Duration(1, HOURS);

    private final CatalogReporter reporter;
    private final CatalogPruner pruner;
    private final CoordinatorDirectory directory;
    private final HttpClient httpClient;
    private final JsonCodec<CatalogReport> reportCodec;
    private final StartupStatus startupStatus;
    private final Duration interval;
    private final ScheduledExecutorService executor = dropLateTasks(new ScheduledThreadPoolExecutor(2, daemonThreadsNamed("coordinator-catalogs-%s")));

    private final CatalogPruning pruning = new CatalogPruning(SILENCE);
    private final CatalogDifferences differences;
    private volatile int differenceCount;
    private volatile Set<URI> silentCoordinators = ImmutableSet.of();
    private final AtomicLong pruned = new AtomicLong();
    private final AtomicLong notPruned = new AtomicLong();

    /**
     * @param interval time between two rounds
     * @param differenceRounds number of consecutive rounds with a difference before it is reported
     */
    public CoordinatorCatalogs(
            CatalogReporter reporter,
            CatalogPruner pruner,
            CoordinatorDirectory directory,
            HttpClient httpClient,
            JsonCodec<CatalogReport> reportCodec,
            StartupStatus startupStatus,
            Duration interval,
            int differenceRounds)
    {
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.pruner = requireNonNull(pruner, "pruner is null");
        this.directory = requireNonNull(directory, "directory is null");
        this.httpClient = requireNonNull(httpClient, "httpClient is null");
        this.reportCodec = requireNonNull(reportCodec, "reportCodec is null");
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
        this.interval = requireNonNull(interval, "interval is null");
        this.differences = new CatalogDifferences(differenceRounds);
    }

    @PostConstruct
    public void start()
    {
        executor.scheduleWithFixedDelay(
                () -> {
                    try {
                        if (startupStatus.isStartupComplete()) {
                            round();
                        }
                    }
                    catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    catch (Throwable t) {
                        log.error(t, "Error asking the coordinators for their catalogs");
                    }
                },
                interval.toMillis(),
                interval.toMillis(),
                MILLISECONDS);
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
    }

    /**
     * Asks every coordinator once, and waits for the answers.
     */
    public void round()
            throws InterruptedException
    {
        pruner.begin();

        Map<URI, ListenableFuture<CatalogReport>> answers = new HashMap<>();
        for (URI coordinator : pruning.begin(directory.getPossibleAddresses(), System.nanoTime())) {
            answers.put(coordinator, withTimeout(
                    httpClient.executeAsync(
                            prepareGet()
                                    .setUri(uriBuilderFrom(coordinator).replacePath("/v1/catalog/report").build())
                                    .setHeader(ProtocolVersions.HEADER, ProtocolVersions.SUPPORTED.toHeader())
                                    .build(),
                            createJsonResponseHandler(reportCodec)),
                    ANSWER_TIMEOUT,
                    executor));
        }
        Map<URI, String> reasons = new HashMap<>();
        for (Map.Entry<URI, ListenableFuture<CatalogReport>> answer : answers.entrySet()) {
            try {
                pruning.reported(answer.getKey(), answer.getValue().get(), System.nanoTime());
            }
            catch (ExecutionException e) {
                if (JsonCaller.isRefused(e.getCause())) {
                    pruning.refused(answer.getKey());
                }
                else {
                    pruning.silent(answer.getKey());
                    reasons.put(answer.getKey(), String.valueOf(e.getCause()));
                }
            }
        }
        CatalogReport own = reporter.report();
        Decision decision = pruning.decide(own);

        tellSilent(decision.silent(), reasons);
        differences.compare(ImmutableList.<CatalogReport>builder().addAll(decision.reports().values()).add(own).build())
                .forEach(difference -> log.warn("Catalogs differ: %s", difference));
        differenceCount = differences.getCurrent().size();
        decision.keep().ifPresentOrElse(
                keep -> {
                    pruner.prune(keep);
                    pruned.incrementAndGet();
                },
                notPruned::incrementAndGet);
    }

    private void tellSilent(Set<URI> silent, Map<URI, String> reasons)
    {
        for (URI coordinator : silent) {
            if (!silentCoordinators.contains(coordinator)) {
                log.info("Coordinator at %s does not tell which catalogs it uses, so none are pruned: %s", coordinator, reasons.get(coordinator));
            }
        }
        silentCoordinators = ImmutableSet.copyOf(silent);
    }

    @Managed(description = "Coordinators that do not tell which catalogs they use, while which none are pruned")
    public int getSilentCoordinators()
    {
        return silentCoordinators.size();
    }

    @Managed(description = "Differences between the catalogs of coordinators")
    public int getDifferences()
    {
        return differenceCount;
    }

    @Managed(description = "Rounds in which all coordinators have told which catalogs they use")
    public long getCompleteRounds()
    {
        return pruned.get();
    }

    @Managed(description = "Rounds in which nothing could be pruned, as a coordinator was silent")
    public long getIncompleteRounds()
    {
        return notPruned.get();
    }
}
