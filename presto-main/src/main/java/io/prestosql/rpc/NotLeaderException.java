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
package io.prestosql.rpc;

import jakarta.ws.rs.core.Response;

/**
 * This dispatcher does not lead the queue, or no longer does. Another dispatcher can answer.
 */
public class NotLeaderException
        extends RuntimeException
{
    /** The HTTP status of an answer with this meaning: Misdirected Request, of RFC 9110. */
    public static final int STATUS = 421;

    private static final String MESSAGE = "This dispatcher does not lead the queue";

    public NotLeaderException()
    {
        super(MESSAGE);
    }

    /**
     * Returns the answer of a REST resource that says so.
     */
    public static Response response()
    {
        return Refusal.response(STATUS, MESSAGE);
    }
}
