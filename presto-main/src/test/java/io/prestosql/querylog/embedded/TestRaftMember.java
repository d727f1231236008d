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
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.reflect.Reflection.newProxy;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.awaitility.Awaitility.await;

public class TestRaftMember
{
    /**
     * The first leader of a new log need not wait for a time-out.
     */
    @Test
    public void testStandsForElectionWithoutEntries(@TempDir Path directory)
            throws IOException
    {
        List<PeerAddress> addresses = EmbeddedQueryLogFixture.addresses(List.of("one", "two"));
        List<RaftPeer> peers = addresses.stream()
                .map(RaftMember::peer)
                .collect(toImmutableList());
        RaftProperties properties = RaftSettings.create(directory, Optional.of("127.0.0.1"), addresses.getFirst().address().getPort(), new Duration(1, MINUTES), false);
        RaftMember member = RaftMember.open(
                "one",
                directory,
                peers,
                peers,
                properties,
                Optional.of(new PeerCertificate(EmbeddedQueryLogFixture.SECRET)),
                new Parameters(),
                new QueryLogStateMachine(newProxy(QueryLogStateMachine.Observer.class, (_, _, _) -> null), directExecutor(), Long.MAX_VALUE));
        try {
            await().until(member::mayStandForElection);
            // not while an election of its own is under way, which fails at once without the other member
            await().until(() -> member.standForElection("one"));
        }
        finally {
            member.close();
        }
    }
}
