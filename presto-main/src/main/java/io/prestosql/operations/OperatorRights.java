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

import com.google.inject.Inject;
import io.trino.security.AccessControl;
import io.trino.server.HttpRequestSessionContextFactory;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.Identity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.HttpHeaders;

import static java.util.Objects.requireNonNull;

/**
 * Says what a user of the Web UI may see and do of what the engine calls system information. The engine itself checks these rights for its
 * own calls only, not for the Web UI.
 */
public class OperatorRights
{
    private final AccessControl accessControl;
    private final HttpRequestSessionContextFactory sessionContextFactory;

    @Inject
    public OperatorRights(AccessControl accessControl, HttpRequestSessionContextFactory sessionContextFactory)
    {
        this.accessControl = requireNonNull(accessControl, "accessControl is null");
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
    }

    /**
     * Returns whether the user may see who has changed clusters.
     */
    boolean mayRead(HttpServletRequest request, HttpHeaders headers)
    {
        return isAllowed(request, headers, accessControl::checkCanReadSystemInformation);
    }

    /**
     * Returns whether the user may change clusters.
     */
    boolean mayWrite(HttpServletRequest request, HttpHeaders headers)
    {
        return isAllowed(request, headers, accessControl::checkCanWriteSystemInformation);
    }

    private boolean isAllowed(HttpServletRequest request, HttpHeaders headers, Check check)
    {
        try {
            check.check(sessionContextFactory.extractAuthorizedIdentity(request, headers));
            return true;
        }
        catch (AccessDeniedException _) {
            return false;
        }
    }

    private interface Check
    {
        void check(Identity identity)
                throws AccessDeniedException;
    }
}
