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

import io.airlift.units.Duration;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.Optional;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

public class TestRaftSettings
{
    /**
     * If the process pauses for longer than this, Ratis lets a leader step down.
     */
    @Test
    public void testPauseThatDeposesLeader()
    {
        assertThat(pauseThatDeposesLeader(false)).isEqualTo(10_500);
        // a long pause for garbage collection must not fail appends when no other member can have been elected
        assertThat(pauseThatDeposesLeader(true)).isEqualTo(60_000);
    }

    /**
     * Ratis's own time-out is no shorter than the one that adapts to the machine, which must act first.
     */
    @Test
    public void testElectionTimeout()
    {
        assertThat(electionTimeout(new EmbeddedQueryLogConfig().getElectionTimeout())).isEqualTo(10_000);
        assertThat(electionTimeout(new Duration(30, SECONDS))).isEqualTo(30_000);
    }

    /**
     * Without a leader, there is no reason to wait longer.
     */
    @Test
    public void testFirstElection()
    {
        assertThat(firstElection(new Duration(4, SECONDS))).isEqualTo(500);
        assertThat(firstElection(new Duration(200, MILLISECONDS))).isEqualTo(200);
    }

    private static long electionTimeout(Duration configured)
    {
        return RaftServerConfigKeys.Rpc.timeoutMin(create(configured)).toLong(MILLISECONDS);
    }

    private static long firstElection(Duration electionTimeout)
    {
        return RaftServerConfigKeys.Rpc.firstElectionTimeoutMin(create(electionTimeout)).toLong(MILLISECONDS);
    }

    private static RaftProperties create(Duration electionTimeout)
    {
        return RaftSettings.create(Path.of("log"), Optional.empty(), 0, electionTimeout, false);
    }

    private static long pauseThatDeposesLeader(boolean single)
    {
        RaftProperties properties = RaftSettings.create(Path.of("log"), Optional.empty(), 0, new Duration(500, MILLISECONDS), single);
        return RaftServerConfigKeys.LeaderElection.leaderStepDownWaitTime(properties).toLong(MILLISECONDS);
    }
}
