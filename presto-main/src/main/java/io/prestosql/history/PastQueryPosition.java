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

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;

import static java.util.Objects.requireNonNull;

/**
 * A place in the history, whose order is that of the submissions.
 */
public record PastQueryPosition(Instant submitted, String queryId)
        implements Comparable<PastQueryPosition>
{
    private static final Comparator<PastQueryPosition> ORDER = Comparator.comparing(PastQueryPosition::submitted).thenComparing(PastQueryPosition::queryId);

    public PastQueryPosition
    {
        requireNonNull(submitted, "submitted is null");
        requireNonNull(queryId, "queryId is null");
    }

    /**
     * Returns the position as a text of letters, digits, hyphens and underscores.
     */
    String toCursor()
    {
        return Base64.getUrlEncoder().withoutPadding().encodeToString("%s %s".formatted(submitted, queryId).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @throws IllegalArgumentException when it is no cursor
     */
    static PastQueryPosition parseCursor(String cursor)
    {
        String[] parts = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8).split(" ", 2);
        if (parts.length != 2) {
            throw new IllegalArgumentException("Not a cursor");
        }
        try {
            return new PastQueryPosition(Instant.parse(parts[0]), PastQuery.bound(parts[1], 100));
        }
        catch (DateTimeException e) {
            throw new IllegalArgumentException("Not a cursor", e);
        }
    }

    @Override
    public int compareTo(PastQueryPosition other)
    {
        return ORDER.compare(this, other);
    }
}
