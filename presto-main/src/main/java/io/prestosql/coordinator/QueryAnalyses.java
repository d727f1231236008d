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
package io.prestosql.coordinator;

import com.google.common.util.concurrent.FluentFuture;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.inject.Inject;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import jakarta.annotation.PreDestroy;
import org.weakref.jmx.Managed;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static com.google.common.util.concurrent.MoreExecutors.listeningDecorator;
import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static io.prestosql.node.LateTasks.dropLateTasks;
import static java.lang.Math.clamp;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Runs analyses of queries that wait in the queue: a bounded number at a time, each for a bounded time, so that waiting queries take few
 * resources from running ones.
 */
public class QueryAnalyses
{
    static final int MAX_RUNNING = 16;
    private static final long MAX_MILLIS = SECONDS.toMillis(60);

    private final QueryAnalyzer analyzer;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(0, MAX_RUNNING, 60, SECONDS, new SynchronousQueue<>(), daemonThreadsNamed("query-analysis-%s"));
    private final ListeningExecutorService executor = listeningDecorator(threads);
    private final ScheduledExecutorService scheduler = dropLateTasks(new ScheduledThreadPoolExecutor(1, daemonThreadsNamed("query-analysis-timeout")));
    private final Map<QueryId, Future<?>> running = new ConcurrentHashMap<>();
    private final AtomicLong started = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    @Inject
    public QueryAnalyses(QueryAnalyzer analyzer)
    {
        this.analyzer = requireNonNull(analyzer, "analyzer is null");
    }

    @PreDestroy
    public void stop()
    {
        executor.shutdownNow();
        scheduler.shutdownNow();
    }

    /**
     * @return the finding; empty when the time is over, or when the analysis is cancelled
     * @throws RejectedExecutionException when too many analyses run
     */
    public ListenableFuture<AnalysisResponse> analyze(QueryId queryId, AnalysisRequest request)
    {
        ListenableFuture<Optional<ExecutionFailureInfo>> analysis;
        try {
            analysis = executor.submit(() -> analyzer.analyze(queryId, request));
        }
        catch (RejectedExecutionException e) {
            refused.incrementAndGet();
            throw e;
        }
        started.incrementAndGet();
        running.put(queryId, analysis);
        analysis.addListener(() -> running.remove(queryId, analysis), directExecutor());
        return FluentFuture.from(analysis)
                .withTimeout(clamp(request.timeoutMillis(), 1, MAX_MILLIS), MILLISECONDS, scheduler)
                .transform(AnalysisResponse::new, directExecutor())
                .catching(TimeoutException.class, _ -> new AnalysisResponse(Optional.empty()), directExecutor())
                .catching(CancellationException.class, _ -> new AnalysisResponse(Optional.empty()), directExecutor());
    }

    /**
     * Cancels the analysis, because the dispatcher no longer needs it.
     */
    public void cancel(QueryId queryId)
    {
        Optional.ofNullable(running.get(queryId)).ifPresent(analysis -> analysis.cancel(true));
    }

    @Managed(description = "Analyses of queued queries that run now")
    public int getRunning()
    {
        return threads.getActiveCount();
    }

    @Managed(description = "Analyses of queued queries that this coordinator has begun")
    public long getStarted()
    {
        return started.get();
    }

    @Managed(description = "Analyses of queued queries that this coordinator has refused, as too many were running")
    public long getRefused()
    {
        return refused.get();
    }
}
