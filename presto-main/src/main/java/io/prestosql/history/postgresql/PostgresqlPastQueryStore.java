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
package io.prestosql.history.postgresql;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.inject.Inject;
import com.zaxxer.hikari.HikariDataSource;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.dispatcher.admission.QuerySubmitter;
import io.prestosql.history.HistoryRefusalException;
import io.prestosql.history.HistoryTimeoutException;
import io.prestosql.history.HistoryUnavailableException;
import io.prestosql.history.PastQuery;
import io.prestosql.history.PastQuery.PastError;
import io.prestosql.history.PastQueryCount;
import io.prestosql.history.PastQueryFilter;
import io.prestosql.history.PastQueryPosition;
import io.prestosql.history.PastQueryStore;
import io.prestosql.history.PastState;
import io.prestosql.history.TooManyCountsException;
import io.prestosql.postgresql.PostgresqlAddress;
import io.prestosql.postgresql.PostgresqlDatabase;
import io.prestosql.querylog.postgresql.PostgresqlQueryLogConfig;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.SqlStatement;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static com.google.common.base.Throwables.getRootCause;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.Sets.difference;
import static io.airlift.json.JsonCodec.listJsonCodec;
import static java.util.Comparator.comparing;

/**
 * Keeps the history in a schema beside that of the query log, which all dispatchers see. The database is looked for with the first call, so
 * that a dispatcher starts without it.
 */
