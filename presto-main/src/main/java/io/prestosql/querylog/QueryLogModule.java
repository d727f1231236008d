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
package io.prestosql.querylog;

import com.google.inject.Binder;
import io.airlift.configuration.AbstractConfigurationAwareModule;
import io.prestosql.querylog.embedded.EmbeddedQueryLogModule;

/**
 * Binds the {@link io.prestosql.spi.querylog.QueryLog} that the configuration asks for.
 */
public class QueryLogModule
        extends AbstractConfigurationAwareModule
{
    @Override
    protected void setup(Binder binder)
    {
        switch (buildConfigObject(QueryLogConfig.class).getStore()) {
            case MEMORY -> install(new MemoryQueryLogModule());
            case EMBEDDED -> install(new EmbeddedQueryLogModule());
            // the place of the store's module
            case POSTGRESQL -> binder.addError("query-log.store=postgresql is not available in this release: use embedded or memory");
        }
    }
}
