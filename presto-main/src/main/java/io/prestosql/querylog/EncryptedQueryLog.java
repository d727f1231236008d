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

import com.google.common.collect.Lists;
import io.airlift.log.Logger;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLog;
import io.prestosql.spi.querylog.QueryLogLeader;
import io.prestosql.spi.querylog.QueryLogListener;
import io.prestosql.spi.querylog.QueryLogMember;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;
import org.weakref.jmx.Managed;

import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

import static io.prestosql.querylog.QueryLogCipher.OVERHEAD_BYTES;
import static io.prestosql.spi.querylog.QueryLogRecord.MAX_CONTENT_BYTES;
import static java.util.Objects.requireNonNull;

/**
 * Encrypts the contents of another log's records. Their keys and kinds stay readable; contents do not, and cannot be changed or moved to
 * another record without being noticed.
 * <p>
 * <b>When a record cannot be decrypted</b>, this dispatcher does not lead. A leader that left the record out, or went on without knowing
 * its content, could run a query twice or forget one. So this dispatcher logs an error that names the missing key and the property to set,
 * appends nothing, and leaves the election by closing the log, so that a dispatcher that has the key can be elected. The records stay as
 * they are. After the configuration is corrected, this dispatcher has to be restarted.
 */
public class EncryptedQueryLog
        implements QueryLog
{
    /**
     * The maximum size of a record's content before encryption.
     */
    public static final int MAX_PLAIN_CONTENT_BYTES = MAX_CONTENT_BYTES - OVERHEAD_BYTES;

    private static final Logger log = Logger.get(EncryptedQueryLog.class);

    private final QueryLog delegate;
    private final QueryLogCipher cipher;
    /** The keys of records that are encrypted with a previous secret, as long as this dispatcher leads. */
    private final Set<String> outdated = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;

    public EncryptedQueryLog(QueryLog delegate, QueryLogKeys keys)
    {
        this.delegate = requireNonNull(delegate, "delegate is null");
        this.cipher = new QueryLogCipher(keys);
    }

    @Override
    public void start(QueryLogMember self, QueryLogListener listener)
    {
        delegate.start(self, new DecryptingListener(listener));
    }

    /**
     * @throws IllegalArgumentException when the content has more than {@value #MAX_PLAIN_CONTENT_BYTES} bytes
     */
    @Override
    public CompletableFuture<Void> append(long epoch, QueryLogRecord record)
    {
        if (refusing) {
            return CompletableFuture.failedFuture(new DeposedException(epoch));
        }
        CompletableFuture<Void> append = delegate.append(epoch, encrypt(record));
        if (record.kind() == Kind.FORGOTTEN || record.kind() == Kind.LASTING) {
            append.whenComplete((_, failure) -> {
                if (failure == null) {
                    outdated.remove(record.key());
                }
            });
        }
        return append;
    }

    /**
     * @throws IllegalArgumentException when the content has more than {@value #MAX_PLAIN_CONTENT_BYTES} bytes
     */
    @Override
    public CompletableFuture<Void> replace(long epoch, QueryLogRecord record)
    {
        return refusing ? CompletableFuture.failedFuture(new DeposedException(epoch)) : delegate.replace(epoch, encrypt(record));
    }

    private QueryLogRecord encrypt(QueryLogRecord record)
    {
        if (record.content().length > MAX_PLAIN_CONTENT_BYTES) {
            throw new IllegalArgumentException("Record of %s has %s bytes, more than the maximum of %s when it is encrypted".formatted(record.key(), record.content().length, MAX_PLAIN_CONTENT_BYTES));
        }
        return cipher.encrypt(record);
    }

    @Override
    public CompletableFuture<Void> confirm(long epoch)
    {
        if (refusing) {
            return CompletableFuture.failedFuture(new QueryLogUnavailableException("This dispatcher cannot decrypt the query log, see its log"));
        }
        return delegate.confirm(epoch);
    }

    @Override
    public Optional<String> identity()
    {
        return delegate.identity();
    }

    @Override
    public boolean isDurable()
    {
        return delegate.isDurable();
    }

    /**
     * Returns why this dispatcher has left the election, if it has; half a sentence.
     */
    public Optional<String> refusal()
    {
        return refusing ? Optional.of("this dispatcher cannot decrypt a record of the query log, and has left the election; its log says which secret is missing") : Optional.empty();
    }

    @Managed(description = "Whether this dispatcher has left the election because it could not decrypt a record")
    public boolean isRefusingToLead()
    {
        return refusing;
    }

    @Managed(description = "On the leader: queries and lasting records that the log has encrypted with a previous secret")
    public int getRecordsOfPreviousSecrets()
    {
        return outdated.size();
    }

    @Override
    public void close()
    {
        delegate.close();
    }

    private final class DecryptingListener
            implements QueryLogListener
    {
        private final QueryLogListener listener;

        private DecryptingListener(QueryLogListener listener)
        {
            this.listener = requireNonNull(listener, "listener is null");
        }

        @Override
        public void elected(long epoch, List<QueryLogRecord> liveRecords)
        {
            Queue<QueryLogRecord> toRenew = new ConcurrentLinkedQueue<>();
            outdated.clear();
            try {
                // on all processors, as clients wait for the new leader
                liveRecords.parallelStream().forEach(record -> {
                    cipher.decrypt(record);
                    if (!cipher.isCurrent(record)) {
                        outdated.add(record.key());
                        if (record.kind() == Kind.LASTING) {
                            toRenew.add(record);
                        }
                    }
                });
            }
            catch (UndecryptableRecordException e) {
                refusing = true;
                log.error("This dispatcher cannot lead the queue and leaves the election; nothing of the queue is lost. %s. Then restart this dispatcher.", e.getMessage());
                // on another thread, as closing may wait for this call to return
                Thread.ofPlatform().daemon().name("query-log-refusal").start(delegate::close);
                return;
            }
            // before the listener appends anything, so that no later record of the same key is lost
            toRenew.forEach(record -> renew(epoch, record));
            // decrypts each record when it is read: decrypting all at once would hold the texts of a long queue in memory a second time
            listener.elected(epoch, Lists.transform(liveRecords, cipher::decrypt));
        }

        /**
         * Encrypts a lasting record with the current secret: it does not age, as queries do.
         */
        private void renew(long epoch, QueryLogRecord record)
        {
            CompletableFuture<Void> append;
            try {
                append = append(epoch, cipher.decrypt(record));
            }
            catch (RuntimeException e) {
                // such as one that a newer release has written, and that is too large here: it must not keep this dispatcher from leading
                append = CompletableFuture.failedFuture(e);
            }
            append.whenComplete((_, failure) -> {
                if (failure != null) {
                    log.warn("%s stays encrypted with a previous secret, until another dispatcher leads: %s", record, failure.getMessage());
                }
            });
        }

        @Override
        public void deposed(long epoch)
        {
            outdated.clear();
            // the listener does not know that this dispatcher was elected
            if (!refusing) {
                listener.deposed(epoch);
            }
        }

        @Override
        public void leaderChanged(Optional<QueryLogLeader> leader)
        {
            listener.leaderChanged(leader);
        }
    }
}
