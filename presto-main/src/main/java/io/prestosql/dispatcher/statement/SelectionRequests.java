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

import io.prestosql.selection.RequestHeaders;
import io.prestosql.spi.selection.SelectionRequest;
import io.trino.server.SessionContext;
import io.trino.spi.security.Identity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.HttpHeaders;

import java.util.Optional;

/**
 * Makes of a client's request what the selection of clusters may know of it.
 */
final class SelectionRequests
{
    private SelectionRequests() {}

    /**
     * @param identity what the client has proved to be, if it had to
     */
    static SelectionRequest create(String statement, HttpServletRequest request, HttpHeaders headers, SessionContext sessionContext, Optional<Identity> identity)
    {
        return new SelectionRequest(
                statement,
                sessionContext.getIdentity().getUser(),
                identity.map(Identity::getUser),
                Optional.ofNullable(request.getQueryString())
                        .map(query -> request.getRequestURI() + "?" + query)
                        .orElseGet(request::getRequestURI),
                Optional.ofNullable(request.getRemoteAddr()),
                RequestHeaders.visible(headers.getRequestHeaders()));
    }
}
