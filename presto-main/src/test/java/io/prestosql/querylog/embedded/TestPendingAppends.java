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
package io.prestosql.querylog.embedded;

import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;

import static org.assertj.core.api.Assertions.assertThat;

public class TestPendingAppends
{
    private final PendingAppends appends = new PendingAppends();

    @Test
    public void testApplied()
    {
        CompletableFuture<Void> first = appends.add(3, 0);
        CompletableFuture<Void> second = appends.add(3, 1);
        appends.applied(2, 0);
        appends.applied(3, 2);
        assertThat(first).isNotDone();
        appends.applied(3, 0);
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
        assertThat(appends.size()).isEqualTo(1);
        appends.applied(3, 0);
    }

    @Test
    public void testLaterEpoch()
    {
        CompletableFuture<Void> old = appends.add(3, 0);
        CompletableFuture<Void> current = appends.add(5, 0);
        appends.epochBegan(3);
        assertThat(old).isNotDone();
        appends.epochBegan(5);
        assertThat(old.exceptionNow()).isInstanceOf(DeposedException.class);
        assertThat(current).isNotDone();
        assertThat(appends.size()).isEqualTo(1);
    }

    @Test
    public void testRefused()
    {
        CompletableFuture<Void> append = appends.add(3, 0);
        appends.refused(3, 0);
        assertThat(append.exceptionNow()).isInstanceOf(DeposedException.class);
    }

    @Test
    public void testNotSubmitted()
    {
        CompletableFuture<Void> refused = appends.add(3, 0);
        CompletableFuture<Void> inDoubt = appends.add(3, 1);
        appends.written(3, 1);
        appends.notSubmitted(3, 0, new DeposedException(3));
        appends.notSubmitted(3, 1, new DeposedException(3));
        assertThat(refused.exceptionNow()).isInstanceOf(DeposedException.class);
        // this append may still get into the log
        assertThat(inDoubt).isNotDone();
        appends.applied(3, 1);
        assertThat(inDoubt).isCompleted();
    }

    @Test
    public void testLost()
    {
        CompletableFuture<Void> current = appends.add(5, 0);
        appends.lost("closed");
        assertThat(current.exceptionNow()).isInstanceOf(QueryLogUnavailableException.class).hasMessage("closed");
        assertThat(appends.size()).isZero();
    }

    @Test
    public void testTimeOver()
    {
        CompletableFuture<Void> append = appends.add(3, 0);
        append.completeExceptionally(new QueryLogUnavailableException("late"));
        assertThat(appends.size()).isZero();
        appends.applied(3, 0);
        assertThat(append).isCompletedExceptionally();
    }
}
