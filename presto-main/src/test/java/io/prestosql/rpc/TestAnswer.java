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
package io.prestosql.rpc;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.SettableFuture;
import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeoutException;

import static com.google.common.util.concurrent.Futures.immediateFuture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestAnswer
{
    @Test
    public void testGiven()
    {
        assertThat(Answer.of(immediateFuture("yes"))).isEqualTo(new Answer.Given<>("yes"));
    }

    @Test
    public void testRefusedConnectionIsDeath()
    {
        assertThat(failed(new UncheckedIOException("Server refused connection: http://127.0.0.1:1/", new ConnectException("Connection refused")))).isEqualTo(new Answer.Dead<>());
    }

    @Test
    public void testSilence()
    {
        assertThat(failed(new TimeoutException("no answer within 1s"))).isEqualTo(new Answer.Missing<>("it does not answer"));
        assertThat(failed(new UncheckedIOException(new IOException(new TimeoutException("Idle timeout"))))).isEqualTo(new Answer.Missing<>("it does not answer"));
        assertThat(failed(new UncheckedIOException(new SocketTimeoutException("Connect Timeout")))).isEqualTo(new Answer.Missing<>("it does not answer"));
    }

    @Test
    public void testOtherFailures()
    {
        assertThat(failed(new CoordinatorCallException(500, "http://127.0.0.1:1/ has a problem"))).isEqualTo(new Answer.Missing<>("it answers with status 500"));
        assertThat(failed(new NotLeaderException())).isEqualTo(new Answer.Missing<>("no dispatcher leads it"));
    }

    /**
     * An exception of the HTTP client may contain an address, or the token that authenticates this node.
     */
    @Test
    public void testReasonsHoldNoSecrets()
    {
        assertThat(failed(new UncheckedIOException("Failed communicating with server: http://127.0.0.1:1/", new EOFException("127.0.0.1")))).isEqualTo(new Answer.Missing<>("its answer was cut off"));
    }

    @Test
    public void testPendingCallIsRefused()
    {
        assertThatThrownBy(() -> Answer.of(SettableFuture.create())).isInstanceOf(IllegalArgumentException.class);
    }

    private static Answer<String> failed(Throwable failure)
    {
        return Answer.of(Futures.<String>immediateFailedFuture(failure));
    }
}
