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

import com.google.inject.Inject;
import io.prestosql.rpc.RetryLater;
import io.trino.server.StartupStatus;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;

import static java.util.Objects.requireNonNull;

/**
 * Answers 503 while the dispatcher starts. Its port opens some seconds before plugins, authenticators among them, are loaded, and any other
 * answer would end a client's query.
 */
public class StartingUpFilter
        implements Filter
{
    private static final String STATEMENT_PREFIX = "/v1/statement";

    private final StartupStatus startupStatus;

    @Inject
    public StartingUpFilter(StartupStatus startupStatus)
    {
        this.startupStatus = requireNonNull(startupStatus, "startupStatus is null");
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse servletResponse, FilterChain chain)
            throws IOException, ServletException
    {
        if (startupStatus.isStartupComplete() || !((HttpServletRequest) request).getRequestURI().startsWith(STATEMENT_PREFIX)) {
            chain.doFilter(request, servletResponse);
            return;
        }
        RetryLater.answer((HttpServletResponse) servletResponse, "Dispatcher is still starting up");
    }
}
