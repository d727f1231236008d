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
package io.prestosql.dispatcher.admission;

import io.trino.sql.tree.DefaultTraversalVisitor;
import io.trino.sql.tree.Query;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.TableFunctionInvocation;

import java.util.concurrent.atomic.AtomicBoolean;

import static io.trino.util.StatementUtils.isTransactionControlStatement;

/**
 * Distinguishes statements that only read from those that may change something. In doubt, a statement counts as one of the latter.
 */
final class StatementEffects
{
    private StatementEffects() {}

    /**
     * Returns whether running the statement twice does no harm.
     */
    static boolean hasNone(Statement statement)
    {
        return statement instanceof Query && !callsTableFunction(statement);
    }

    /**
     * Returns whether analysing the statement once more does no harm. Transaction control has nothing to analyse.
     */
    static boolean hasNoneWhenAnalyzed(Statement statement)
    {
        return !isTransactionControlStatement(statement) && !callsTableFunction(statement);
    }

    private static boolean callsTableFunction(Statement statement)
    {
        AtomicBoolean found = new AtomicBoolean();
        new DefaultTraversalVisitor<Void>()
        {
            @Override
            protected Void visitTableFunctionInvocation(TableFunctionInvocation invocation, Void context)
            {
                // such as a connector's query function, which hands text to another database
                found.set(true);
                return null;
            }
        }.process(statement);
        return found.get();
    }
}
