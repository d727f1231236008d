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

import static jakarta.ws.rs.core.MediaType.TEXT_PLAIN;

/**
 * Answers with an error status, and the reason in plain text.
 */
public final class Refusal
{
    private Refusal() {}

    /**
     * Returns the answer of a REST resource.
     */
    public static Response response(int status, String reason)
    {
        return Response.status(status).type(TEXT_PLAIN).entity(reason).build();
    }
}
