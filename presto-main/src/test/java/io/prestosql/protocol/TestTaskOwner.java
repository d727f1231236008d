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
package io.prestosql.protocol;

import org.junit.jupiter.api.Test;

import java.net.URI;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestTaskOwner
{
    @Test
    public void testRoundTrip()
    {
        for (String address : new String[] {"http://127.0.0.1:8080", "https://[::1]:8443", "https://coordinator-1.example.net"}) {
            TaskOwner owner = new TaskOwner("coordinator_1-a", "d4c0d2a6-6c0f-4e5b-a1bd-4f0c2e0e0a3c", URI.create(address), 300_000);
            assertThat(TaskOwner.fromHeader(owner.toHeader())).contains(owner);
        }
        assertThat(new TaskOwner("one", "process", URI.create("http://one:8080"), 1000).toHeader()).isEqualTo("one;process;1000;http://one:8080");
    }

    @Test
    public void testOtherHeaders()
    {
        assertThat(TaskOwner.fromHeader("")).isEmpty();
        assertThat(TaskOwner.fromHeader("one;process;1000")).isEmpty();
        assertThat(TaskOwner.fromHeader("one;process;soon;http://one:8080")).isEmpty();
        assertThat(TaskOwner.fromHeader("one;process;0;http://one:8080")).isEmpty();
        assertThat(TaskOwner.fromHeader("one;process;1000;no address")).isEmpty();
    }

    @Test
    public void testNamesThatWouldBreakTheHeader()
    {
        assertThatThrownBy(() -> new TaskOwner("one;two", "process", URI.create("http://one:8080"), 1000))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TaskOwner("one", "process;2", URI.create("http://one:8080"), 1000))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
