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

import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.ResponseBuilder;

import java.io.IOException;

import static com.google.common.net.HttpHeaders.RETRY_AFTER;
import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static jakarta.ws.rs.core.Response.Status.SERVICE_UNAVAILABLE;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Answers with status 503 and {@code Retry-After}. A client of the engine repeats its request after that time; any other error would end
 * its query.
 */
public final class RetryLater
{
    private static final int SECONDS = 1;

    private RetryLater() {}

    /**
     * Returns the answer of a REST resource, to which the caller can add more.
     */
    public static ResponseBuilder response()
    {
        return Response.status(SERVICE_UNAVAILABLE).header(RETRY_AFTER, SECONDS);
    }

    /**
     * Returns the answer of a REST resource, with the reason in plain text.
     */
    public static Response response(String reason)
    {
        return response()
                .type(PLAIN_TEXT_UTF_8.toString())
                .entity(reason)
                .build();
    }

    /**
     * Writes the answer of a filter or servlet.
     */
    public static void answer(HttpServletResponse response)
    {
        response.setStatus(SERVICE_UNAVAILABLE.getStatusCode());
        response.setIntHeader(RETRY_AFTER, SECONDS);
    }

    /**
     * Writes the answer of a filter or servlet, with the reason in plain text.
     */
    public static void answer(HttpServletResponse response, String reason)
            throws IOException
    {
        answer(response);
        response.setContentType(PLAIN_TEXT_UTF_8.toString());
        response.getOutputStream().write(reason.getBytes(UTF_8));
    }
}
