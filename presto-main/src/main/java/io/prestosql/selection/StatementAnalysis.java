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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import io.trino.spi.resourcegroups.QueryType;
import io.trino.sql.tree.AddColumn;
import io.trino.sql.tree.Analyze;
import io.trino.sql.tree.Comment;
import io.trino.sql.tree.CreateCatalog;
import io.trino.sql.tree.CreateMaterializedView;
import io.trino.sql.tree.CreateSchema;
import io.trino.sql.tree.CreateTable;
import io.trino.sql.tree.CreateTableAsSelect;
import io.trino.sql.tree.CreateView;
import io.trino.sql.tree.DropCatalog;
import io.trino.sql.tree.DropColumn;
import io.trino.sql.tree.DropMaterializedView;
import io.trino.sql.tree.DropNotNullConstraint;
import io.trino.sql.tree.DropSchema;
import io.trino.sql.tree.DropTable;
import io.trino.sql.tree.DropView;
import io.trino.sql.tree.Identifier;
import io.trino.sql.tree.Insert;
import io.trino.sql.tree.Node;
import io.trino.sql.tree.Prepare;
import io.trino.sql.tree.QualifiedName;
import io.trino.sql.tree.Query;
import io.trino.sql.tree.RefreshMaterializedView;
import io.trino.sql.tree.RenameColumn;
import io.trino.sql.tree.RenameMaterializedView;
import io.trino.sql.tree.RenameSchema;
import io.trino.sql.tree.RenameTable;
import io.trino.sql.tree.RenameView;
import io.trino.sql.tree.SetAuthorizationStatement;
import io.trino.sql.tree.SetColumnType;
import io.trino.sql.tree.SetProperties;
import io.trino.sql.tree.ShowColumns;
import io.trino.sql.tree.ShowCreate;
import io.trino.sql.tree.ShowSchemas;
import io.trino.sql.tree.ShowTables;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.Table;
import io.trino.sql.tree.TableExecute;
import io.trino.sql.tree.TruncateTable;
import io.trino.sql.tree.Update;
import io.trino.sql.tree.Use;
import io.trino.sql.tree.WithQuery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.trino.util.StatementUtils.getQueryType;
import static java.util.Locale.ENGLISH;
import static java.util.Objects.requireNonNull;

/**
 * Finds the names in a parsed statement by which rules select clusters. No catalog is asked, so the tables behind a view, and those that a
 * table function reads, stay unknown.
 */
public final class StatementAnalysis
{
    private StatementAnalysis() {}

    /**
     * @param catalog the session's catalog
     * @param schema the session's schema
     */
    public static StatementFacts analyze(Statement statement, Optional<String> catalog, Optional<String> schema)
    {
        NameCollector names = new NameCollector(catalog, schema);
        names.collect(statement);
        return new StatementFacts(
                getQueryType(statement).map(QueryType::name),
                ImmutableList.copyOf(names.catalogs),
                ImmutableList.copyOf(names.schemas),
                ImmutableList.copyOf(names.tables));
    }

    /**
     * Finds a name for which {@link #analyze} finds neither table, schema nor catalog: the session has nothing to complete it, or it has too
     * many parts.
     *
     * @param catalog the session's catalog
     * @param schema the session's schema
     * @return the first one, for people
     */
    public static Optional<String> findIncompleteName(Statement statement, Optional<String> catalog, Optional<String> schema)
    {
        NameCollector names = new NameCollector(catalog, schema);
        names.collect(statement);
        return names.incompleteName;
    }

    /**
     * A node, and the names of the common table expressions that it sees, which are no tables.
     */
    private record ScopedNode(Node node, Set<String> expressions) {}

    /**
     * Looks at all nodes without recursion, as statements that programs write can be nested deeper than a thread's stack allows.
     */
    private static class NameCollector
    {
        private final Optional<String> sessionCatalog;
        private final Optional<String> sessionSchema;
        private final Set<String> catalogs = new TreeSet<>();
        private final Set<String> schemas = new TreeSet<>();
        private final Set<String> tables = new TreeSet<>();
        private final Deque<ScopedNode> open = new ArrayDeque<>();
        private Optional<String> incompleteName = Optional.empty();

