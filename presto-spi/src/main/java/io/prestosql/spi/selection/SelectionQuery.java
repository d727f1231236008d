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
package io.prestosql.spi.selection;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * A query that is about to wait in its resource group.
 *
 * @param user the session's user
 * @param originalUser the user before {@code SET SESSION AUTHORIZATION}
 * @param authenticatedUser the user that the client has proved to be; empty when clients need not log in
 * @param userGroups the groups of the session's user
 * @param source the name of the client
 * @param clientTags the tags that the client has given
 * @param clientInfo the client's own information
 * @param sessionProperties the session's properties, those of catalogs as {@code catalog.name}
 * @param resourceGroup the group's id, such as {@code global.etl}
 * @param statement what the statement is about
 * @param requestFacts what {@link ClusterSelectionPolicy#inspect} has found
 */
public record SelectionQuery(
        String user,
        String originalUser,
        Optional<String> authenticatedUser,
        Set<String> userGroups,
        Optional<String> source,
        Set<String> clientTags,
        Optional<String> clientInfo,
        Map<String, String> sessionProperties,
        String resourceGroup,
        StatementFacts statement,
        Map<String, String> requestFacts)
{
    /**
     * What a statement is about, without its text. Names are as in the statement, completed with the session's catalog and schema, in lower
     * case.
     *
     * @param queryType the type as resource groups know it, such as {@code SELECT} or {@code DATA_DEFINITION}; empty for other statements
     * @param catalogs the catalogs of the tables, views, schemas and catalogs that the statement names
     * @param schemas the schemas, as {@code catalog.schema}
     * @param tables the tables and views, as {@code catalog.schema.table}
     */
    public record StatementFacts(Optional<String> queryType, List<String> catalogs, List<String> schemas, List<String> tables)
    {
        public static final StatementFacts NONE = new StatementFacts(Optional.empty(), List.of(), List.of(), List.of());

        public StatementFacts
        {
            requireNonNull(queryType, "queryType is null");
            catalogs = List.copyOf(catalogs);
            schemas = List.copyOf(schemas);
            tables = List.copyOf(tables);
        }
    }

    public SelectionQuery
    {
        requireNonNull(user, "user is null");
        requireNonNull(originalUser, "originalUser is null");
        requireNonNull(authenticatedUser, "authenticatedUser is null");
        userGroups = Set.copyOf(userGroups);
        requireNonNull(source, "source is null");
        clientTags = Set.copyOf(clientTags);
        requireNonNull(clientInfo, "clientInfo is null");
        sessionProperties = Map.copyOf(sessionProperties);
        requireNonNull(resourceGroup, "resourceGroup is null");
        requireNonNull(statement, "statement is null");
        requestFacts = Map.copyOf(requestFacts);
    }
}
