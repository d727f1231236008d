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
 * Tells the monitors of coordinators what they have to know of this dispatcher's term. The calls come on any thread, and must not block.
 */
public interface Leadership
{
    /**
     * Returns the epoch in which this dispatcher leads the queue, as far as it knows; empty when it does not. Each change must be followed by
     * a call of {@link Coordinators#leadershipChanged}.
     */
    OptionalLong epoch();

    /**
     * Returns the identity of the log that elects this dispatcher; empty while it is not known.
     */
    Optional<String> queue();

    /**
     * Makes sure that no other leader had been elected when this was called.
     *
     * @return a future that fails when another leader had been elected, or when that is not known
     */
    ListenableFuture<Void> confirm(long epoch);

    /**
     * Returns the coordinator's queries whose ends the log has, except those of which the coordinator has been told that.
     */
    List<QueryId> recorded(CoordinatorIncarnation coordinator);

    /**
     * Returns the transactions with statements in the queue or running, on all coordinators.
     */
    List<String> queuedTransactions();

    /**
     * Notes that the coordinator has been told that the log has the ends of these queries.
     */
    void acknowledged(CoordinatorIncarnation coordinator, List<QueryId> queries);
}