        private NameCollector(Optional<String> sessionCatalog, Optional<String> sessionSchema)
        {
            this.sessionCatalog = requireNonNull(sessionCatalog, "sessionCatalog is null").map(name -> name.toLowerCase(ENGLISH));
            this.sessionSchema = requireNonNull(sessionSchema, "sessionSchema is null").map(name -> name.toLowerCase(ENGLISH));
        }

        private void collect(Statement statement)
        {
            open.push(new ScopedNode(statement, ImmutableSet.of()));
            while (!open.isEmpty()) {
                ScopedNode next = open.pop();
                addNames(next.node(), next.expressions());
                // the first child is the next one to be looked at
                children(next).reversed().forEach(open::push);
            }
        }

        private static List<ScopedNode> children(ScopedNode parent)
        {
            if (parent.node() instanceof Query query) {
                return children(query, parent.expressions());
            }
            // the engine does not call it a child
            List<? extends Node> children = parent.node() instanceof Prepare prepare ? ImmutableList.of(prepare.getStatement()) : parent.node().getChildren();
            return children.stream()
                    .map(child -> new ScopedNode(child, parent.expressions()))
                    .collect(toImmutableList());
        }

        private static List<ScopedNode> children(Query query, Set<String> outer)
        {
            ImmutableList.Builder<ScopedNode> children = ImmutableList.builder();
            Set<String> expressions = new HashSet<>(outer);
            query.getWith().ifPresent(with -> {
                for (WithQuery expression : with.getQueries()) {
                    String name = expression.getName().getValue().toLowerCase(ENGLISH);
                    if (with.isRecursive()) {
                        expressions.add(name);
                    }
                    children.add(new ScopedNode(expression.getQuery(), ImmutableSet.copyOf(expressions)));
                    expressions.add(name);
                }
            });
            Set<String> visible = ImmutableSet.copyOf(expressions);
            query.getChildren().stream()
                    .filter(child -> query.getWith().stream().noneMatch(with -> with == child))
                    .forEach(child -> children.add(new ScopedNode(child, visible)));
            return children.build();
        }

        private void addNames(Node node, Set<String> expressions)
        {
            switch (node) {
                case Table table -> addUnlessExpression(table.getName(), expressions);
                // the engine keeps the names of statements outside of nodes
                case Insert insert -> addTable(insert.getTarget());
                case Update update -> addTable(update.getTable().getName());
                case CreateTable create -> addTable(create.getName());
                case CreateTableAsSelect create -> addTable(create.getName());
                case CreateView create -> addTable(create.getName());
                case CreateMaterializedView create -> addTable(create.getName());
                case RefreshMaterializedView refresh -> addTable(refresh.getName());
                case DropTable drop -> addTable(drop.getTableName());
                case DropView drop -> addTable(drop.getName());
                case DropMaterializedView drop -> addTable(drop.getName());
                case TruncateTable truncate -> addTable(truncate.getTableName());
                case RenameTable rename -> addTables(rename.getSource(), rename.getTarget());
                case RenameView rename -> addTables(rename.getSource(), rename.getTarget());
                case RenameMaterializedView rename -> addTables(rename.getSource(), rename.getTarget());
                case AddColumn add -> addTable(add.getName());
                case DropColumn drop -> addTable(drop.getTable());
                case RenameColumn rename -> addTable(rename.getTable());
                case SetColumnType set -> addTable(set.getTableName());
                case DropNotNullConstraint drop -> addTable(drop.getTable());
                case SetProperties set -> addTable(set.getName());
                case TableExecute execute -> addTable(execute.getTable().getName());
                case Analyze analyze -> addTable(analyze.getTableName());
                case Comment comment -> addCommented(comment);
                case ShowColumns show -> addTable(show.getTable());
                case ShowCreate show -> addShown(show);
                case CreateSchema create -> addSchema(create.getSchemaName());
                case DropSchema drop -> addSchema(drop.getSchemaName());
                case RenameSchema rename -> addRenamed(rename);
                case SetAuthorizationStatement set -> addOwned(set);
                case ShowTables show -> show.getSchema().ifPresentOrElse(this::addSchema, this::addSchemaOfSession);
                case Use use -> addSchema(use.getCatalog()
                        .map(catalog -> QualifiedName.of(ImmutableList.of(catalog, use.getSchema())))
                        .orElseGet(() -> QualifiedName.of(ImmutableList.of(use.getSchema()))));
                case ShowSchemas show -> show.getCatalog().ifPresentOrElse(this::addCatalog, this::addCatalogOfSession);
                case CreateCatalog create -> addCatalog(create.getCatalogName());
                case DropCatalog drop -> addCatalog(drop.getCatalogName());
                default -> {}
            }
        }

