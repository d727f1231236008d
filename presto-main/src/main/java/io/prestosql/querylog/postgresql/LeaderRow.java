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
package io.prestosql.querylog.postgresql;

import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogMember;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * The leader, as the database knows it.
 *
 * @param member empty when the leader has given up, or there was none yet
 * @param leaseOver whether the lease is over, by the database's clock
 * @param renewedSinceRestart whether the leader has renewed its lease since the database was started
 */
record LeaderRow(long epoch, Optional<QueryLogMember> member, boolean leaseOver, boolean renewedSinceRestart)
{
    LeaderRow
    {
        requireNonNull(member, "member is null");
    }

    Optional<QueryLogLeader> leader()
    {
        return leaseOver ? Optional.empty() : member.map(known -> new QueryLogLeader(epoch, known));
    }
}
