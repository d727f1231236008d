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
package io.prestosql.login;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import com.google.inject.Inject;
import io.airlift.units.Duration;
import io.trino.server.security.oauth2.OAuth2Config;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.util.concurrent.Futures.immediateFuture;
import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * Holds the log-ins with OAuth2 that this process knows, by the hash of their id: those that clients wait for, and how others have ended. A
 * log-in ends once: the first outcome counts. The client says when it has the token, which is then forgotten.
 * <p>
 * Entries are kept for a while only, and the oldest ones go when there are too many. Polls and drops need no authentication, so the entries
 * that they leave displace no token.
 */
public class PendingLogins
{
    static final int MAX_ENTRIES = 10_000;
    static final TokenOutcome TIMED_OUT = TokenOutcome.error("Authentication has timed out");
    static final TokenOutcome DROPPED = TokenOutcome.error("Authentication has been finished by the client");

    /** Lets a slow client still learn the outcome of its log-in. */
    private static final long GRACE_NANOS = MINUTES.toNanos(2);

    private final long timeoutNanos;
    private final LongSupplier nanoClock;
    // entries are in the order in which they were made, which is also the order in which they expire
    private final Map<String, WaitingLogin> waiting = new LinkedHashMap<>();
    private final Map<String, EndedLogin> ended = new LinkedHashMap<>();
    private final Map<String, EndedLogin> dropped = new LinkedHashMap<>();

    @Inject
    public PendingLogins(OAuth2Config config)
    {
        this(config.getChallengeTimeout(), System::nanoTime);
    }

    /**
     * @param timeout how long a client may wait
     */
    PendingLogins(Duration timeout, LongSupplier nanoClock)
    {
        this.timeoutNanos = timeout.roundTo(NANOSECONDS);
        this.nanoClock = requireNonNull(nanoClock, "nanoClock is null");
    }

    /**
     * Returns the outcome, once it is there. A caller that does not wait any longer cancels the future.
     */
    public synchronized ListenableFuture<TokenOutcome> poll(String authIdHash)
    {
        long now = expire();
        Optional<TokenOutcome> outcome = outcomeOf(authIdHash);
        if (outcome.isPresent()) {
            return immediateFuture(outcome.get());
        }
        WaitingLogin login = waiting.computeIfAbsent(authIdHash, _ -> new WaitingLogin(now, new ArrayList<>()));
        if (now - login.startNanos() >= timeoutNanos) {
            return immediateFuture(TIMED_OUT);
        }
        SettableFuture<TokenOutcome> poll = SettableFuture.create();
        login.polls().add(poll);
        poll.addListener(() -> forget(login, poll), directExecutor());
        trim(waiting);
        return poll;
    }

    private synchronized void forget(WaitingLogin login, SettableFuture<TokenOutcome> poll)
    {
        login.polls().removeIf(other -> other == poll);
    }

    /**
     * Returns the outcome, if it is there.
     */
    public synchronized Optional<TokenOutcome> find(String authIdHash)
    {
        expire();
        return outcomeOf(authIdHash);
    }

    private Optional<TokenOutcome> outcomeOf(String authIdHash)
    {
        return Optional.ofNullable(dropped.getOrDefault(authIdHash, ended.get(authIdHash))).map(EndedLogin::outcome);
    }

    public void end(String authIdHash, TokenOutcome outcome)
    {
        requireNonNull(outcome, "outcome is null");
        List<SettableFuture<TokenOutcome>> polls;
        synchronized (this) {
            long now = expire();
            if (outcomeOf(authIdHash).isPresent()) {
                return;
            }
            ended.put(authIdHash, new EndedLogin(now, outcome));
            trim(ended);
            polls = stopWaiting(authIdHash);
        }
        polls.forEach(poll -> poll.set(outcome));
    }

    /**
     * Notes that the client has its token, or does not want it any more. A token that comes afterwards is not kept.
     */
    public void drop(String authIdHash)
    {
        List<SettableFuture<TokenOutcome>> polls;
        synchronized (this) {
            long now = expire();
            ended.remove(authIdHash);
            dropped.putIfAbsent(authIdHash, new EndedLogin(now, DROPPED));
            trim(dropped);
            polls = stopWaiting(authIdHash);
        }
        polls.forEach(poll -> poll.set(DROPPED));
    }

    private List<SettableFuture<TokenOutcome>> stopWaiting(String authIdHash)
    {
        WaitingLogin login = waiting.remove(authIdHash);
        return login == null ? List.of() : login.polls().stream().collect(toImmutableList());
    }

    private long expire()
    {
        long now = nanoClock.getAsLong();
        removeOld(waiting, now, WaitingLogin::startNanos);
        removeOld(ended, now, EndedLogin::nanos);
        removeOld(dropped, now, EndedLogin::nanos);
        return now;
    }

    private <T> void removeOld(Map<String, T> entries, long now, ToLongFunction<T> nanos)
    {
        Iterator<T> oldest = entries.values().iterator();
        while (oldest.hasNext() && now - nanos.applyAsLong(oldest.next()) >= timeoutNanos + GRACE_NANOS) {
            oldest.remove();
        }
    }

    private static void trim(Map<String, ?> entries)
    {
        Iterator<?> oldest = entries.values().iterator();
        while (entries.size() > MAX_ENTRIES) {
            oldest.next();
            oldest.remove();
        }
    }

    /**
     * @param startNanos when a client was first seen to wait
     */
    private record WaitingLogin(long startNanos, List<SettableFuture<TokenOutcome>> polls)
    {
        private WaitingLogin
        {
            requireNonNull(polls, "polls is null");
        }
    }

    private record EndedLogin(long nanos, TokenOutcome outcome)
    {
        private EndedLogin
        {
            requireNonNull(outcome, "outcome is null");
        }
    }
}
