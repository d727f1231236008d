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

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableSet;
import io.airlift.log.Logger;
import io.prestosql.spi.querylog.QueryLogMember;
import org.apache.ratis.protocol.RaftClientReply;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Writes a leader's own entries to the log, besides records: that it leads, and which peers keep the log. Only the supervisor's thread
 * calls it.
 */
final class LeaderEntries
{
    private static final Logger log = Logger.get(LeaderEntries.class);

    private final MemberSettings settings;
    private final QueryLogMember self;

    private long announcedTerm;
    private long announcedAt;
    private CompletableFuture<?> peersChange = CompletableFuture.completedFuture(null);

    LeaderEntries(MemberSettings settings, QueryLogMember self)
    {
        this.settings = requireNonNull(settings, "settings is null");
        this.self = requireNonNull(self, "self is null");
    }

    /**
     * Called when the member was opened, perhaps with a log that lacks an entry that was announced before.
     */
    void opened()
    {
        announcedTerm = 0;
    }

    /**
     * Writes to the log that this member leads. The loss of an entry is not reported, so the entry is written again after a time.
     */
    void announce(RaftMember member, QueryLogStateMachine stateMachine)
    {
        long term = member.term();
        boolean known = stateMachine.leader().filter(leader -> leader.epoch() == term).isPresent();
        if (known || (announcedTerm == term && System.nanoTime() - announcedAt < SECONDS.toNanos(1))) {
            return;
        }
        announcedTerm = term;
        announcedAt = System.nanoTime();
        member.append(new LogEntry.Leading(term, self, Optional.of(stateMachine.identity().orElseGet(() -> "embedded:" + UUID.randomUUID()))));
    }

    /**
     * @param epoch the epoch in which this member leads
     */
    void changePeers(long epoch, RaftMember member, QueryLogStateMachine stateMachine)
    {
        if (settings.peers().isEmpty() || !peersChange.isDone() || stateMachine.peersVersion() >= settings.peersVersion()) {
            return;
        }
        // compares ids only: to Ratis a group with other addresses is the same group
        Set<String> wanted = settings.peers().stream().map(PeerAddress::nodeId).collect(toImmutableSet());
        Set<String> actual = ImmutableSet.copyOf(member.memberIds());
        CompletableFuture<RaftClientReply> change;
        if (wanted.equals(actual)) {
            change = member.append(new LogEntry.PeersChanged(epoch, settings.peersVersion()));
        }
        else {
            log.info("Changing the peers of the query log from %s to %s, as query-log.peers-version %s says", actual, wanted, settings.peersVersion());
            change = member.changePeers(settings.peers());
        }
        peersChange = change.handle((reply, failure) -> {
            Throwable problem = failure != null ? failure : reply.getException();
            if (problem != null) {
                log.warn("The peers of the query log could not be changed yet, which is tried again: %s", Throwables.getRootCause(problem).getMessage());
            }
            return null;
        }).thenRunAsync(() -> {}, CompletableFuture.delayedExecutor(500, MILLISECONDS));
    }
}
