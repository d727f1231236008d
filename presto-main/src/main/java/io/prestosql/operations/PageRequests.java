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

import io.prestosql.dispatcher.clusters.SendingPage;
import jakarta.servlet.http.HttpServletRequest;

import java.util.Optional;

import static io.prestosql.dispatcher.clusters.SendingPage.FETCH_SITE;
import static io.prestosql.dispatcher.clusters.SendingPage.SAME_ORIGIN;

/**
 * Tells requests of the page for operators from those that a page of another site lets a browser send, with the cookie of a user who is
 * logged in.
 * <p>
 * Two things have to be right. The custom header makes the browser send a preflight request, which the server never grants. Besides, the
 * browser has to say that the request comes from the same origin ({@link SendingPage}); a request without a page changes nothing here.
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
                Optional.ofNullable(request.getHeader(FETCH_SITE)),
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
        if (SendingPage.of(fetchSite, origin, scheme, host, port) == SAME_ORIGIN) {
            return Optional.empty();
        }
        if (fetchSite.isPresent()) {
            return Optional.of("A page of another site cannot change clusters (Sec-Fetch-Site: %s)".formatted(fetchSite.get()));
        }
        if (origin.isEmpty()) {
            return Optional.of("The request says by neither Sec-Fetch-Site nor Origin that it comes from the page for operators. Clients other than browsers use PUT /v1/clusters/NAME/state");
        }
        return Optional.of(("A page of another site cannot change clusters: the page is from %s, and the request went to %s://%s:%s. If these are the same, a proxy between them hides the " +
                "address that the browser uses: it has to set X-Forwarded-Proto, X-Forwarded-Host and X-Forwarded-Port, and dispatchers need http-server.process-forwarded=true").formatted(origin.get(), scheme, host, port));
    }
}
