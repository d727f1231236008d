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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.protocol.AnalysisRequest;
import io.prestosql.protocol.AnalysisResponse;
import io.prestosql.protocol.ClientRequest;
import io.trino.execution.ExecutionFailureInfo;
import io.trino.spi.QueryId;
import io.trino.spi.TrinoException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

import static com.google.common.util.concurrent.Futures.getUnchecked;
import static io.trino.spi.StandardErrorCode.TABLE_NOT_FOUND;
import static io.trino.util.Failures.toFailure;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestQueryAnalyses
{
    private static final ExecutionFailureInfo FAILURE = toFailure(new TrinoException(TABLE_NOT_FOUND, "missing"));

    private final Semaphore entered = new Semaphore(0);
    private final Semaphore interrupted = new Semaphore(0);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final QueryAnalyses analyses = new QueryAnalyses((_, _) -> {
        entered.release();
        try {
            gate.await();
        }
        catch (InterruptedException _) {
            interrupted.release();
        }
        return Optional.of(FAILURE);
    });

    @AfterEach
    public void tearDown()
    {
        analyses.stop();
    }

    @Test
    public void testAnswer()
    {
        gate.countDown();
        assertThat(getUnchecked(analyses.analyze(new QueryId("a"), request(60_000))).failure()).contains(FAILURE);
        assertThat(analyses.getStarted()).isEqualTo(1);
    }

    @Test
    public void testBound()
            throws InterruptedException
    {
        List<ListenableFuture<AnalysisResponse>> running = new ArrayList<>();
        for (int i = 0; i < QueryAnalyses.MAX_RUNNING; i++) {
            running.add(analyses.analyze(new QueryId("a" + i), request(60_000)));
        }
        assertThat(entered.tryAcquire(QueryAnalyses.MAX_RUNNING, 1, MINUTES)).isTrue();
        assertThat(analyses.getRunning()).isEqualTo(QueryAnalyses.MAX_RUNNING);
        assertThatThrownBy(() -> analyses.analyze(new QueryId("more"), request(60_000)))
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(analyses.getRefused()).isEqualTo(1);
        gate.countDown();
        for (ListenableFuture<AnalysisResponse> each : running) {
            assertThat(getUnchecked(each).failure()).contains(FAILURE);
        }
    }

    /**
     * A result that comes after the time is over is dropped, because the interruption may have caused it.
     */
    @Test
    public void testTimeout()
            throws InterruptedException
    {
        ListenableFuture<AnalysisResponse> analysis = analyses.analyze(new QueryId("a"), request(2_000));
        assertThat(entered.tryAcquire(1, MINUTES)).isTrue();
        assertThat(getUnchecked(analysis).failure()).isEmpty();
        assertThat(interrupted.tryAcquire(1, MINUTES)).isTrue();
    }

    @Test
    public void testCancel()
            throws InterruptedException
    {
        ListenableFuture<AnalysisResponse> analysis = analyses.analyze(new QueryId("a"), request(60_000));
        assertThat(entered.tryAcquire(1, MINUTES)).isTrue();
        analyses.cancel(new QueryId("other"));
        assertThat(analysis.isDone()).isFalse();
        analyses.cancel(new QueryId("a"));
        assertThat(getUnchecked(analysis).failure()).isEmpty();
        assertThat(interrupted.tryAcquire(1, MINUTES)).isTrue();
    }

    private static AnalysisRequest request(long timeoutMillis)
    {
        return new AnalysisRequest(new ClientRequest("SELECT 1", ImmutableMap.of(), Optional.empty(), Optional.empty()), ImmutableList.of("global"), timeoutMillis);
    }
}
