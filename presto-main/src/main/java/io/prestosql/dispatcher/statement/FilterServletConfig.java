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

import com.google.common.collect.ImmutableMap;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;

import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * Lets a filter start a servlet of its own.
 */
record FilterServletConfig(FilterConfig filterConfig, String servletName, Map<String, String> parameters)
        implements ServletConfig
{
    FilterServletConfig
    {
        requireNonNull(filterConfig, "filterConfig is null");
        requireNonNull(servletName, "servletName is null");
        parameters = ImmutableMap.copyOf(parameters);
    }

    @Override
    public String getServletName()
    {
        return servletName;
    }

    @Override
    public ServletContext getServletContext()
    {
        return filterConfig.getServletContext();
    }

    @Override
    public String getInitParameter(String name)
    {
        return parameters.get(name);
    }

    @Override
    public Enumeration<String> getInitParameterNames()
    {
        return Collections.enumeration(parameters.keySet());
    }
}
