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
package io.prestosql.querylog.embedded;

import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogUnavailableException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

import static java.util.Objects.requireNonNull;

/**
 * Tracks the appends of this dispatcher whose outcome is not known yet.
 * <p>
 * This dispatcher's own replica of the log decides the outcome. An append has succeeded when its record is applied, no matter who leads by
 * then. It has failed for good when the first entry of a later epoch is applied before its record, because the log has no entries of an
 * epoch behind those of a later one. Every other append is in doubt, and ends with its time-out.
 */
final class PendingAppends
{
    private record Key(long epoch, long sequence) {}

    private static final class PendingAppend
    {
        private final CompletableFuture<Void> outcome = new CompletableFuture<>();
        private boolean written;
    }

    private final Map<Key, PendingAppend> appends = new HashMap<>();

    /**
     * @return a future that the caller completes when the time is over, unless the outcome comes before
     */
    CompletableFuture<Void> add(long epoch, long sequence)
    {
        Key key = new Key(epoch, sequence);
        PendingAppend append = new PendingAppend();
        synchronized (this) {
            appends.put(key, append);
        }
        append.outcome.whenComplete((_, _) -> remove(key));
        return append.outcome;
    }

    /**
     * The record is about to be written to the log of this dispatcher: from now on only the log decides the outcome.
     */
    synchronized void written(long epoch, long sequence)
    {
        PendingAppend append = appends.get(new Key(epoch, sequence));
        if (append != null) {
            append.written = true;
        }
    }

    /**
     * The record could not be submitted. Has no effect when the record was already being written.
     */
    void notSubmitted(long epoch, long sequence, RuntimeException failure)
    {
        PendingAppend append;
        synchronized (this) {
            append = appends.get(new Key(epoch, sequence));
            if (append == null || append.written) {
                return;
            }
        }
        append.outcome.completeExceptionally(failure);
    }

    void applied(long epoch, long sequence)
    {
        PendingAppend append = remove(new Key(epoch, sequence));
        if (append != null) {
            append.outcome.complete(null);
        }
    }

    /**
     * The record is in the log, but in a later epoch, so it does not count.
     */
    void refused(long epoch, long sequence)
    {
        PendingAppend append = remove(new Key(epoch, sequence));
        if (append != null) {
            append.outcome.completeExceptionally(new DeposedException(epoch));
        }
    }

    /**
     * No entry of an earlier epoch follows.
     */
    void epochBegan(long epoch)
    {
        take(key -> key.epoch() < epoch).forEach((key, append) -> append.outcome.completeExceptionally(new DeposedException(key.epoch())));
    }

    /**
     * Fails all pending appends, because their outcome cannot be known here any more.
     */
    void lost(String reason)
    {
        requireNonNull(reason, "reason is null");
        take(_ -> true).forEach((_, append) -> append.outcome.completeExceptionally(new QueryLogUnavailableException(reason)));
    }

    synchronized int size()
    {
        return appends.size();
    }

    private synchronized PendingAppend remove(Key key)
    {
        return appends.remove(key);
    }

    private synchronized Map<Key, PendingAppend> take(Predicate<Key> condition)
    {
        List<Key> keys = appends.keySet().stream()
                .filter(condition)
                .toList();
        Map<Key, PendingAppend> taken = new HashMap<>();
        keys.forEach(key -> taken.put(key, appends.remove(key)));
        return taken;
    }
}
