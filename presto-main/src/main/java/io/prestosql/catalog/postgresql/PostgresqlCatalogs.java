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
package io.prestosql.catalog.postgresql;

import com.google.common.collect.ImmutableMap;
import com.zaxxer.hikari.HikariDataSource;
import io.airlift.json.JsonCodec;
import io.airlift.units.Duration;
import io.prestosql.catalog.CatalogSnapshot;
import io.prestosql.catalog.SharedCatalogs;
import io.prestosql.catalog.SharedCatalogsException;
import io.prestosql.postgresql.PostgresqlAddress;
import io.prestosql.postgresql.PostgresqlDatabase;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.catalog.CatalogProperties;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

import java.sql.SQLException;
import java.util.Map;

import static com.google.common.base.Throwables.getRootCause;
import static io.airlift.json.JsonCodec.mapJsonCodec;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Keeps catalogs in a PostgreSQL database that all coordinators see, each in one row. Every change is one statement.
 */
public final class PostgresqlCatalogs
        implements SharedCatalogs
{
    private static final Duration CONNECT_TIMEOUT = new Duration(5, SECONDS);
    private static final Duration STATEMENT_TIMEOUT = new Duration(10, SECONDS);
    /** One for the periodic look, one for statements. */
    private static final int MAX_POOL_SIZE = 2;
    private static final JsonCodec<Map<String, String>> PROPERTIES_CODEC = mapJsonCodec(String.class, String.class);

    private final PostgresqlAddress address;
    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final String id;

    /**
     * @throws SharedCatalogsException when the database does not answer, or the tables cannot be created
     */
    public PostgresqlCatalogs(PostgresqlCatalogConfig config)
    {
        this.address = new PostgresqlAddress(config.getUrl().orElseThrow(), config.getUser(), config.getPassword(), config.getSchema(), CONNECT_TIMEOUT, STATEMENT_TIMEOUT);
        PostgresqlDatabase database = new PostgresqlDatabase("shared catalogs", address, "io/prestosql/catalog/postgresql/migration");
        try {
            database.prepare();
        }
        catch (SQLException | FlywayException e) {
            throw new SharedCatalogsException("The database of the shared catalogs (catalog.postgresql.url, %s) cannot be used: %s".formatted(address, getRootCause(e).getMessage()), e);
        }
        this.pool = database.createPool(MAX_POOL_SIZE);
        this.jdbi = Jdbi.create(pool);
        try {
            this.id = inDatabase("cannot be read", PostgresqlCatalogs::readId);
        }
        catch (SharedCatalogsException e) {
            pool.close();
            throw e;
        }
    }

    private static String readId(Handle handle)
    {
        return handle.createQuery("SELECT id::text FROM store").mapTo(String.class).one();
    }

    @Override
    public CatalogSnapshot read()
    {
        return inDatabase("cannot be read", handle -> {
            checkIdentity(handle);
            CatalogSnapshot.Builder snapshot = CatalogSnapshot.builder(id);
            handle.createQuery("SELECT name, connector, properties::text FROM catalog")
                    .map((row, _) -> new StoredCatalog(row.getString(1), row.getString(2), row.getString(3)))
                    .forEach(catalog -> catalog.addTo(snapshot));
            return snapshot.build();
        });
    }

    @Override
    public boolean create(CatalogProperties catalog)
    {
        CatalogName name = catalog.catalogHandle().getCatalogName();
        return inDatabase("cannot take catalog " + name, handle -> {
            checkIdentity(handle);
            return handle.createUpdate("INSERT INTO catalog (name, connector, properties) VALUES (:name, :connector, :properties::jsonb) ON CONFLICT (name) DO NOTHING")
                    .bind("name", name.toString())
                    .bind("connector", catalog.connectorName().toString())
                    .bind("properties", PROPERTIES_CODEC.toJson(catalog.properties()))
                    .execute() == 1;
        });
    }

    @Override
    public boolean remove(CatalogName name)
    {
        return inDatabase("cannot remove catalog " + name, handle -> {
            checkIdentity(handle);
            return handle.createUpdate("DELETE FROM catalog WHERE name = :name")
                    .bind("name", name.toString())
                    .execute() == 1;
        });
    }

    @Override
    public void close()
    {
        pool.close();
    }

    /**
     * Makes sure that a newly created database is not taken for one whose catalogs were all dropped.
     */
    private void checkIdentity(Handle handle)
    {
        if (!readId(handle).equals(id)) {
            throw new SharedCatalogsException("The database of the shared catalogs (%s) has other tables than at the start".formatted(address));
        }
    }

    private <T> T inDatabase(String problem, HandleCallback<T, RuntimeException> work)
    {
        try {
            return jdbi.inTransaction(work);
        }
        catch (JdbiException | IllegalStateException e) {
            // only the root cause: the exception itself contains the data to be written, passwords included
            Throwable cause = getRootCause(e);
            throw new SharedCatalogsException("The database of the shared catalogs (%s) %s: %s".formatted(address, problem, cause.getMessage()), cause);
        }
    }

    private record StoredCatalog(String name, String connector, String properties)
    {
        void addTo(CatalogSnapshot.Builder snapshot)
        {
            if (!snapshot.accepts(name)) {
                return;
            }
            Map<String, String> values;
            try {
                values = ImmutableMap.copyOf(PROPERTIES_CODEC.fromJson(properties));
            }
            catch (IllegalArgumentException | NullPointerException e) {
                // a null is valid JSON, too; the reason leaves out the properties, which may be secret
                snapshot.addUnreadable(name, "its properties in the database are not valid");
                return;
            }
            snapshot.add(name, connector, values);
        }
    }
}
