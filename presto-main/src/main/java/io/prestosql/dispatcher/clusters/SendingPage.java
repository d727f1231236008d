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
package io.prestosql.dispatcher.clusters;

import jakarta.servlet.http.HttpServletRequest;

import java.util.Optional;

/**
 * Which page made a browser send a request, perhaps with a log-in of its user that the page has nothing to do with.
 * <p>
 * {@code Sec-Fetch-Site} tells it: no script can set this header, and the browser needs no knowledge of the proxies in between. Browsers leave
 * it out where there is no https, and then {@code Origin} tells it, if proxies keep the address that the browser used, or tell it to this
 * server.
 */
public enum SendingPage
{
    /** A page from the address that the request went to. */
    SAME_ORIGIN,
    /** A page from another address. */
    OTHER_ORIGIN,
    /** The request names no page: its sender is a client other than a browser, or the user, who typed the address. */
    NO_PAGE;

    public static final String FETCH_SITE = "Sec-Fetch-Site";

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    public static SendingPage of(HttpServletRequest request)
    {
        return of(
                Optional.ofNullable(request.getHeader(FETCH_SITE)),
                Optional.ofNullable(request.getHeader("Origin")),
                request.getScheme(),
                request.getServerName(),
                request.getServerPort());
    }

    /**
     * @param scheme the scheme of the address that the client has used, as are the host and the port
     * @param host the address of IPv6 is in brackets
     */
    public static SendingPage of(Optional<String> fetchSite, Optional<String> origin, String scheme, String host, int port)
    {
        boolean typed = fetchSite.equals(Optional.of("none"));
        if (fetchSite.isPresent() && !typed) {
            return fetchSite.get().equals("same-origin") ? SAME_ORIGIN : OTHER_ORIGIN;
        }
        if (origin.isPresent() && !origin.get().equalsIgnoreCase(origin(scheme, host, port))) {
            return OTHER_ORIGIN;
        }
        return typed || origin.isEmpty() ? NO_PAGE : SAME_ORIGIN;
    }

    /**
     * Returns the origin as browsers write it, without the port that is usual for the scheme.
     */
    private static String origin(String scheme, String host, int port)
    {
        int usual = scheme.equalsIgnoreCase("https") ? HTTPS_PORT : HTTP_PORT;
        return port == usual ? "%s://%s".formatted(scheme, host) : "%s://%s:%s".formatted(scheme, host, port);
    }
}
