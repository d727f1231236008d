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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.inject.Inject;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.cluster.ClusterFilesConfig;
import io.prestosql.cluster.ClusterFingerprints;
import io.prestosql.cluster.Clusters;
import io.prestosql.queue.QueueDriver;
import io.trino.dispatcher.DispatchExecutor;
import jakarta.annotation.PostConstruct;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.Futures.transform;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * Tells the leader the definitions of clusters in the files of this dispatcher, while this dispatcher does not lead: soon after a change, and
 * every 10 seconds, as a leader keeps nothing of an earlier one.
 */
public class DefinitionsReporter
{
    static final long REPEAT_MILLIS = 10_000;

    private final String nodeId;
    private final Clusters clusters;
    private final ClusterFingerprints fingerprints;
    private final LeaderClustersClient client;
    private final RepeatedLeaderCall<TakenReport> call;
    private final ScheduledExecutorService scheduler;
    private final Duration period;
    /** What the leader has taken; empty when it has not taken the last report. */
    private volatile Optional<TakenReport> lastTaken = Optional.empty();

    private record TakenReport(URI leader, DefinitionsReport report, long nanos) {}

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
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.fingerprints = requireNonNull(fingerprints, "fingerprints is null");
        this.client = requireNonNull(client, "client is null");
        this.call = new RepeatedLeaderCall<>("telling the leader the definitions of clusters", driver, this::tell, taken -> lastTaken = Optional.of(taken));
        this.scheduler = executor.getScheduledExecutor();
        this.period = config.getRefreshPeriod();
    }

    @PostConstruct
    public void start()
    {
        call.start(scheduler, period);
    }

    private ListenableFuture<TakenReport> tell(URI leader)
    {
        DefinitionsReport report = new DefinitionsReport(nodeId, fingerprints.ofFiles(), clusters.getProblems());
        TakenReport now = new TakenReport(leader, report, System.nanoTime());
        Optional<TakenReport> known = lastTaken
                .filter(last -> last.leader().equals(leader) && last.report().equals(report) && now.nanos() - last.nanos() < MILLISECONDS.toNanos(REPEAT_MILLIS));
        if (known.isPresent()) {
            return immediateFuture(known.get());
        }
        lastTaken = Optional.empty();
        return transform(client.tell(leader, report), _ -> now, directExecutor());
    }
}
