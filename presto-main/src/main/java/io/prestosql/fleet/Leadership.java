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
package io.prestosql.fleet;

import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.node.CoordinatorIncarnation;
import io.trino.spi.QueryId;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the monitors of coordinators have to know of the term of this dispatcher. The calls come on any thread, and must not block.
 */
public interface Leadership
{
    /**
     * The epoch in which this dispatcher leads the queue, as far as it knows; empty when it does not. After a change, call
     * {@link Coordinators#leadershipChanged}.
     */
    OptionalLong epoch();

    /**
     * The identity of the log that elects this dispatcher; empty while it is not known.
     */
    Optional<String> queue();

    /**
     * Makes sure that no other leader had been elected when this was called.
     *
     * @return fails when that is not so, or not known
     */
    ListenableFuture<Void> confirm(long epoch);

    /**
     * The queries of that coordinator whose ends the log has, and of which the coordinator has not been told that.
     */
    List<QueryId> recorded(CoordinatorIncarnation coordinator);

    /**
     * The transactions that have statements in the queue or running, wherever the transactions are.
     */
    List<String> queuedTransactions();

    /**
     * The coordinator has been told that the log has the ends of these queries.
     */
    void acknowledged(CoordinatorIncarnation coordinator, List<QueryId> queries);
}
