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
package io.prestosql.operations;

import jakarta.servlet.http.HttpServletRequest;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * Tells requests of the page for operators from those that a page of another site lets a browser send, with the cookie of a user who is
 * logged in.
 * <p>
 * Two things have to be right. The custom header makes the browser send a preflight request, which the server never grants. Besides, the
 * browser has to say that the request comes from the same origin: by {@code Sec-Fetch-Site}, which no script can set, and which needs no
 * knowledge of the proxies in between; or, as browsers leave that out where there is no https, by {@code Origin}.
 */
final class PageRequests
{
    static final String HEADER = "X-Presto-Operations";
    static final String HEADER_VALUE = "true";

    private PageRequests() {}

    /**
     * @return why the request must not change anything; empty when it comes from the page
     */
    static Optional<String> refusal(HttpServletRequest request)
    {
        return refusal(
                Optional.ofNullable(request.getHeader(HEADER)),
                Optional.ofNullable(request.getHeader("Sec-Fetch-Site")),
                Optional.ofNullable(request.getHeader("Origin")),
                request.getScheme(),
                request.getServerName(),
                request.getServerPort());
    }

    /**
     * @param scheme the scheme of the address that the client has used, as are the host and the port
     */
    static Optional<String> refusal(Optional<String> header, Optional<String> fetchSite, Optional<String> origin, String scheme, String host, int port)
    {
        if (!header.equals(Optional.of(HEADER_VALUE))) {
            return Optional.of("Only the page for operators changes clusters here, and says so by the header %s: %s. Other clients use PUT /v1/clusters/NAME/state".formatted(HEADER, HEADER_VALUE));
        }
        if (fetchSite.isPresent()) {
            return fetchSite.get().equals("same-origin") ? Optional.empty() : Optional.of("A page of another site cannot change clusters (Sec-Fetch-Site: %s)".formatted(fetchSite.get()));
        }
        if (origin.isEmpty()) {
            return Optional.of("The request says by neither Sec-Fetch-Site nor Origin that it comes from the page for operators. Clients other than browsers use PUT /v1/clusters/NAME/state");
        }
        if (isOrigin(origin.get(), scheme, host, port)) {
            return Optional.empty();
        }
        return Optional.of(("A page of another site cannot change clusters: the page is from %s, and the request went to %s://%s:%s. If these are the same, a proxy between them hides the " +
                "address that the browser uses: it has to set X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Port, and dispatchers need http-server.process-forwarded=true").formatted(origin.get(), scheme, host, port));
    }

    private static boolean isOrigin(String origin, String scheme, String host, int port)
    {
        try {
            URI uri = new URI(origin);
            return scheme.equalsIgnoreCase(uri.getScheme()) && host.equalsIgnoreCase(uri.getHost()) && port == port(uri);
        }
        catch (URISyntaxException _) {
            return false;
        }
    }

    private static int port(URI uri)
    {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }
}
