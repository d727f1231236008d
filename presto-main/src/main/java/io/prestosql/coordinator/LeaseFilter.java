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
package io.prestosql.coordinator;

import com.google.inject.Inject;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;

import java.io.IOException;

import static java.util.Objects.requireNonNull;

/**
 * Checks the lease before a client's request is served. After the lease has ended, for example during a long pause, the coordinator must
 * not show rows of queries that it has to give up.
 */
public class LeaseFilter
        implements Filter
{
    private static final String STATEMENT_PREFIX = "/v1/statement/";

    private final AssignedQueries assignedQueries;

    @Inject
    public LeaseFilter(AssignedQueries assignedQueries)
    {
        this.assignedQueries = requireNonNull(assignedQueries, "assignedQueries is null");
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException
    {
        if (((HttpServletRequest) request).getRequestURI().startsWith(STATEMENT_PREFIX)) {
            assignedQueries.checkLease();
        }
        chain.doFilter(request, response);
    }
}
