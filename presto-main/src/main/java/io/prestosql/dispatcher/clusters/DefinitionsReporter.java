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
package io.prestosql.dispatcher.clusters;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.airlift.node.NodeInfo;
import io.prestosql.cluster.ClusterFilesConfig;
import io.prestosql.cluster.ClusterFingerprints;
import io.prestosql.cluster.Clusters;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLogMember;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.annotation.PostConstruct;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Tells the leader the definitions of clusters in the files of this dispatcher, while this dispatcher does not lead: soon after a change, and
 * again and again, as a leader keeps nothing of an earlier one.
 */
public class DefinitionsReporter
{
    static final long REPEAT_MILLIS = 10_000;

    private static final Logger log = Logger.get(DefinitionsReporter.class);

    private final String nodeId;
    private final QueueDriver driver;
    private final Clusters clusters;
    private final ClusterFingerprints fingerprints;
    private final LeaderClustersClient client;
    private final ScheduledExecutorService scheduler;
    private final long periodMillis;
    private final AtomicBoolean telling = new AtomicBoolean();
    /** What the leader has taken; empty when it has not taken the last report. */
    private volatile Optional<SentReport> lastTold = Optional.empty();

    private record SentReport(URI leader, DefinitionsReport report, long nanos) {}

    @Inject
    public DefinitionsReporter(
            NodeInfo nodeInfo,
            QueueDriver driver,
            Clusters clusters,
            ClusterFingerprints fingerprints,
            LeaderClustersClient client,
            ClusterFilesConfig config,
            DispatchExecutor executor)
    {
        this.nodeId = nodeInfo.getNodeId();
        this.driver = requireNonNull(driver, "driver is null");
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.fingerprints = requireNonNull(fingerprints, "fingerprints is null");
        this.client = requireNonNull(client, "client is null");
        this.scheduler = executor.getScheduledExecutor();
        this.periodMillis = config.getRefreshPeriod().toMillis();
    }

    @PostConstruct
    public void start()
    {
        scheduler.scheduleWithFixedDelay(
                () -> {
                    try {
                        tell();
                    }
                    catch (Throwable t) {
                        log.error(t, "Error telling the leader the definitions of clusters");
                    }
                },
                periodMillis,
                periodMillis,
                MILLISECONDS);
    }

    private void tell()
    {
        if (driver.getEpoch().isPresent()) {
            return;
        }
        driver.getOtherLeader().map(QueryLogMember::address).ifPresent(leader -> {
            DefinitionsReport report = new DefinitionsReport(nodeId, fingerprints.ofFiles(), clusters.getProblems());
            SentReport now = new SentReport(leader, report, System.nanoTime());
            boolean known = lastTold
                    .filter(last -> last.leader().equals(leader) && last.report().equals(report) && now.nanos() - last.nanos() < MILLISECONDS.toNanos(REPEAT_MILLIS))
                    .isPresent();
            // a later report must not be overtaken by an earlier one
            if (known || !telling.compareAndSet(false, true)) {
                return;
            }
            lastTold = Optional.empty();
            Futures.addCallback(client.tell(leader, report), new FutureCallback<Void>()
            {
                @Override
                public void onSuccess(Void result)
                {
                    lastTold = Optional.of(now);
                    telling.set(false);
                }

                @Override
                public void onFailure(Throwable failure)
                {
                    telling.set(false);
                    // it is told again soon
                    log.debug(failure, "The leader does not take the definitions of clusters");
                }
            }, directExecutor());
        });
    }
}
