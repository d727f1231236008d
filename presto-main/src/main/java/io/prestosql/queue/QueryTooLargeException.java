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
package io.prestosql.queue;

import static io.prestosql.querylog.EncryptedQueryLog.MAX_PLAIN_CONTENT_BYTES;

/**
 * A query with its headers is larger than the query log can take.
 */
public class QueryTooLargeException
        extends RuntimeException
{
    public QueryTooLargeException(String message)
    {
        super(message);
    }

    /**
     * @param bytes the size of the query, or a lower bound of it
     */
    QueryTooLargeException(int bytes)
    {
        this("Query with its headers has at least %s bytes, and the queue takes at most %s".formatted(bytes, MAX_PLAIN_CONTENT_BYTES));
    }
}
