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

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.prestosql.selection.StatementAnalysis;
import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.prestosql.spi.selection.SelectionRequest;
import io.trino.server.ProtocolConfig;
import io.trino.server.protocol.PreparedStatementEncoder;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.tree.Call;
import io.trino.sql.tree.Execute;
import io.trino.sql.tree.ExecuteImmediate;
import io.trino.sql.tree.QualifiedName;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.StringLiteral;

import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ENGLISH;

/**
 * What a statement is about, as rules see it: {@code trinoQueryProperties}, with the methods of Trino Gateway's class of that name.
 * <p>
 * Of an EXECUTE, it is the prepared statement, if the request has it. A statement that does not parse has a body and an error message only.
 * One with a name that the session does not complete has an error message and no names. Names are in lower case.
 */
public final class TrinoQueryProperties
{
    private static final SqlParser PARSER = new SqlParser();
    private static final PreparedStatementEncoder PREPARED_STATEMENTS = new PreparedStatementEncoder(new ProtocolConfig());
    private static final List<String> KILL_QUERY = ImmutableList.of("system", "runtime", "kill_query");
    private static final String OTHER_TYPE = "UNKNOWN";

    private final Optional<String> defaultCatalog;
    private final Optional<String> defaultSchema;
    private final String body;
    private final String queryType;
    private final String resourceGroupQueryType;
    private final StatementFacts facts;
    private final Optional<String> queryId;
    private final Optional<String> errorMessage;

    TrinoQueryProperties(SelectionRequest request)
    {
        this.defaultCatalog = request.header("X-Trino-Catalog");
        this.defaultSchema = request.header("X-Trino-Schema");

        String body = request.statement();
        String queryType = "";
        String resourceGroupQueryType = "";
        StatementFacts facts = StatementFacts.NONE;
        Optional<String> queryId = Optional.empty();
        Optional<String> errorMessage = Optional.empty();
        try {
            Statement statement = PARSER.createStatement(body);
            Optional<String> inner = innerStatement(statement, request);
            if (inner.isPresent()) {
                body = inner.get();
                statement = PARSER.createStatement(body);
            }
            queryType = statement.getClass().getSimpleName();
            StatementFacts found = StatementAnalysis.analyze(statement, defaultCatalog, defaultSchema);
            // an EXECUTE whose statement the request lacks
            resourceGroupQueryType = found.queryType().orElse(statement instanceof Execute ? "" : OTHER_TYPE);
            errorMessage = findNameProblem(statement);
            if (errorMessage.isEmpty()) {
                facts = found;
                queryId = killedQuery(statement);
            }
        }
        catch (RuntimeException e) {
            // a statement or header that the engine refuses later on, with its own message
            errorMessage = Optional.of(String.valueOf(e.getMessage()));
        }
        this.body = body;
        this.queryType = queryType;
        this.resourceGroupQueryType = resourceGroupQueryType;
        this.facts = facts;
        this.queryId = queryId;
        this.errorMessage = errorMessage;
    }

    private static Optional<String> innerStatement(Statement statement, SelectionRequest request)
    {
        return switch (statement) {
            case Execute execute -> preparedStatement(execute.getName().getValue(), request);
            case ExecuteImmediate execute -> Optional.of(execute.getStatement().getValue());
            default -> Optional.empty();
        };
    }

