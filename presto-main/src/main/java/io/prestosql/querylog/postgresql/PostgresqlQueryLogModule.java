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
package io.prestosql.querylog.postgresql;

import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Scopes;
import io.prestosql.querylog.QueryLogCondition;
import io.prestosql.spi.querylog.QueryLog;

import static io.airlift.configuration.ConfigBinder.configBinder;
import static org.weakref.jmx.guice.ExportBinder.newExporter;

/**
 * Binds the query log in a PostgreSQL database.
 */
public class PostgresqlQueryLogModule
        implements Module
{
    @Override
    public void configure(Binder binder)
    {
        configBinder(binder).bindConfig(PostgresqlQueryLogConfig.class);
        binder.bind(PostgresqlQueryLog.class).in(Scopes.SINGLETON);
        binder.bind(QueryLog.class).to(PostgresqlQueryLog.class).in(Scopes.SINGLETON);
        binder.bind(QueryLogCondition.class).to(PostgresqlQueryLog.class);
        newExporter(binder).export(PostgresqlQueryLog.class).as("io.prestosql.querylog.postgresql:name=PostgresqlQueryLog");
    }
}
