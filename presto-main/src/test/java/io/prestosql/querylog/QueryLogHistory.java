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

import io.prestosql.querylog.ObservedQueryLog.ObservedElection;
import io.prestosql.spi.querylog.DeposedException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.spi.querylog.QueryLogUnavailableException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

import static io.prestosql.querylog.QueryLogHistory.Fate.IN;
import static io.prestosql.querylog.QueryLogHistory.Fate.MAYBE;
import static io.prestosql.querylog.QueryLogHistory.Fate.OUT;
import static java.util.Objects.requireNonNull;

/**
 * Records all appends to a log and all live records that its leaders were given, and checks whether a correct log may behave like that.
 */
final class QueryLogHistory
{
    enum Fate
    {
        IN, OUT, MAYBE
    }

    /**
     * @param position the position among the appends in the same epoch, which all have the same caller
     * @param lost whether the caller was killed before it knew the outcome
     */
    private record Append(long epoch, int position, QueryLogRecord record, CompletableFuture<Void> outcome, boolean lost) {}

    private final List<String> violations = new ArrayList<>();
    private final List<ObservedElection> elections = new ArrayList<>();
    private final Map<Long, List<Append>> appends = new HashMap<>();

    synchronized void check(boolean condition, String violation)
    {
        if (!condition) {
            violations.add(violation);
        }
    }

    synchronized void addElection(ObservedElection election)
    {
        for (ObservedElection other : elections) {
            check(other.epoch() != election.epoch(), "Both %s and %s were elected in epoch %s".formatted(other.member().nodeId(), election.member().nodeId(), election.epoch()));
        }
        elections.add(election);
    }

    /**
     * Remembers an append. No two records of one history are equal. Only one caller appends in an epoch.
     */
    synchronized void addAppend(long epoch, QueryLogRecord record, CompletableFuture<Void> outcome)
    {
        List<Append> ofEpoch = appends.computeIfAbsent(epoch, _ -> new ArrayList<>());
        ofEpoch.add(new Append(epoch, ofEpoch.size(), record, outcome, false));
    }

    /**
     * Marks the open outcomes of an epoch as lost, because its caller was killed before it saw them.
     */
    synchronized void loseOutcomes(long epoch)
    {
        appends.getOrDefault(epoch, new ArrayList<>())
                .replaceAll(append -> append.outcome().isDone() ? append : new Append(append.epoch(), append.position(), append.record(), new CompletableFuture<>(), true));
    }

    /**
     * Returns the open outcomes, except those whose callers were killed.
     */
    synchronized List<CompletableFuture<Void>> openOutcomes()
    {
        return appends.values().stream()
                .flatMap(List::stream)
                .filter(append -> !append.lost())
                .map(Append::outcome)
                .filter(outcome -> !outcome.isDone())
                .toList();
    }

    synchronized List<ObservedElection> elections()
    {
        return elections.stream()
                .sorted(Comparator.comparingLong(ObservedElection::epoch))
                .toList();
    }

    synchronized ObservedElection election(long epoch)
    {
        return elections.stream()
                .filter(election -> election.epoch() == epoch)
                .findFirst()
                .orElseThrow(() -> new AssertionError("No leader of epoch %s".formatted(epoch)));
    }

