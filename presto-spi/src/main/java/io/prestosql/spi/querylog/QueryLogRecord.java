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

import static java.util.Objects.requireNonNull;

/**
 * One step in the life of one query.
 *
 * @param queryId the query's id, as its client knows it
 * @param kind which step
 * @param content the step's details in a form that only the queue reads; at most {@value #MAX_CONTENT_BYTES} bytes. It must not be
 * changed after the record was made.
 */
public record QueryLogRecord(String queryId, Kind kind, byte[] content)
{
    public static final int MAX_CONTENT_BYTES = 16 * 1024 * 1024;

    public enum Kind
    {
        /** The client was told the query's id, or is about to be. */
        SUBMITTED,
        /** The query is about to be sent to a coordinator. */
        DISPATCHED,
        /** The client's cancel was, or is about to be, acknowledged. */
        CANCELED,
        /** The query has reached its one terminal state. */
        ENDED,
        /** Nobody may ask for the query any more. */
        FORGOTTEN,
    }

    public QueryLogRecord
    {
        requireNonNull(queryId, "queryId is null");
        requireNonNull(kind, "kind is null");
        requireNonNull(content, "content is null");
        if (content.length > MAX_CONTENT_BYTES) {
            throw new IllegalArgumentException("Record of query %s has %s bytes, more than the maximum of %s".formatted(queryId, content.length, MAX_CONTENT_BYTES));
        }
    }
}