    private static Optional<String> preparedStatement(String name, SelectionRequest request)
    {
        for (String header : request.headers().getOrDefault("x-trino-prepared-statement", ImmutableList.of())) {
            for (String statement : Splitter.on(',').trimResults().omitEmptyStrings().split(header)) {
                List<String> parts = Splitter.on('=').trimResults().limit(2).splitToList(statement);
                if (parts.size() == 2 && URLDecoder.decode(parts.getFirst(), UTF_8).equals(name)) {
                    return Optional.of(PREPARED_STATEMENTS.decodePreparedStatementFromHeader(URLDecoder.decode(parts.getLast(), UTF_8)));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<String> findNameProblem(Statement statement)
    {
        Optional<String> name = statement instanceof Call call && completeName(call).isEmpty() ?
                Optional.of(call.getName().toString()) :
                StatementAnalysis.findIncompleteName(statement, defaultCatalog, defaultSchema);
        return name.map("Name not fully qualified: %s"::formatted);
    }

    private Optional<String> killedQuery(Statement statement)
    {
        if (statement instanceof Call call &&
                completeName(call).filter(KILL_QUERY::equals).isPresent() &&
                !call.getArguments().isEmpty() &&
                call.getArguments().getFirst().getValue() instanceof StringLiteral queryId) {
            return Optional.of(queryId.getValue());
        }
        return Optional.empty();
    }

    /**
     * Returns catalog, schema and name of a procedure; empty when the request has nothing to complete it.
     */
    private Optional<List<String>> completeName(Call call)
    {
        List<String> parts = call.getName().getParts();
        List<String> complete = Stream.concat(
                        Stream.of(defaultCatalog, defaultSchema)
                                .limit(Math.max(0, 3 - parts.size()))
                                .flatMap(Optional::stream)
                                .map(part -> part.toLowerCase(ENGLISH)),
                        parts.stream())
                .collect(toImmutableList());
        return Optional.of(complete).filter(name -> name.size() == 3);
    }

    /**
     * Returns the text of the statement; of an EXECUTE, that of the prepared statement.
     */
    public String getBody()
    {
        return body;
    }

    /**
     * Returns the parser's name of the statement, such as {@code Query}, {@code Insert} or {@code ShowCreate}; empty when it does not parse.
     */
    public String getQueryType()
    {
        return queryType;
    }

    /**
     * Returns the type as resource groups know it, such as {@code SELECT}; {@value OTHER_TYPE} for other statements, and empty when the
     * statement does not parse.
     */
    public String getResourceGroupQueryType()
    {
        return resourceGroupQueryType;
    }

    public Optional<String> getDefaultCatalog()
    {
        return defaultCatalog;
    }

    public Optional<String> getDefaultSchema()
    {
        return defaultSchema;
    }

    public Set<String> getCatalogs()
    {
        return new LinkedHashSet<>(facts.catalogs());
    }

    /**
     * Returns the names of schemas, without those of their catalogs.
     */
    public Set<String> getSchemas()
    {
        Set<String> schemas = new LinkedHashSet<>();
        facts.schemas().forEach(schema -> schemas.add(split(schema, facts.catalogs()).getLast()));
        return schemas;
    }

    /**
     * Returns the schemas as {@code catalog.schema}.
     */
    public Set<String> getCatalogSchemas()
    {
        return new LinkedHashSet<>(facts.schemas());
    }

    public Set<QualifiedName> getTables()
    {
        Set<QualifiedName> tables = new LinkedHashSet<>();
        for (String table : facts.tables()) {
            List<String> schemaAndTable = split(table, facts.schemas());
            List<String> catalogAndSchema = split(schemaAndTable.getFirst(), facts.catalogs());
            tables.add(QualifiedName.of(catalogAndSchema.getFirst(), catalogAndSchema.getLast(), schemaAndTable.getLast()));
        }
        return tables;
    }

    /**
     * Returns whether the statement names the table.
     *
     * @param testName {@code catalog.schema.table}, each part in quotation marks if it has dots
     */
    public boolean tablesContains(String testName)
    {
        return facts.tables().contains(String.join(".", parts(testName)).toLowerCase(ENGLISH));
    }

    /**
     * Returns true, as only submissions go through rules.
     */
    public boolean isNewQuerySubmission()
    {
        return true;
    }

    /**
     * Returns whether the statement parses, and the session completes its names.
     */
    public boolean isQueryParsingSuccessful()
    {
        return errorMessage.isEmpty();
    }

    public Optional<String> getErrorMessage()
    {
        return errorMessage;
    }

    /**
     * Returns the id of the query that the statement kills, if it is a call of {@code system.runtime.kill_query}.
     */
    public Optional<String> getQueryId()
    {
        return queryId;
    }

    Set<String> tableNames()
    {
        return new LinkedHashSet<>(facts.tables());
    }

    /**
     * Splits a name behind one of the prefixes, as the parts of a name may have dots themselves.
     */
    private static List<String> split(String name, List<String> prefixes)
    {
        int dot = prefixes.stream()
                .filter(prefix -> name.startsWith(prefix + "."))
                .mapToInt(String::length)
                .max()
                .orElseGet(() -> name.lastIndexOf('.'));
        return ImmutableList.of(dot < 0 ? "" : name.substring(0, dot), name.substring(dot + 1));
    }

    /**
     * Returns the parts of a name without their quotation marks. A quotation mark behind a backslash is part of the name, with the backslash.
     */
    private static List<String> parts(String name)
    {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < name.length(); i++) {
            char character = name.charAt(i);
            if (character == '"' && (i == 0 || name.charAt(i - 1) != '\\')) {
                quoted = !quoted;
            }
            else if (character == '.' && !quoted) {
                parts.add(part.toString());
                part.setLength(0);
            }
            else {
                part.append(character);
            }
        }
        parts.add(part.toString());
        return parts;
    }
}
