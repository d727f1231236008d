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
package io.prestosql.memory;

import io.trino.spi.QueryId;
import org.junit.jupiter.api.Test;

import java.util.Set;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLeakedQueries
{
    private static final long SECOND = SECONDS.toNanos(1);
    private static final long START = Long.MAX_VALUE - 10 * SECOND;
    private static final QueryId OWN = new QueryId("own");
    private static final QueryId OTHER = new QueryId("other");

    private final LeakedQueries queries = new LeakedQueries();

    @Test
    public void testOwnQueries()
    {
        queries.observe(Set.of(OWN), Set.of(OWN), Set.of(), START);
        assertThat(queries.hasQueriesOfOthers()).isFalse();
        queries.observe(Set.of(OWN), Set.of(OWN), Set.of(), START + 500 * SECOND);
        assertThat(queries.getLeaked()).isEmpty();
        queries.observe(Set.of(OWN), Set.of(), Set.of(OWN), START + 501 * SECOND);
        assertThat(queries.getLeaked()).containsExactly(OWN);
        assertThat(queries.hasQueriesOfOthers()).isFalse();
        queries.observe(Set.of(), Set.of(), Set.of(OWN), START + 502 * SECOND);
        assertThat(queries.getLeaked()).isEmpty();
    }

    @Test
    public void testQueryThatAnotherCoordinatorKnows()
    {
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START);
        assertThat(queries.hasQueriesOfOthers()).isTrue();
        assertThat(queries.getLeaked()).isEmpty();
        queries.learn("b", Set.of(OTHER));
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 500 * SECOND);
        assertThat(queries.getLeaked()).isEmpty();
        assertThat(queries.hasQueriesOfOthers()).isTrue();
        // on its coordinator, the query ended a minute ago
        queries.learn("b", Set.of());
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 559 * SECOND);
        assertThat(queries.getLeaked()).isEmpty();
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 560 * SECOND);
        assertThat(queries.getLeaked()).containsExactly(OTHER);
    }

    @Test
    public void testQueryThatNoCoordinatorKnows()
    {
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START);
        queries.learn("b", Set.of(OWN));
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 60 * SECOND);
        assertThat(queries.getLeaked()).containsExactly(OTHER);
        // another coordinator knows the query
        queries.learn("c", Set.of(OTHER));
        assertThat(queries.getLeaked()).isEmpty();
    }

    @Test
    public void testQueriesOfCoordinatorThatIsGone()
    {
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START);
        queries.learn("b", Set.of(OTHER));
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 100 * SECOND);
        queries.retain(Set.of("b", "c"));
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 200 * SECOND);
        assertThat(queries.getLeaked()).isEmpty();
        queries.retain(Set.of("c"));
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 259 * SECOND);
        assertThat(queries.getLeaked()).isEmpty();
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 260 * SECOND);
        assertThat(queries.getLeaked()).containsExactly(OTHER);
    }

    @Test
    public void testMemoryThatWasReleasedAndReservedAgain()
    {
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START);
        queries.observe(Set.of(), Set.of(), Set.of(), START + 30 * SECOND);
        queries.observe(Set.of(OTHER), Set.of(), Set.of(), START + 60 * SECOND);
        assertThat(queries.getLeaked()).isEmpty();
    }
}
