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

import com.google.inject.Inject;
import io.trino.server.HttpRequestSessionContextFactory;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.core.HttpHeaders;

import java.util.Optional;

import static java.util.Objects.requireNonNull;

/**
 * Says who sends a request that the engine has let in.
 */
public class Operators
{
    private final HttpRequestSessionContextFactory sessionContextFactory;

    @Inject
    public Operators(HttpRequestSessionContextFactory sessionContextFactory)
    {
        this.sessionContextFactory = requireNonNull(sessionContextFactory, "sessionContextFactory is null");
    }

    public Operator of(HttpServletRequest request, HttpHeaders headers)
    {
        return new Operator(
                sessionContextFactory.extractAuthorizedIdentity(request, headers).getUser(),
                Optional.ofNullable(request.getRemoteAddr()));
    }
}
