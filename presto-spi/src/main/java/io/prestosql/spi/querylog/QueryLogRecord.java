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

import java.util.Arrays;
import java.util.Objects;

import static java.util.Objects.requireNonNull;

/**
 * One step of a query, or a fact that is no query's, which has to outlive the leader. The log does not interpret the content.
 *
 * @param key the query's id, or the name of the fact; at most {@value #MAX_KEY_LENGTH} characters
 * @param content specific to the kind, and versioned; at most {@value #MAX_CONTENT_BYTES} bytes
 */
public record QueryLogRecord(String key, Kind kind, byte[] content)
{
    public static final int MAX_CONTENT_BYTES = 16 * 1024 * 1024;
    public static final int MAX_KEY_LENGTH = 512;

    /**
     * Stores keep the number, never the name or the ordinal.
     */
    public enum Kind
    {
        /** The client was told the query's id, or is about to be. */
        SUBMITTED(1),
        /**
         * The client has asked for the query, which is queued from then on. After {@link #DISPATCHED}: no coordinator has the query, and it
         * is queued again.
         */
        ELIGIBLE(2),
        /** The query is about to be sent to a coordinator. */
        DISPATCHED(3),
        /** The client's cancel was, or is about to be, acknowledged. */
        CANCELED(4),
        /** The query has reached its one terminal state. */
        ENDED(5),
        /** No client may ask for the query any more, so the log need not keep it. Or a fact is none any more. */
        FORGOTTEN(7),
        /**
         * A fact that is no query's, such as a decision of an operator. It stays until it is forgotten, and takes the place of the earlier
         * fact of the same key. Releases before 476-2 do not know this kind.
         */
        LASTING(8);

        private final int number;

        Kind(int number)
        {
            this.number = number;
        }

        public int number()
        {
            return number;
        }

        /**
         * @throws IllegalArgumentException when no kind has the number, for example because a newer release wrote the record
         */
        public static Kind fromNumber(int number)
        {
            return Arrays.stream(values())
                    .filter(kind -> kind.number == number)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("No kind of record has the number %s: it may come from a newer release".formatted(number)));
        }
    }

    public QueryLogRecord
    {
        requireNonNull(key, "key is null");
        requireNonNull(kind, "kind is null");
        requireNonNull(content, "content is null");
        if (key.isEmpty() || key.length() > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException("Key of a record has %s characters: there must be 1 to %s".formatted(key.length(), MAX_KEY_LENGTH));
        }
        if (content.length > MAX_CONTENT_BYTES) {
            throw new IllegalArgumentException("Record of %s has %s bytes, more than the maximum of %s".formatted(key, content.length, MAX_CONTENT_BYTES));
        }
    }

    @Override
    public boolean equals(Object other)
    {
        return other instanceof QueryLogRecord(String otherKey, Kind otherKind, byte[] otherContent) &&
                key.equals(otherKey) &&
                kind == otherKind &&
                Arrays.equals(content, otherContent);
    }

    @Override
    public int hashCode()
    {
        return Objects.hash(key, kind, Arrays.hashCode(content));
    }

    @Override
    public String toString()
    {
        // contents are secret
        return "%s %s (%s bytes)".formatted(kind, key, content.length);
    }
}
