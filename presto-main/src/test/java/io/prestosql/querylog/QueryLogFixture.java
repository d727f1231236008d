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
 * An empty store with its members, and the power to do harm to them: what {@link AbstractTestQueryLog} needs of a store.
 * <p>
 * The members are a fixed group, as some stores want it; a test opens all of them, and at least all but one stay open while it wants a
 * leader. A member that was closed or killed can be opened again, with the data that it left behind: the dispatcher was restarted.
 */
public interface QueryLogFixture
        extends AutoCloseable
{
    /**
     * The members that there can be: one, or at least three.
     */
    List<QueryLogMember> members();

    /**
     * Makes the log of a member that is not open. The caller starts and closes it.
     */
    QueryLog open(QueryLogMember member);

    /**
     * Gives appends and elections all the time that a busy machine may need, where the store sets a limit. Called before members are opened.
     */
    default void allowForBusyMachine() {}

    /**
     * Ends the member's process without a goodbye, as {@code kill -9} does. When this returns, nothing that the member
     * does reaches the store any more. Whether what it was doing has reached the store is open.
     */
    void kill(QueryLog log);

    /**
     * Whether {@link #pause} works.
     */
    boolean canPause();

    /**
     * Stops the member as {@code SIGSTOP} does, without closing its connections, until {@link #resume}. Returns without waiting for its
     * lease to be over.
     */
    void pause(QueryLog log);

    /**
     * Lets a paused member go on where it was.
     */
    void resume(QueryLog log);

    /**
     * Whether {@link #stopStore} works.
     */
    boolean canStopStore();

    /**
     * Takes the store away from all members, which go on running.
     */
    void stopStore();

    /**
     * Brings the store back with the data that it had.
     */
    void startStore();

    /**
     * How long an election may take in the worst case, when the leader was paused or the store was away. Has room for a slow machine.
     */
    Duration electionTimeout();

    /**
     * How long an election may take when the leader was closed or killed. Has room for a slow machine, but is shorter than the lease
     * when there is one.
     */
    Duration replacementTimeout();

    /**
     * How long an append may stay open in the worst case, when the store is away. Has room for a slow machine.
     */
    Duration appendTimeout();

    /**
     * Closes and removes everything, also what was killed or is paused.
     */
    @Override
    void close()
            throws Exception;
}
