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

import com.google.inject.Binder;
import com.google.inject.Module;
import io.prestosql.catalog.SharedCatalogsFactory;

import static com.google.inject.Scopes.SINGLETON;
import static com.google.inject.multibindings.MapBinder.newMapBinder;
import static io.airlift.configuration.ConfigBinder.configBinder;
import static io.prestosql.catalog.postgresql.PostgresqlCatalogsFactory.POSTGRESQL;

/**
 * Binds shared catalogs in a PostgreSQL database.
 */
public class PostgresqlCatalogModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        configBinder(binder).bindConfig(PostgresqlCatalogConfig.class);
        newMapBinder(binder, String.class, SharedCatalogsFactory.class).addBinding(POSTGRESQL).to(PostgresqlCatalogsFactory.class).in(SINGLETON);
    }
}
