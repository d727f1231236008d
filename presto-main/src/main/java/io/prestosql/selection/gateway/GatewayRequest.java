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
package io.prestosql.selection.gateway;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.prestosql.spi.selection.SelectionRequest;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * A client's request as rules see it: {@code request}, with those methods of {@code HttpServletRequest} that read, under their names and with
 * their meanings.
 * <p>
 * It is a class of its own, rather than a servlet's request, because a rule can call all public methods of what it gets.
 */
public final class GatewayRequest
{
    private final SelectionRequest request;
    private final String path;
    private final Optional<String> queryString;
    private final Map<String, List<String>> parameters;

    GatewayRequest(SelectionRequest request)
    {
        this.request = requireNonNull(request, "request is null");
        // clients may send what java.net.URI does not take
        int query = request.uri().indexOf('?');
        this.path = query < 0 ? request.uri() : request.uri().substring(0, query);
        this.queryString = query < 0 ? Optional.empty() : Optional.of(request.uri().substring(query + 1));
        this.parameters = parseParameters(queryString.orElse(""));
    }

    private static Map<String, List<String>> parseParameters(String query)
    {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String parameter : Splitter.on('&').omitEmptyStrings().split(query)) {
            int separator = parameter.indexOf('=');
            String name = separator < 0 ? parameter : parameter.substring(0, separator);
            String value = separator < 0 ? "" : parameter.substring(separator + 1);
            parameters.computeIfAbsent(decode(name), _ -> new ArrayList<>()).add(decode(value));
        }
        return parameters;
    }

    private static String decode(String text)
    {
        try {
            return URLDecoder.decode(text, UTF_8);
        }
        catch (IllegalArgumentException _) {
            // no query may fail because of its address, which the engine does not read
            return text;
        }
    }

    /**
     * Returns the first value of the header, or null.
     */
    public String getHeader(String name)
    {
        return request.header(name).orElse(null);
    }

    public Enumeration<String> getHeaders(String name)
    {
        return Collections.enumeration(values(name));
    }

    /**
     * Returns the names in lower case.
     */
    public Enumeration<String> getHeaderNames()
    {
        return Collections.enumeration(request.headers().keySet());
    }

    /**
     * Returns the header as a number, or -1 when it is not there.
     *
     * @throws NumberFormatException when it is no number
     */
    public int getIntHeader(String name)
    {
        return request.header(name).map(Integer::parseInt).orElse(-1);
    }

    public String getMethod()
    {
        // nothing else submits a query
        return "POST";
    }

    public String getRequestURI()
    {
        return path;
    }

    /**
     * Returns what follows the path's question mark, or null.
     */
    public String getQueryString()
    {
        return queryString.orElse(null);
    }

    /**
     * Returns the first value of the parameter, or null.
     */
    public String getParameter(String name)
    {
        return Optional.ofNullable(parameters.get(name)).map(List::getFirst).orElse(null);
    }

    /**
     * Returns the values of the parameter, or null.
     */
    public String[] getParameterValues(String name)
    {
        return Optional.ofNullable(parameters.get(name)).map(values -> values.toArray(new String[0])).orElse(null);
    }

    public Enumeration<String> getParameterNames()
    {
        return Collections.enumeration(parameters.keySet());
    }

    public Map<String, String[]> getParameterMap()
    {
        Map<String, String[]> map = new LinkedHashMap<>();
        parameters.forEach((name, values) -> map.put(name, values.toArray(new String[0])));
        return map;
    }

    public String getContentType()
    {
        return getHeader("content-type");
    }

    /**
     * Returns the length of the body in bytes, or -1 when the client has not said it.
     */
    public int getContentLength()
    {
        return getIntHeader("content-length");
    }

    /**
     * Returns the client's address, or null when it is not known.
     */
    public String getRemoteAddr()
    {
        return request.remoteAddress().orElse(null);
    }

    /**
     * Returns the client's address: a look-up of its name could take longer than a rule may.
     */
    public String getRemoteHost()
    {
        return getRemoteAddr();
    }

    /**
     * Returns the user that the client has proved to be, or null when clients need not log in.
     */
    public String getRemoteUser()
    {
        return request.authenticatedUser().orElse(null);
    }

    private List<String> values(String name)
    {
        return request.headers().getOrDefault(name.toLowerCase(ENGLISH), ImmutableList.of());
    }
}
