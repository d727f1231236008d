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
 * The appends of this dispatcher whose outcome is not known yet.
 * <p>
 * The outcome is what this dispatcher's own replica of the log says. An append whose record has been applied has succeeded, whoever leads by
 * then. One whose record has not been applied when the first entry of a later epoch is has failed for good, because the log has no
 * entries of an epoch behind those of a later one. Everything else is in doubt and ends when its time is over.
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
     * @return a future to be completed with an outcome, or in any other way when its time is over
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
     * The record is going to be written to the log of this dispatcher: from now on the log alone knows the outcome.
     */
    synchronized void written(long epoch, long sequence)
    {
        PendingAppend append = appends.get(new Key(epoch, sequence));
        if (append != null) {
            append.written = true;
        }
    }

    /**
     * The record could not be handed over. Without effect when it was written before that.
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
     * The record is in the log, but in a later epoch: it counts nowhere.
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
     * What happened to the appends that are pending is not going to be known here.
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
