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

import java.util.concurrent.CompletableFuture;

/**
 * An elected log of the queue: election, fencing and durability in one mechanism.
 * <p>
 * Every dispatcher opens the log with {@link #start}. The log elects at most one leader at a time and tells it through
 * {@link QueryLogListener#elected}, with an epoch that only grows and with the live records in the order in which they were
 * appended. Only the leader may append, and only in its own epoch.
 * <p>
 * A query's records are <i>live</i> from its {@link QueryLogRecord.Kind#SUBMITTED} record until its
 * {@link QueryLogRecord.Kind#FORGOTTEN} record; a store may drop a forgotten query's records at any time after that.
 */
public interface QueryLog
        extends AutoCloseable
{
    /**
     * Takes part in the election from now on.
     *
     * @throws IllegalStateException when the log has been started already
     */
    void start(QueryLogListener listener);

    /**
     * Appends a record in the given epoch.
     * <p>
     * The future completes when the record is as durable as {@link #isDurable} promises: a leader that is elected afterwards
     * is given the record. Records of one caller are kept in the order of the calls.
     *
     * @return a future that fails with {@link DeposedException} when the epoch is no longer the leader's (final: the record is
     * not in the log), or with {@link QueryLogUnavailableException} when the store did not answer (in doubt: the record may or
     * may not be in the log, and the caller must not act on either)
     */
    CompletableFuture<Void> append(long epoch, QueryLogRecord record);

    /**
     * Whether appended records survive the death of this process.
     */
    boolean isDurable();

    /**
     * Leaves the election; a leader gives up its leadership. Appends that are under way may still succeed.
     */
    @Override
    void close();
}