public final class PostgresqlPastQueryStore
        implements PastQueryStore
{
    /** One for writing, the others for reading. */
    private static final int MAX_POOL_SIZE = 3;
    private static final String SCHEMA_SUFFIX = "_history";
    /** PostgreSQL cuts longer names. */
    private static final int MAX_SCHEMA_LENGTH = 63;
    /** The classes of errors that come again with the same values. */
    private static final Set<String> DATA_ERRORS = ImmutableSet.of("22", "23", "54");
    /** Such as by the time-out of statements. */
    private static final String QUERY_CANCELED = "57014";
    private static final JsonCodec<List<String>> GROUPS_CODEC = listJsonCodec(String.class);
    private static final String COLUMNS = "query_id, epoch, user_name, principal, user_groups, source, resource_group, cluster, coordinator, state, " +
            "error_code, error_type, error_message, submitted, started, ended, sql";
    private static final String INSERT = """
            INSERT INTO past_query (%s)
            VALUES (:queryId, :epoch, :user, :principal, :groups, :source, :resourceGroup, :cluster, :coordinator, :state,
                :errorCode, :errorType, :errorMessage, :submitted, :started, :ended, :sql)
            ON CONFLICT (query_id) DO UPDATE SET
                epoch = excluded.epoch,
                user_name = excluded.user_name,
                principal = excluded.principal,
                user_groups = excluded.user_groups,
                source = excluded.source,
                resource_group = excluded.resource_group,
                cluster = excluded.cluster,
                coordinator = excluded.coordinator,
                state = excluded.state,
                error_code = excluded.error_code,
                error_type = excluded.error_type,
                error_message = excluded.error_message,
                submitted = excluded.submitted,
                started = excluded.started,
                ended = excluded.ended,
                sql = excluded.sql
            WHERE excluded.ended IS NOT NULL AND (past_query.ended IS NULL OR past_query.epoch < excluded.epoch)
            """.formatted(COLUMNS);

    private final PostgresqlDatabase database;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    @Inject
    public PostgresqlPastQueryStore(PostgresqlQueryLogConfig config)
    {
        PostgresqlAddress log = config.toAddress();
        this.database = new PostgresqlDatabase(
                "query history",
                new PostgresqlAddress(log.url(), log.user(), log.password(), schema(log.schema()), log.connectTimeout(), log.statementTimeout()),
                "io/prestosql/history/postgresql/migration");
        this.pool = database.createPool(MAX_POOL_SIZE);
        this.jdbi = Jdbi.create(pool);
    }

    static String schema(String ofQueryLog)
    {
        return ofQueryLog.substring(0, Math.min(ofQueryLog.length(), MAX_SCHEMA_LENGTH - SCHEMA_SUFFIX.length())) + SCHEMA_SUFFIX;
    }

    @Override
    public boolean isShared()
    {
        return true;
    }

    @Override
    public void write(List<PastQuery> queries)
    {
        if (queries.isEmpty()) {
            return;
        }
        // two leaders that write the same queries do not wait for each other in a circle
        List<PastQuery> inOrder = queries.stream()
                .sorted(comparing(PastQuery::queryId))
                .collect(toImmutableList());
        inDatabase("does not take queries", handle -> {
            PreparedBatch batch = handle.prepareBatch(INSERT);
            for (PastQuery query : inOrder) {
                batch.bind("queryId", query.queryId())
                        .bind("epoch", query.epoch())
                        .bind("user", query.submitter().user())
                        .bind("principal", query.submitter().principal())
                        .bind("groups", GROUPS_CODEC.toJson(ImmutableSortedSet.copyOf(query.submitter().groups()).asList()))
                        .bind("source", query.source())
                        .bind("resourceGroup", query.resourceGroup())
                        .bind("cluster", query.cluster())
                        .bind("coordinator", query.coordinator())
                        .bind("state", query.state().name())
                        .bind("errorCode", query.error().map(PastError::code))
                        .bind("errorType", query.error().map(PastError::type))
                        .bind("errorMessage", query.error().map(PastError::message))
                        .bind("submitted", Timestamp.from(query.submitted()))
                        .bind("started", query.started().map(Timestamp::from).orElse(null))
                        .bind("ended", query.ended().map(Timestamp::from).orElse(null))
                        .bind("sql", query.sql())
                        .add();
            }
            return batch.execute();
        });
    }

    @Override
    public Set<String> findMissing(Set<String> queryIds)
    {
        if (queryIds.isEmpty()) {
            return ImmutableSet.of();
        }
        Set<String> found = inDatabase("cannot be read", handle -> ImmutableSet.copyOf(handle.createQuery("SELECT query_id FROM past_query WHERE query_id = ANY (:queryIds)")
                .bindArray("queryIds", String.class, queryIds)
                .mapTo(String.class)
                .list()));
        return ImmutableSet.copyOf(difference(queryIds, found));
    }

    @Override
    public List<PastQuery> read(PastQueryFilter filter, Optional<PastQueryPosition> after, int limit)
    {
        String sql = "SELECT %s FROM past_query WHERE %s%s ORDER BY submitted DESC, query_id DESC LIMIT :limit".formatted(
                COLUMNS,
                condition(filter),
                after.isPresent() ? " AND (submitted, query_id) < (:afterSubmitted, :afterQueryId)" : "");
        return inDatabase("cannot be read", handle -> {
            Query query = bind(handle.createQuery(sql), filter).bind("limit", limit);
            after.ifPresent(position -> query
                    .bind("afterSubmitted", Timestamp.from(position.submitted()))
                    .bind("afterQueryId", position.queryId()));
            return query.map((row, _) -> readQuery(row)).list();
        });
    }

    @Override
    public List<PastQueryCount> count(PastQueryFilter filter, int minutes)
    {
        long seconds = minutes * 60L;
        String sql = """
                SELECT floor(extract(epoch FROM submitted) / :seconds)::bigint AS column_number, cluster, user_name, principal, user_groups, count(*) AS queries
                FROM past_query
                WHERE %s
                GROUP BY 1, 2, 3, 4, 5
                LIMIT :limit
                """.formatted(condition(filter));
        List<PastQueryCount> counts = inDatabase("cannot be read", handle -> bind(handle.createQuery(sql), filter)
                .bind("seconds", seconds)
                .bind("limit", MAX_COUNTS + 1)
                .map((row, _) -> new PastQueryCount(
                        Instant.ofEpochSecond(row.getLong("column_number") * seconds),
                        Optional.ofNullable(row.getString("cluster")),
                        readSubmitter(row),
                        row.getLong("queries")))
                .list());
        if (counts.size() > MAX_COUNTS) {
            throw new TooManyCountsException();
        }
        return counts;
    }

    @Override
    public int removeOld(Duration retention, int limit)
    {
        return inDatabase("does not remove queries", handle -> handle.createUpdate(
                """
                DELETE FROM past_query WHERE query_id IN (
                    SELECT query_id FROM past_query WHERE recorded < clock_timestamp() - make_interval(secs => :seconds) ORDER BY recorded LIMIT :limit)
                """)
                .bind("seconds", (double) retention.toJavaTime().toSeconds())
                .bind("limit", limit)
                .execute());
    }

    @Override
    public void close()
    {
        pool.close();
    }

    private static String condition(PastQueryFilter filter)
    {
        ImmutableList.Builder<String> conditions = ImmutableList.builder();
        conditions.add("true");
        filter.queryId().ifPresent(_ -> conditions.add("query_id = :filterQueryId"));
        filter.user().ifPresent(_ -> conditions.add("user_name = :filterUser"));
        filter.source().ifPresent(_ -> conditions.add("source = :filterSource"));
        filter.cluster().ifPresent(_ -> conditions.add("cluster = :filterCluster"));
        filter.state().ifPresent(_ -> conditions.add("state = :filterState"));
        filter.from().ifPresent(_ -> conditions.add("submitted >= :filterFrom"));
        filter.to().ifPresent(_ -> conditions.add("submitted < :filterTo"));
        filter.text().ifPresent(_ -> conditions.add("position(lower(:filterText) IN lower(sql)) > 0"));
        return String.join(" AND ", conditions.build());
    }

    private static <T extends SqlStatement<T>> T bind(T statement, PastQueryFilter filter)
    {
        filter.queryId().ifPresent(value -> statement.bind("filterQueryId", value));
        filter.user().ifPresent(value -> statement.bind("filterUser", value));
        filter.source().ifPresent(value -> statement.bind("filterSource", value));
        filter.cluster().ifPresent(value -> statement.bind("filterCluster", value));
        filter.state().ifPresent(value -> statement.bind("filterState", value.name()));
        filter.from().ifPresent(value -> statement.bind("filterFrom", Timestamp.from(value)));
        filter.to().ifPresent(value -> statement.bind("filterTo", Timestamp.from(value)));
        filter.text().ifPresent(value -> statement.bind("filterText", value));
        return statement;
    }

    private static PastQuery readQuery(ResultSet row)
            throws SQLException
    {
        Optional<String> errorMessage = Optional.ofNullable(row.getString("error_message"));
        return new PastQuery(
                row.getString("query_id"),
                row.getLong("epoch"),
                readSubmitter(row),
                Optional.ofNullable(row.getString("source")),
                Optional.ofNullable(row.getString("resource_group")),
                Optional.ofNullable(row.getString("cluster")),
                Optional.ofNullable(row.getString("coordinator")),
                PastState.valueOf(row.getString("state")),
                errorMessage.isPresent() ?
                        Optional.of(new PastError(row.getString("error_code"), row.getString("error_type"), errorMessage.get())) :
                        Optional.empty(),
                row.getTimestamp("submitted").toInstant(),
                Optional.ofNullable(row.getTimestamp("started")).map(Timestamp::toInstant),
                Optional.ofNullable(row.getTimestamp("ended")).map(Timestamp::toInstant),
                Optional.ofNullable(row.getString("sql")));
    }

    private static QuerySubmitter readSubmitter(ResultSet row)
            throws SQLException
    {
        return new QuerySubmitter(row.getString("user_name"), Optional.ofNullable(row.getString("principal")), ImmutableSet.copyOf(GROUPS_CODEC.fromJson(row.getString("user_groups"))));
    }

    private <T> T inDatabase(String problem, HandleCallback<T, RuntimeException> work)
    {
        try {
            database.prepare();
            return jdbi.inTransaction(work);
        }
        catch (SQLException | FlywayException | JdbiException e) {
            // only the root cause: the exception itself contains the data to be written
            Throwable cause = getRootCause(e);
            if (isDataError(e)) {
                throw new HistoryRefusalException("The database of the query history says: %s".formatted(sqlState(e).orElseThrow()));
            }
            String message = "The database of the query history (%s) %s: %s".formatted(database.schema(), problem, cause.getMessage());
            if (sqlState(e).equals(Optional.of(QUERY_CANCELED))) {
                throw new HistoryTimeoutException(message, cause);
            }
            throw new HistoryUnavailableException(message, cause);
        }
    }

    private static boolean isDataError(Exception failure)
    {
        return sqlState(failure).filter(state -> DATA_ERRORS.contains(state.substring(0, 2))).isPresent();
    }

    private static Optional<String> sqlState(Exception failure)
    {
        return Throwables.getCausalChain(failure).stream()
                .filter(SQLException.class::isInstance)
                .map(cause -> ((SQLException) cause).getSQLState())
                .filter(state -> state != null && state.length() == 5)
                .findFirst();
    }
}