        private void addUnlessExpression(QualifiedName name, Set<String> expressions)
        {
            if (name.getParts().size() > 1 || !expressions.contains(name.getParts().getFirst())) {
                addTable(name);
            }
        }

        private void addShown(ShowCreate show)
        {
            switch (show.getType()) {
                case TABLE, VIEW, MATERIALIZED_VIEW -> addTable(show.getName());
                case SCHEMA -> addSchema(show.getName());
                case FUNCTION -> {}
            }
        }

        private void addCommented(Comment comment)
        {
            switch (comment.getType()) {
                case TABLE, VIEW -> addTable(comment.getName());
                case COLUMN -> comment.getName().getPrefix().ifPresent(this::addTable);
            }
        }

        private void addRenamed(RenameSchema rename)
        {
            addSchema(rename.getSource());
            List<String> source = rename.getSource().getParts();
            if (source.size() == 2) {
                addSchema(QualifiedName.of(source.getFirst(), rename.getTarget().getValue()));
            }
            else {
                addSchema(QualifiedName.of(rename.getTarget().getValue()));
            }
        }

        private void addOwned(SetAuthorizationStatement set)
        {
            switch (set.getOwnedEntityKind()) {
                case "SCHEMA" -> addSchema(set.getSource());
                case "TABLE", "VIEW" -> addTable(set.getSource());
                default -> {}
            }
        }

        private void addTables(QualifiedName... names)
        {
            for (QualifiedName name : names) {
                addTable(name);
            }
        }

        private void addTable(QualifiedName name)
        {
            List<String> parts = name.getParts();
            Optional<String> schema = parts.size() > 1 ? Optional.of(parts.get(parts.size() - 2)) : sessionSchema;
            Optional<String> catalog = parts.size() > 2 ? Optional.of(parts.getFirst()) : sessionCatalog;
            if (parts.size() > 3 || catalog.isEmpty() || schema.isEmpty()) {
                // it fails in the analysis
                addIncomplete(name.toString());
                return;
            }
            addSchema(catalog.get(), schema.get());
            tables.add(catalog.get() + "." + schema.get() + "." + parts.getLast());
        }

        private void addSchema(QualifiedName name)
        {
            List<String> parts = name.getParts();
            Optional<String> catalog = parts.size() > 1 ? Optional.of(parts.getFirst()) : sessionCatalog;
            if (parts.size() > 2 || catalog.isEmpty()) {
                addIncomplete(name.toString());
                return;
            }
            addSchema(catalog.get(), parts.getLast());
        }

        private void addSchemaOfSession()
        {
            if (sessionCatalog.isEmpty() || sessionSchema.isEmpty()) {
                addIncomplete("the session's schema");
                return;
            }
            addSchema(sessionCatalog.get(), sessionSchema.get());
        }

        private void addCatalogOfSession()
        {
            sessionCatalog.ifPresentOrElse(catalogs::add, () -> addIncomplete("the session's catalog"));
        }

        private void addIncomplete(String name)
        {
            if (incompleteName.isEmpty()) {
                incompleteName = Optional.of(name);
            }
        }

        private void addSchema(String catalog, String schema)
        {
            catalogs.add(catalog);
            schemas.add(catalog + "." + schema);
        }

        private void addCatalog(Identifier name)
        {
            catalogs.add(name.getValue().toLowerCase(ENGLISH));
        }
    }
}
