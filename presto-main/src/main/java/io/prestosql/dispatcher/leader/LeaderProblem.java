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
package io.prestosql.dispatcher.leader;

import com.google.inject.Inject;
import io.prestosql.querylog.EncryptedQueryLog;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.queue.QueueDriver;
import io.prestosql.spi.querylog.QueryLogMember;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Explains why calls to the leader of the queue are not answered, as far as this dispatcher knows.
 */
public class LeaderProblem
{
    private final QueueDriver driver;
    private final EncryptedQueryLog encryptedLog;
    private final QueryLogCondition queryLog;
    private final LeaderCalls calls;

    @Inject
    public LeaderProblem(QueueDriver driver, EncryptedQueryLog encryptedLog, QueryLogCondition queryLog, LeaderCalls calls)
    {
        this.driver = requireNonNull(driver, "driver is null");
        this.encryptedLog = requireNonNull(encryptedLog, "encryptedLog is null");
        this.queryLog = requireNonNull(queryLog, "queryLog is null");
        this.calls = requireNonNull(calls, "calls is null");
    }

    /**
     * Returns a sentence for clients and the log. It has no full stop and names no address.
     */
    public String explain()
    {
        if (driver.getEpoch().isPresent()) {
            return queryLog.getProblem()
                    .map(problem -> "The queue does not answer: " + problem)
                    .orElse("The queue does not answer at the moment");
        }
        Optional<String> leader = driver.getOtherLeader().map(QueryLogMember::nodeId);
        if (leader.isPresent()) {
            return calls.otherProtocol()
                    .map(versions -> "Dispatcher %s, which leads the queue, %s".formatted(leader.get(), versions))
                    .orElseGet(() -> "Dispatcher %s, which leads the queue, does not answer at the moment".formatted(leader.get()));
        }
        return driver.refusal()
                .or(encryptedLog::refusal)
                .or(queryLog::getProblem)
                .map(problem -> "No dispatcher leads the queue: " + problem)
                .orElse("No dispatcher leads the queue at the moment");
    }
}
