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
import com.google.common.util.concurrent.SettableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_METHOD;

@TestInstance(PER_METHOD)
public class TestRepeatedLeaderCall
{
    private static final URI ONE = URI.create("http://one:8080");
    private static final URI TWO = URI.create("http://two:8080");

    private final List<URI> called = new ArrayList<>();
    private final List<String> taken = new ArrayList<>();
    private Optional<URI> leader = Optional.empty();
    private SettableFuture<String> answer = SettableFuture.create();
    private boolean broken;
    private final RepeatedLeaderCall<String> call = new RepeatedLeaderCall<>("testing", () -> leader, this::call, taken::add);

    @Test
    public void testWithoutALeader()
    {
        call.call();
        assertThat(called).isEmpty();
    }

    @Test
    public void testOneCallAtATime()
    {
        leader = Optional.of(ONE);
        call.call();
        leader = Optional.of(TWO);
        call.call();
        assertThat(called).containsExactly(ONE);
        answer.set("first");
        assertThat(taken).containsExactly("first");
        answer = SettableFuture.create();
        call.call();
        assertThat(called).containsExactly(ONE, TWO);
    }

    @Test
    public void testGoesOnAfterFailures()
    {
        leader = Optional.of(ONE);
        call.call();
        answer.setException(new IllegalStateException("no answer"));
        assertThat(taken).isEmpty();
        broken = true;
        assertThatThrownBy(call::call).isInstanceOf(IllegalArgumentException.class);
        broken = false;
        answer = SettableFuture.create();
        call.call();
        answer.set("later");
        assertThat(taken).containsExactly("later");
    }

    private ListenableFuture<String> call(URI address)
    {
        if (broken) {
            throw new IllegalArgumentException("broken");
        }
        called.add(address);
        return answer;
    }
}
