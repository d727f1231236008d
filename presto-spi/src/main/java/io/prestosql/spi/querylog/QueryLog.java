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
package io.prestosql.spi.querylog;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * An elected log of the queue: election, fencing and durability in one mechanism.
 * <p>
 * Every dispatcher opens the log with {@link #start}. The log elects at most one leader at a time and tells it through
 * {@link QueryLogListener#elected}, with an epoch that only grows and with the live records. Only the leader may append, and only in its
 * own epoch. The other members learn who leads, so that they can route calls to the leader.
 * <p>
 * <b>Durability.</b> Every later leader gets each record whose append succeeded, in the order of the appends, no matter which processes
 * die, until the record is forgotten. A record whose append failed with {@link DeposedException} is not in the log and never will be. A
 * record whose append failed in any other way is in doubt: it may or may not be in the log, but all later leaders see the same. If it is in
 * the log, it precedes every record whose append was made after that failure. A record is in the log entirely or not at all.
 * <p>
 * <b>Live records.</b> A key's records are live from its first record until its {@link QueryLogRecord.Kind#FORGOTTEN} record, which ends
 * all of them and is not live itself. A key may be used again after that. A store chooses when to drop records that are not live and
 * contents that were replaced, but does so soon enough that the live records determine its size.
 * <p>
 * <b>Lasting records.</b> A {@link QueryLogRecord.Kind#LASTING} record ends all earlier records of its key, as a forgotten one would, and is
 * live itself. So a key has at most one of them, at the place of its own append.
 * <p>
 * <b>A deposed leader</b> is told through {@link QueryLogListener#deposed} as soon as the log knows. That may be late, but the log refuses
 * its appends from the moment that another leader has been given the live records.
 * <p>
 * <b>Errors.</b> {@link DeposedException} is final. After {@link QueryLogUnavailableException} the caller may append the record again, as
 * long as the epoch lasts; the log may then have the record twice. No method throws any other exception.
 */
public interface QueryLog
        extends AutoCloseable
{
    /**
     * Joins the election. Returns without waiting for a leader or for the store to be reachable.
     *
     * @param self this dispatcher, as the other members are to know it
     * @throws IllegalStateException when the log has been started already
     */
    void start(QueryLogMember self, QueryLogListener listener);

    /**
     * Appends a record in the given epoch. Records of one caller keep the order of the calls: when one of them is in the log, so are all
     * earlier ones that have not failed. Concurrent appends share the cost of a durable write.
     *
     * @return a future that completes when the record is as durable as {@link #isDurable} promises. It fails with {@link DeposedException}
     * when the epoch is not, or no longer, the leader's, or with {@link QueryLogUnavailableException} when the store did not take the
     * record in time (in doubt: the caller must not act on either outcome). It never stays open for longer than the store's time-outs.
     */
    CompletableFuture<Void> append(long epoch, QueryLogRecord record);

    /**
     * Replaces the content of every live record of the same key and kind, in place. Does nothing when there is none. In a store that keeps
     * records in the order of their appends, this call has its own place in that order: it does not change a record that was appended after
     * it, and when it is in the log, so are all earlier appends that have not failed.
     *
     * @param record of a query, with the new content, which is no larger than the old one
     * @return a future like that of {@link #append}; in doubt, the content is the old or the new one, and no later leader sees it change
     * without another call
     */
    CompletableFuture<Void> replace(long epoch, QueryLogRecord record);

    /**
     * Confirms that no other leader had been elected at the time of this call.
     *
     * @return a future that fails like that of {@link #append}
     */
    CompletableFuture<Void> confirm(long epoch);

    /**
     * Returns a name that no other log has. It is the same at all members for as long as the log exists: coordinators obey the dispatchers
     * of one log only, and epochs of different logs cannot be compared. At most 200 characters.
     *
     * @return empty while the name is not known, but a leader always knows it; always empty from a store that has no such name
     */
    default Optional<String> identity()
    {
        return Optional.empty();
    }

    /**
     * Returns whether appended records survive the death of this process.
     */
    boolean isDurable();

    /**
     * Leaves the election. A leader gives up its leadership, so that another one is elected at once. Appends that are under way may still
     * succeed. Closing again does nothing.
     */
    @Override
    void close();
}
