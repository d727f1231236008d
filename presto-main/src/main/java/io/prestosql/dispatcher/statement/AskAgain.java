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
package io.prestosql.dispatcher.statement;

import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;

import static com.google.common.net.HttpHeaders.RETRY_AFTER;
import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The answer of a filter or servlet that lets a client ask again in a second, where any other would end its query.
 */
final class AskAgain
{
    private AskAgain() {}

    static void answer(HttpServletResponse response)
    {
        response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader(RETRY_AFTER, "1");
    }

    static void answer(HttpServletResponse response, String message)
            throws IOException
    {
        answer(response);
        response.setContentType(PLAIN_TEXT_UTF_8.toString());
        response.getOutputStream().write(message.getBytes(UTF_8));
    }
}
