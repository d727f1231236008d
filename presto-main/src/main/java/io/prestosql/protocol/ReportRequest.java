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

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.ImmutableList;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_EMPTY;
import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * A dispatcher's request for a coordinator's report.
 *
 * @param leader the dispatcher's claim; empty when the dispatcher does not lead, and only watches
 * @param seen the last report that the dispatcher has; without one, or with one of another incarnation, the answer is complete and comes at
 * once
 * @param waitMillis how long to wait for news; at most 30 seconds
 * @param recorded the queries whose ends the leader has in its log, so that the coordinator need not keep them for later leaders
 * @param queuedTransactions the ids of the transactions, of all coordinators, that have statements in the queue or running
 */
public record ReportRequest(Optional<LeaderClaim> leader, Optional<SeenReport> seen, long waitMillis, List<QueryId> recorded, @JsonInclude(NON_EMPTY) List<String> queuedTransactions)
{
    public ReportRequest
    {
        requireNonNull(leader, "leader is null");
        requireNonNull(seen, "seen is null");
        recorded = recorded == null ? ImmutableList.of() : ImmutableList.copyOf(recorded);
        queuedTransactions = queuedTransactions == null ? ImmutableList.of() : ImmutableList.copyOf(queuedTransactions);
        checkArgument(leader.isPresent() || recorded.isEmpty(), "only a leader records the ends of queries");
        checkArgument(leader.isPresent() || queuedTransactions.isEmpty(), "only a leader has queries in the queue");
    }
}
