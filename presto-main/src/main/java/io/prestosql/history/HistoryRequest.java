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
package io.prestosql.history;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Ints;
import io.prestosql.node.ClusterName;
import jakarta.ws.rs.core.MultivaluedMap;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

/**
 * Reads the parameters of a request for the history. Its exceptions name the parameter, and what is right.
 */
final class HistoryRequest
{
    static final int MAX_LIMIT = 1000;
    static final int MAX_COLUMNS = 1500;

    private static final Set<String> FILTERS = ImmutableSet.of("id", "user", "source", "cluster", "state", "from", "to", "text");
    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-01-01T00:00:00Z");
    private static final int MINUTES_OF_DAY = 24 * 60;

    private final MultivaluedMap<String, String> parameters;
    private final boolean sqlKept;

    private HistoryRequest(MultivaluedMap<String, String> parameters, boolean sqlKept)
    {
        this.parameters = requireNonNull(parameters, "parameters is null");
        this.sqlKept = sqlKept;
    }

    record ListRequest(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit) {}

    record ChartRequest(PastQueryFilter filter, Instant from, int minutes, int columns) {}

    /**
     * @throws IllegalArgumentException when a parameter is wrong
     */
    static ListRequest parseList(MultivaluedMap<String, String> parameters, boolean sqlKept)
    {
        HistoryRequest request = new HistoryRequest(parameters, sqlKept);
        request.checkNames(ImmutableSet.of("limit", "cursor"));
        return new ListRequest(request.filter(request.time("from"), request.time("to")), request.cursor(), request.number("limit", 100, MAX_LIMIT));
    }

    /**
     * @throws IllegalArgumentException when a parameter is wrong
     */
    static ChartRequest parseChart(MultivaluedMap<String, String> parameters, boolean sqlKept, Instant now)
    {
        HistoryRequest request = new HistoryRequest(parameters, sqlKept);
        request.checkNames(ImmutableSet.of("minutes"));
        int minutes = request.number("minutes", 5, MINUTES_OF_DAY);
        long seconds = minutes * 60L;
        Instant to = request.time("to").orElse(now);
        Instant from = request.time("from").orElseGet(() -> max(EARLIEST, to.minusSeconds(6 * 60 * 60)));
        checkArgument(from.isBefore(to), "to has to be later than from");
        Instant start = Instant.ofEpochSecond(Math.floorDiv(from.getEpochSecond(), seconds) * seconds);
        // the last one may be cut
        long columns = (to.getEpochSecond() - start.getEpochSecond() + seconds - (to.getNano() > 0 ? 0 : 1)) / seconds;
        checkArgument(columns <= MAX_COLUMNS, "from, to and minutes make %s columns, and a chart has at most %s: choose a shorter time, or more minutes", columns, MAX_COLUMNS);
        return new ChartRequest(request.filter(Optional.of(from), Optional.of(to)), start, minutes, (int) columns);
    }

    private static Instant max(Instant first, Instant second)
    {
        return first.isAfter(second) ? first : second;
    }

    private void checkNames(Set<String> others)
    {
        for (String name : parameters.keySet()) {
            checkArgument(FILTERS.contains(name) || others.contains(name), "There is no parameter '%s': there are %s, %s", name, String.join(", ", FILTERS), String.join(", ", others));
            checkArgument(parameters.get(name).size() == 1, "%s is given more than once", name);
        }
    }

    private PastQueryFilter filter(Optional<Instant> from, Optional<Instant> to)
    {
        if (from.isPresent() && to.isPresent()) {
            checkArgument(from.get().isBefore(to.get()), "to has to be later than from");
        }
        Optional<String> text = text("text");
        checkArgument(text.isEmpty() || sqlKept, "text finds nothing, as this history keeps no statements: leave it out, or set query-history.sql=true on the dispatchers");
        Optional<String> cluster = text("cluster");
        cluster.ifPresent(name -> checkArgument(ClusterName.isValid(name), "cluster has to be the name of a cluster, and '%s' is none", name));
        return new PastQueryFilter(text("id"), text("user"), text("source"), cluster, state(), from, to, text);
    }

    private Optional<String> text(String name)
    {
        return Optional.ofNullable(parameters.getFirst(name))
                .filter(value -> !value.isEmpty())
                .map(value -> {
                    checkArgument(value.length() <= PastQuery.MAX_SQL_LENGTH, "%s is too long: it may have %s characters", name, PastQuery.MAX_SQL_LENGTH);
                    return PastQuery.bound(value, PastQuery.MAX_SQL_LENGTH);
                });
    }

    private Optional<PastState> state()
    {
        return text("state").map(value -> Arrays.stream(PastState.values())
                .filter(state -> state.name().equals(value))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("state has to be " + Arrays.stream(PastState.values()).map(Enum::name).collect(joining(" or ")))));
    }

    private Optional<Instant> time(String name)
    {
        return text(name).map(value -> {
            Instant time;
            try {
                time = Instant.parse(value);
            }
            catch (DateTimeParseException e) {
                throw new IllegalArgumentException("%s has to be a time such as 2026-12-01T07:00:00Z".formatted(name), e);
            }
            checkArgument(!time.isBefore(EARLIEST) && time.isBefore(LATEST), "%s has to be between %s and %s", name, EARLIEST, LATEST);
            return time;
        });
    }

    private int number(String name, int defaultValue, int max)
    {
        return text(name)
                .map(value -> Optional.ofNullable(Ints.tryParse(value))
                        .filter(number -> number >= 1 && number <= max)
                        .orElseThrow(() -> new IllegalArgumentException("%s has to be a number from 1 to %s".formatted(name, max))))
                .orElse(defaultValue);
    }

    private Optional<PastQueryPosition> cursor()
    {
        return text("cursor").map(value -> {
            try {
                PastQueryPosition position = PastQueryPosition.parseCursor(value);
                checkArgument(!position.submitted().isBefore(EARLIEST) && position.submitted().isBefore(LATEST), "Not a cursor");
                return position;
            }
            catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("cursor has to be 'next' of an earlier answer", e);
            }
        });
    }
}
