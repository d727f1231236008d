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
 * {@link QueryLogListener#elected}, with an epoch that only grows and with the live records. Only the leader may append, and only in
 * its own epoch. The other members are told who leads, so that they can send it what they are asked.
 * <p>
 * <b>What durable means.</b> A record whose append has succeeded is given to every leader that is elected afterwards, whatever
 * processes die, in the order of the appends, until it is forgotten. A record whose append has failed with {@link DeposedException} is
 * not in the log and never will be. A record whose append has failed in any other way is in doubt: it is in the log or it is not, and
 * no later leader sees it come or go. If it is there, it is before every record whose append was made after that failure. A record is
 * there as a whole or not at all.
 * <p>
 * <b>Live records.</b> A key's records are live from its first record until its {@link QueryLogRecord.Kind#FORGOTTEN} record, which
 * ends all of them and is not live itself; a key may come again after that. A store drops what is not live at a time of its own, but
 * soon enough that its size follows from the live records. The same holds of contents that were replaced.
 * <p>
 * <b>A deposed leader</b> is told through {@link QueryLogListener#deposed} as soon as it is known. That may be late, but its appends are
 * refused from the moment on that another leader has been given the live records.
 * <p>
 * <b>Errors.</b> {@link DeposedException} is final; {@link QueryLogUnavailableException} can be tried again, as long as the epoch lasts,
 * by appending the record anew, which may then be in the log twice. Nothing here throws anything else.
 */
public interface QueryLog
        extends AutoCloseable
{
    /**
     * Takes part in the election from now on. Returns without waiting for a leader or even for the store to be reachable.
     *
     * @param self this dispatcher, as the other members are to know it
     * @throws IllegalStateException when the log has been started already
     */
    void start(QueryLogMember self, QueryLogListener listener);

    /**
     * Appends a record in the given epoch. Records of one caller are kept in the order of the calls: when one of them is in the log,
     * those before it that have not failed are. Concurrent appends share what a durable write costs.
     *
     * @return a future that completes when the record is as durable as {@link #isDurable} promises. It fails with
     * {@link DeposedException} when the epoch is not the leader's (any more), or with {@link QueryLogUnavailableException} when the
     * store did not take the record in time (in doubt: the caller must not act on either). It never stays open for longer than the
     * store's time-outs.
     */
    CompletableFuture<Void> append(long epoch, QueryLogRecord record);

    /**
     * Gives a live record another content, in its place: every live record of the same key and kind. Nothing happens when there is none. Where
     * records are in the order of their appends, this comes in its own order among them: one that was appended after this call is as it was
     * appended, and when this is in the log, the appends before it that have not failed are.
     *
     * @param record with the new content, which is no larger than the one before
     * @return a future as that of {@link #append}; in doubt, the content is the old or the new one, and no later leader sees it change without
     * another call
     */
    CompletableFuture<Void> replace(long epoch, QueryLogRecord record);

    /**
     * Makes sure that no other leader had been elected when this was called.
     *
     * @return a future that fails as that of {@link #append} does
     */
    CompletableFuture<Void> confirm(long epoch);

    /**
     * A name of the log that no other log has, the same at all its members for as long as it exists: coordinators obey the dispatchers of one log
     * only, and epochs of different logs do not compare. At most 200 characters.
     *
     * @return empty while it is not known, which it is when this dispatcher leads; or always, from a store that cannot tell
     */
    default Optional<String> identity()
    {
        return Optional.empty();
    }

    /**
     * Whether appended records survive the death of this process.
     */
    boolean isDurable();

    /**
     * Leaves the election; a leader gives up its leadership so that another one is elected at once. Appends that are under way may still
     * succeed. Closing again does nothing.
     */
    @Override
    void close();
}
