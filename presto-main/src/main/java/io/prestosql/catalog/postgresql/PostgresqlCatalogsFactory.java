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

import com.google.inject.Inject;
import io.prestosql.catalog.SharedCatalogs;
import io.prestosql.catalog.SharedCatalogsFactory;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/**
 * Opens shared catalogs in a PostgreSQL database.
 */
public class PostgresqlCatalogsFactory
        implements SharedCatalogsFactory
{
    /** The value of {@code catalog.store}. */
    public static final String POSTGRESQL = "postgresql";

    private final PostgresqlCatalogConfig config;

    @Inject
    public PostgresqlCatalogsFactory(PostgresqlCatalogConfig config)
    {
        this.config = requireNonNull(config, "config is null");
    }

    @Override
    public SharedCatalogs create()
    {
        checkArgument(config.getUrl().isPresent(), "catalog.store=%s needs catalog.postgresql.url", POSTGRESQL);
        return new PostgresqlCatalogs(config);
    }
}