    /**
     * Waits for a condition that depends on calls to listeners.
     */
    synchronized void await(String description, Duration timeout, BooleanSupplier condition)
    {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                throw new AssertionError("Not within %s: %s".formatted(timeout, description));
            }
            try {
                wait(millis);
            }
            catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("Interrupted", e);
            }
        }
    }

    /**
     * Throws an {@link AssertionError} that lists everything the log must not have done. No outcome may be open, unless its caller was killed.
     */
    synchronized void verify()
    {
        List<String> found = new ArrayList<>(violations);
        List<ObservedElection> ordered = elections();
        appends.values().stream().flatMap(List::stream).forEach(append -> {
            if (!append.outcome().isDone() && !append.lost()) {
                found.add("%s, which was appended in epoch %s, has no outcome".formatted(append.record(), append.epoch()));
            }
        });
        ObservedElection previous = null;
        for (ObservedElection election : ordered) {
            verifyElection(previous, election, found);
            previous = election;
        }
        if (!found.isEmpty()) {
            throw new AssertionError(String.join("\n", found));
        }
    }

    /**
     * Checks that the live records follow from those of the previous leader and from the appends since.
     */
    private void verifyElection(ObservedElection previous, ObservedElection election, List<String> found)
    {
        String where = "Leader of epoch %s".formatted(election.epoch());
        Map<QueryLogRecord, Integer> given = new LinkedHashMap<>();
        for (QueryLogRecord record : election.liveRecords()) {
            if (given.put(record, given.size()) != null) {
                found.add("%s got %s twice".formatted(where, record));
            }
            if (record.kind() == Kind.FORGOTTEN) {
                found.add("%s got %s, which is never live".formatted(where, record));
            }
        }

        // all records that may be in the log, in their order
        Map<QueryLogRecord, Fate> fates = new LinkedHashMap<>();
        if (previous != null) {
            previous.liveRecords().forEach(record -> fates.put(record, IN));
        }
        long firstEpoch = previous == null ? 0 : previous.epoch();
        appends.entrySet().stream()
                .filter(entry -> entry.getKey() >= firstEpoch && entry.getKey() < election.epoch())
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .forEach(ofEpoch -> {
                    int lastIn = ofEpoch.stream()
                            .filter(append -> given.containsKey(append.record()) || fate(append) == IN)
                            .mapToInt(Append::position)
                            .max()
                            .orElse(-1);
                    // appends before one that is in the log are in the log, unless they failed
                    ofEpoch.forEach(append -> fates.put(append.record(), append.lost() && append.position() < lastIn ? IN : fate(append)));
                });

        List<QueryLogRecord> order = List.copyOf(fates.keySet());
        Map<QueryLogRecord, Integer> places = new HashMap<>();
        order.forEach(record -> places.put(record, places.size()));
        int last = -1;
        for (QueryLogRecord record : given.keySet()) {
            Integer place = places.get(record);
            if (place == null) {
                found.add("%s got %s, which was not live and was not appended since".formatted(where, record));
                continue;
            }
            if (place < last) {
                found.add("%s got %s after %s, which was appended later".formatted(where, record, order.get(last)));
            }
            last = Math.max(last, place);
        }

        Set<String> keys = new HashSet<>();
        fates.keySet().forEach(record -> keys.add(record.key()));
        for (String key : keys) {
            List<QueryLogRecord> candidates = order.stream().filter(record -> record.key().equals(key)).toList();
            Set<QueryLogRecord> actual = new HashSet<>(given.keySet().stream().filter(record -> record.key().equals(key)).toList());
            if (!canBeLive(candidates, fates, actual)) {
                found.add("%s got %s of key %s, which cannot be after %s".formatted(
                        where,
                        candidates.stream().filter(actual::contains).map(QueryLogHistory::describe).toList(),
                        key,
                        candidates.stream().map(record -> describe(record) + " " + fates.get(record)).toList()));
            }
        }
    }

    /**
     * Returns whether the records can be the live ones of a key. Tries each {@code FORGOTTEN} or {@code LASTING} record that may have ended the
     * records before it.
     */
    private static boolean canBeLive(List<QueryLogRecord> candidates, Map<QueryLogRecord, Fate> fates, Set<QueryLogRecord> actual)
    {
        for (int start = 0; start <= candidates.size(); start++) {
            boolean canStart = start == 0 ||
                    (candidates.get(start - 1).kind() == Kind.FORGOTTEN && fates.get(candidates.get(start - 1)) != OUT) ||
                    (start < candidates.size() && candidates.get(start).kind() == Kind.LASTING && actual.contains(candidates.get(start)));
            if (!canStart || candidates.subList(0, start).stream().anyMatch(actual::contains)) {
                continue;
            }
            boolean startPossible = start == candidates.size() || canBeLive(candidates.get(start), fates, actual);
            boolean possible = startPossible && candidates.stream().skip(start + 1L).allMatch(record ->
                    record.kind() == Kind.LASTING ? fates.get(record) != IN && !actual.contains(record) : canBeLive(record, fates, actual));
            if (possible) {
                return true;
            }
        }
        return false;
    }

    private static boolean canBeLive(QueryLogRecord record, Map<QueryLogRecord, Fate> fates, Set<QueryLogRecord> actual)
    {
        Fate fate = fates.get(record);
        if (record.kind() == Kind.FORGOTTEN) {
            return fate != IN;
        }
        return fate == MAYBE || actual.contains(record) == (fate == IN);
    }

    private static Fate fate(Append append)
    {
        if (!append.outcome().isDone()) {
            return MAYBE;
        }
        if (!append.outcome().isCompletedExceptionally()) {
            return IN;
        }
        return switch (append.outcome().exceptionNow()) {
            case DeposedException _ -> OUT;
            case QueryLogUnavailableException _ -> MAYBE;
            case Throwable other -> throw new AssertionError("Append failed with something else", other);
        };
    }

    private static String describe(QueryLogRecord record)
    {
        return "%s %s#%s".formatted(record.kind(), requireNonNull(record.key()), record.hashCode());
    }
}
