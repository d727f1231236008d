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

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeoutException;

import static org.assertj.core.api.Assertions.assertThat;

public class TestFirstSuccess
{
    private final SettableFuture<String> one = SettableFuture.create();
    private final SettableFuture<String> other = SettableFuture.create();
    private final ListenableFuture<String> first = FirstSuccess.of(List.of(one, other), failure -> failure instanceof NotLeaderException ? 0 : 1);

    @Test
    public void testFirstThatSucceeds()
    {
        one.setException(new NotLeaderException());
        assertThat(first.isDone()).isFalse();
        other.set("yes");
        assertThat(first.resultNow()).isEqualTo("yes");
    }

    @Test
    public void testDoesNotWaitForOthers()
    {
        other.set("yes");
        assertThat(first.resultNow()).isEqualTo("yes");
    }

    @Test
    public void testUnclearFailureIsReportedBeforeClearOne()
    {
        TimeoutException timeout = new TimeoutException();
        one.setException(timeout);
        other.setException(new NotLeaderException());
        assertThat(first.exceptionNow()).isSameAs(timeout);
    }

    @Test
    public void testUnclearFailureIsReportedEvenIfItComesLast()
    {
        TimeoutException timeout = new TimeoutException();
        one.setException(new NotLeaderException());
        other.setException(timeout);
        assertThat(first.exceptionNow()).isSameAs(timeout);
    }

    @Test
    public void testAllFail()
    {
        one.setException(new NotLeaderException());
        other.setException(new NotLeaderException());
        assertThat(first.exceptionNow()).isInstanceOf(NotLeaderException.class);
    }
}
