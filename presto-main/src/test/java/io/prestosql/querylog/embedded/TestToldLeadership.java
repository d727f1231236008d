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

import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

import static io.prestosql.querylog.embedded.ToldLeadership.NO_EPOCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

public class TestToldLeadership
{
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final ToldLeadership leadership = new ToldLeadership();

    @AfterEach
    public void tearDown()
    {
        leadership.stopTelling();
    }

    @Test
    public void testEpochs()
    {
        start();
        elect(5);
        assertThat(leadership.leading()).isEqualTo(5);
        leadership.deposed(5);
        assertThat(leadership.leading()).isEqualTo(NO_EPOCH);
        awaitTold("elected 5", "leader 5", "deposed 5", "leader -");
        assertThat(leadership.elections().getTotalCount()).isEqualTo(1);
    }

    /**
     * The supervisor may see the end of an epoch only when the replica begins the next one.
     */
    @Test
    public void testEndOfAnEpochThatIsOverAlready()
    {
        start();
        elect(5);
        elect(7);
        leadership.deposed(5);
        assertThat(leadership.leading()).isEqualTo(7);
        awaitTold("elected 5", "leader 5", "deposed 5", "leader -", "elected 7", "leader 7");
    }

    @Test
    public void testEpochBeginsOnce()
    {
        start();
        elect(5);
        leadership.deposed(5);
        elect(5);
        elect(4);
        assertThat(leadership.leading()).isEqualTo(NO_EPOCH);
    }

    @Test
    public void testLeadershipIsLostMeanwhile()
    {
        start();
        leadership.elected(leader(5), _ -> false, List::of);
        assertThat(leadership.leading()).isEqualTo(NO_EPOCH);
    }

    @Test
    public void testWritesAreNumberedInEachEpoch()
    {
        start();
        assertThat(leadership.writeIn(NO_EPOCH, sequence -> sequence)).isEmpty();
        elect(5);
        assertThat(leadership.writeIn(5, sequence -> sequence)).contains(0L);
        assertThat(leadership.writeIn(5, sequence -> sequence)).contains(1L);
        assertThat(leadership.writeIn(4, sequence -> sequence)).isEmpty();
        elect(7);
        assertThat(leadership.writeIn(5, sequence -> sequence)).isEmpty();
        assertThat(leadership.writeIn(7, sequence -> sequence)).contains(0L);
        leadership.close();
        assertThat(leadership.writeIn(7, sequence -> sequence)).isEmpty();
        elect(9);
        assertThat(leadership.leading()).isEqualTo(7);
    }

    private void start()
    {
        leadership.start(new QueryLogListener()
        {
            @Override
            public void elected(long epoch, List<QueryLogRecord> liveRecords)
            {
                told.add("elected " + epoch);
            }

            @Override
            public void deposed(long epoch)
            {
                told.add("deposed " + epoch);
            }

            @Override
            public void leaderChanged(Optional<QueryLogLeader> leader)
            {
                told.add("leader " + leader.map(known -> String.valueOf(known.epoch())).orElse("-"));
            }
        });
    }

    private void elect(long epoch)
    {
        leadership.elected(leader(epoch), _ -> true, List::of);
    }

    private static QueryLogLeader leader(long epoch)
    {
        return new QueryLogLeader(epoch, new QueryLogMember("a", URI.create("http://a.example.com")));
    }

    private void awaitTold(String... events)
    {
        await().untilAsserted(() -> assertThat(told).containsExactly(events));
    }
}
