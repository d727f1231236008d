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

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;

import static com.google.common.net.MediaType.PLAIN_TEXT_UTF_8;
import static jakarta.servlet.http.HttpServletResponse.SC_BAD_REQUEST;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Refuses requests that claim to have come by another protocol than HTTP, as with {@code X-Forwarded-Proto: ftp}: the addresses in the
 * answers would use that protocol, and lead nowhere.
 */
public class SchemeFilter
        implements Filter
{
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException
    {
        String scheme = request.getScheme();
        if (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https")) {
            chain.doFilter(request, response);
            return;
        }
        ((HttpServletResponse) response).setStatus(SC_BAD_REQUEST);
        response.setContentType(PLAIN_TEXT_UTF_8.toString());
        response.getOutputStream().write("The protocol of a request can be http or https only: look at the request line, X-Forwarded-Proto and Forwarded".getBytes(UTF_8));
    }
}
