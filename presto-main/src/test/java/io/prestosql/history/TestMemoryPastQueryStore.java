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
package io.prestosql.history;

import com.google.common.collect.ImmutableList;
import io.airlift.testing.TestingClock;
import io.airlift.units.Duration;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static io.prestosql.history.PastQueryFixture.TIME;
import static io.prestosql.history.PastQueryFixture.query;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestMemoryPastQueryStore
        extends AbstractTestPastQueryStore
{
    private final TestingClock clock = new TestingClock();

    @Test
    public void testBounded()
    {
        PastQueryStore store = new MemoryPastQueryStore(2, clock);
        store.write(ImmutableList.of(query("q1", "alice", 1), query("q3", "alice", 3)));
        store.write(ImmutableList.of(query("q2", "alice", 2)));
        assertThat(store.read(PastQueryFilter.of(TIME, TIME.plusSeconds(60)), Optional.empty(), 10)).extracting(PastQuery::queryId).containsExactly("q3", "q2");
    }

    @Override
    protected PastQueryStore open(String name)
    {
        return new MemoryPastQueryStore(1_000_000, clock);
    }

    @Override
    protected void awaitOlder(Duration age)
    {
        clock.increment(age.toMillis() + 1, MILLISECONDS);
    }
}
