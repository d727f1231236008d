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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import io.prestosql.tests.product.LocalCluster.Node;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.MoreCollectors.onlyElement;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.Executors.newCachedThreadPool;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * A coordinator is killed while the database of the shared catalogs works on its statement. The client is told that the statement may have
 * had effects, and all coordinators see the same effects: those that it has had.
 */
@Order(SharedCluster.NONE)
@TestInstance(PER_CLASS)
@Tag("long")
public class TestCatalogStatements
{
    /** The lock for which commits wait, see {@link #holdCommits}. */
    private static final int LOCK = 1;
    private static final String CREATE = "CREATE CATALOG caught USING tpch";
    private static final String DROP = "DROP CATALOG caught";

    private LocalCluster cluster;

    @BeforeAll
    public void setUp()
            throws Exception
    {
        EmbeddedPostgres postgresql = SharedDatabase.get();
        cluster = LocalCluster.builder("catalog-statements")
                .coordinators(0)
                .workers(0)
                .node("coordinator-1", "coordinator,worker")
                .node("coordinator-2", "coordinator,worker")
                .jvm("dispatcher", "-Xmx256M")
                .jvm("coordinator", "-Xmx768M")
                .shortLived()
                .property("coordinator", "catalog.management", "dynamic")
                .property("coordinator", "catalog.store", "postgresql")
                .property("coordinator", "catalog.postgresql.url", postgresql.getJdbcUrl("postgres", "postgres"))
                // does not wait for the script's test query, whose catalog does not exist here
                .withoutQuery()
                .start();
        assertThat(run("SELECT 1").error()).isEmpty();
    }

    @AfterAll
    public void tearDown()
            throws Exception
    {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    public void testCoordinatorKilledInStatement()
            throws Exception
    {
        try (Connection connection = SharedDatabase.get().getPostgresDatabase().getConnection();
                Statement database = connection.createStatement()) {
            connection.setSchema("presto_catalogs");
            holdCommits(database);

            killBeforeChange(database, CREATE);
            awaitCatalogs(ImmutableList.of());
            killInCommit(database, CREATE);
            awaitCatalogs(ImmutableList.of("caught"));
            assertThat(run(CREATE).errorName()).contains("ALREADY_EXISTS");
            assertAnswers();

            killBeforeChange(database, DROP);
            awaitCatalogs(ImmutableList.of("caught"));
            assertAnswers();
            killInCommit(database, DROP);
            awaitCatalogs(ImmutableList.of());
            assertThat(run(DROP).errorName()).contains("CATALOG_NOT_FOUND");
        }
    }

    /**
     * Makes every commit that changes catalogs wait as long as a session holds the lock.
     */
    private static void holdCommits(Statement database)
            throws SQLException
    {
        database.execute("CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(%s); RETURN NULL; END'".formatted(LOCK));
        database.execute("CREATE CONSTRAINT TRIGGER wait_for_test AFTER INSERT OR DELETE ON catalog DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_for_test()");
    }

    /**
     * Kills the coordinator before its statement has changed anything. The database commits nothing for a client that is gone.
     */
    private void killBeforeChange(Statement database, String sql)
            throws Exception
    {
        database.execute("BEGIN");
        // reads are still possible
        database.execute("LOCK TABLE catalog IN SHARE MODE");
        killWaiting(database, sql, "ROLLBACK");
    }

    /**
     * Kills the coordinator during its commit. The commit completes, although the client is gone.
     */
    private void killInCommit(Statement database, String sql)
            throws Exception
    {
        database.execute("SELECT pg_advisory_lock(%s)".formatted(LOCK));
        killWaiting(database, sql, "SELECT pg_advisory_unlock(%s)".formatted(LOCK));
    }

    private void killWaiting(Statement database, String sql, String release)
            throws Exception
    {
        try (ExecutorService executor = newCachedThreadPool()) {
            Future<ProtocolQuery> statement = executor.submit(() -> run(sql));
            await().atMost(ofSeconds(30)).pollInterval(ofMillis(20)).until(() -> isAnyoneWaiting(database));
            Node victim = cluster.coordinators().stream()
                    .filter(coordinator -> QueryView.queriesOn(coordinator.uri(), cluster.secret()).stream().anyMatch(query -> query.sql().equals(sql) && query.state().equals("RUNNING")))
                    .collect(onlyElement());
            cluster.kill(victim.name());
            database.execute(release);
            await().atMost(ofSeconds(30)).pollInterval(ofMillis(20)).until(() -> !isAnyoneWaiting(database));
            assertThat(statement.get(60, SECONDS).errorName()).contains("COORDINATOR_LOST");
            cluster.restart(victim.name());
        }
    }

    private static boolean isAnyoneWaiting(Statement database)
            throws SQLException
    {
        try (ResultSet waiting = database.executeQuery("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")) {
            return waiting.next() && waiting.getBoolean(1);
        }
    }

    private ProtocolQuery run(String sql)
    {
        ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), sql);
        query.readToEnd();
        return query;
    }

    private void assertAnswers()
    {
        List<JsonNode> rows = ProtocolQuery.submit(cluster.uri(), "SELECT count(*) FROM caught.tiny.nation").readToEnd();
        assertThat(rows).extracting(row -> row.get(0).asInt()).containsExactly(25);
    }

    private void awaitCatalogs(List<String> names)
    {
        for (Node coordinator : cluster.coordinators()) {
            await(coordinator.name()).atMost(ofSeconds(10)).untilAsserted(() -> assertThat(catalogsOf(coordinator)).containsExactlyInAnyOrderElementsOf(names));
        }
    }

    private Set<String> catalogsOf(Node coordinator)
    {
        return ImmutableList.copyOf(cluster.getInternal(coordinator, "/v1/catalog/report").get("catalogs")).stream()
                .map(catalog -> catalog.get("name").asText())
                .collect(toImmutableSet());
    }
}
