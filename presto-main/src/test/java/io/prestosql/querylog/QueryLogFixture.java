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
package io.prestosql.querylog;

import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogMember;

import java.time.Duration;
import java.util.List;

/**
 * An empty store and its members, with the means to harm them, for {@link AbstractTestQueryLog}.
 * <p>
 * The members are a fixed group, because some stores need that. A test opens all of them, and keeps at least all but one open while it
 * needs a leader. A member that was closed or killed can be opened again with the data that it left behind, like a dispatcher that
 * restarts.
 */
public interface QueryLogFixture
        extends AutoCloseable
{
    /**
     * Returns all possible members: one, or at least three.
     */
    List<QueryLogMember> members();

    /**
     * Makes the log of a member that is not open. The caller starts and closes it.
     */
    QueryLog open(QueryLogMember member);

    /**
     * Raises the store's limits on the time of appends and elections, if any, for a busy machine. Must be called before members are opened.
     */
    default void allowForBusyMachine() {}

    /**
     * Ends the member's process abruptly, as {@code kill -9} does. After this returns, nothing from the member reaches the store. Calls that
     * were under way may or may not have reached it.
     */
    void kill(QueryLog log);

    /**
     * Returns whether {@link #pause} works.
     */
    boolean canPause();

    /**
     * Stops the member as {@code SIGSTOP} does, without closing its connections, until {@link #resume}. Does not wait for the end of its
     * lease.
     */
    void pause(QueryLog log);

    /**
     * Lets a paused member continue.
     */
    void resume(QueryLog log);

    /**
     * Returns whether {@link #stopStore} works.
     */
    boolean canStopStore();

    /**
     * Takes the store away from all members, which keep running.
     */
    void stopStore();

    /**
     * Brings the store back with the data that it had.
     */
    void startStore();

    /**
     * Returns how long an election may take in the worst case, after a pause of the leader or an outage of the store. Leaves room for a slow
     * machine.
     */
    Duration electionTimeout();

    /**
     * Returns how long an election may take after the leader was closed or killed. Leaves room for a slow machine, but is shorter than the
     * lease, if the store has one.
     */
    Duration replacementTimeout();

    /**
     * Returns how long an append may stay open in the worst case, during an outage of the store. Leaves room for a slow machine.
     */
    Duration appendTimeout();

    /**
     * Closes and removes everything, including members that were killed or are paused.
     */
    @Override
    void close()
            throws Exception;
}
