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
package io.prestosql.selection;

import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.prestosql.spi.selection.SelectionRequest;
import io.trino.sql.parser.SqlParser;

import java.util.function.Function;

import static java.util.Objects.requireNonNull;

/**
 * Finds what the statement of a request is about, for policies that decide when the query is submitted.
 */
public class RequestedStatements
        implements Function<SelectionRequest, StatementFacts>
{
    private static final String CATALOG_HEADER = "X-Trino-Catalog";
    private static final String SCHEMA_HEADER = "X-Trino-Schema";

    private final SqlParser parser;

    public RequestedStatements(SqlParser parser)
    {
        this.parser = requireNonNull(parser, "parser is null");
    }

    /**
     * @throws io.trino.sql.parser.ParsingException when the statement does not parse
     */
    @Override
    public StatementFacts apply(SelectionRequest request)
    {
        return StatementAnalysis.analyze(parser.createStatement(request.statement()), request.header(CATALOG_HEADER), request.header(SCHEMA_HEADER));
    }
}
