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

import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;

import static java.util.concurrent.Future.State.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLeaderWrite
{
    private final CompletableFuture<Void> write = new CompletableFuture<>();
    /** Its failures are wrapped. */
    private final CompletableFuture<Void> later = write.thenRun(() -> {});

    @Test
    public void testSuccess()
    {
        assertThat(LeaderWrite.of(write).isDone()).isFalse();
        write.complete(null);
        assertThat(LeaderWrite.of(write).state()).isEqualTo(SUCCESS);
        assertThat(LeaderWrite.of(later).state()).isEqualTo(SUCCESS);
    }

    @Test
    public void testDeposed()
    {
        write.completeExceptionally(new DeposedException(1));
        assertThat(LeaderWrite.of(write).exceptionNow()).isInstanceOf(NotLeaderException.class);
        assertThat(LeaderWrite.of(later).exceptionNow()).isInstanceOf(NotLeaderException.class);
    }

    @Test
    public void testOtherFailure()
    {
        QueryLogUnavailableException failure = new QueryLogUnavailableException("on purpose");
        write.completeExceptionally(failure);
        assertThat(LeaderWrite.of(write).exceptionNow()).isSameAs(failure);
        assertThat(LeaderWrite.of(later).exceptionNow()).isSameAs(failure);
    }

    /**
     * The caller may give up, but what the log has then counts.
     */
    @Test
    public void testCancel()
    {
        assertThat(LeaderWrite.of(write).cancel(true)).isTrue();
        assertThat(write.isDone()).isFalse();
    }
}
