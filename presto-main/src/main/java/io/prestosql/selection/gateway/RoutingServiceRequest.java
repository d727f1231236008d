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

import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.spi.selection.SelectionRequest;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static com.google.common.collect.Maps.transformValues;
import static java.util.Objects.requireNonNull;

/**
 * What a routing service gets, in the JSON of Trino Gateway. The request's headers go as headers beside it.
 *
 * @param trinoQueryProperties what the statement is about; empty when the service is not to know it
 * @param trinoRequestUser the session's user; empty in the same case
 * @param contentType that of this JSON
 * @param remoteUser the user that the client has proved to be
 * @param requestURI the path of the client's request
 * @param queryString what follows the path's question mark
 * @param remoteAddr the client's address
 * @param remoteHost the same
 * @param parameters those in the query string
 */
public record RoutingServiceRequest(
        Optional<AnalyzedStatement> trinoQueryProperties,
        Optional<AnalyzedUser> trinoRequestUser,
        String contentType,
        Optional<String> remoteUser,
        String method,
        String requestURI,
        Optional<String> queryString,
        Optional<String> remoteAddr,
        Optional<String> remoteHost,
        Map<String, List<String>> parameters)
{
    /**
     * @param tables the tables as {@code catalog.schema.table}
     */
    public record AnalyzedStatement(
            String body,
            String queryType,
            String resourceGroupQueryType,
            Set<String> tables,
            Optional<String> defaultCatalog,
            Optional<String> defaultSchema,
            Set<String> catalogs,
            Set<String> schemas,
            Set<String> catalogSchemas,
            @JsonProperty("isNewQuerySubmission") boolean newQuerySubmission,
            @JsonProperty("isQueryParsingSuccessful") boolean queryParsingSuccessful,
            Optional<String> errorMessage)
    {
        public AnalyzedStatement
        {
            requireNonNull(body, "body is null");
            requireNonNull(queryType, "queryType is null");
            requireNonNull(resourceGroupQueryType, "resourceGroupQueryType is null");
            tables = ImmutableSet.copyOf(tables);
            requireNonNull(defaultCatalog, "defaultCatalog is null");
            requireNonNull(defaultSchema, "defaultSchema is null");
            catalogs = ImmutableSet.copyOf(catalogs);
            schemas = ImmutableSet.copyOf(schemas);
            catalogSchemas = ImmutableSet.copyOf(catalogSchemas);
            requireNonNull(errorMessage, "errorMessage is null");
        }

        private static AnalyzedStatement of(TrinoQueryProperties properties)
        {
            return new AnalyzedStatement(
                    properties.getBody(),
                    properties.getQueryType(),
                    properties.getResourceGroupQueryType(),
                    properties.tableNames(),
                    properties.getDefaultCatalog(),
                    properties.getDefaultSchema(),
                    properties.getCatalogs(),
                    properties.getSchemas(),
                    properties.getCatalogSchemas(),
                    properties.isNewQuerySubmission(),
                    properties.isQueryParsingSuccessful(),
                    properties.getErrorMessage());
        }
    }

    public record AnalyzedUser(String user)
    {
        public AnalyzedUser
        {
            requireNonNull(user, "user is null");
        }
    }

    public RoutingServiceRequest
    {
        requireNonNull(trinoQueryProperties, "trinoQueryProperties is null");
        requireNonNull(trinoRequestUser, "trinoRequestUser is null");
        requireNonNull(contentType, "contentType is null");
        requireNonNull(remoteUser, "remoteUser is null");
        requireNonNull(method, "method is null");
        requireNonNull(requestURI, "requestURI is null");
        requireNonNull(queryString, "queryString is null");
        requireNonNull(remoteAddr, "remoteAddr is null");
        requireNonNull(remoteHost, "remoteHost is null");
        parameters = ImmutableMap.copyOf(parameters);
    }

    /**
     * @param analyzed whether the service is to know of the statement and its user
     */
    static RoutingServiceRequest of(SelectionRequest request, boolean analyzed)
    {
        GatewayRequest gatewayRequest = new GatewayRequest(request);
        return new RoutingServiceRequest(
                analyzed ? Optional.of(AnalyzedStatement.of(new TrinoQueryProperties(request))) : Optional.empty(),
                analyzed ? Optional.of(new AnalyzedUser(request.user())) : Optional.empty(),
                "application/json",
                request.authenticatedUser(),
                gatewayRequest.getMethod(),
                gatewayRequest.getRequestURI(),
                Optional.ofNullable(gatewayRequest.getQueryString()),
                request.remoteAddress(),
                request.remoteAddress(),
                transformValues(gatewayRequest.getParameterMap(), ImmutableList::copyOf));
    }
}
