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
package io.prestosql;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.prestosql.server.PrestoServer;
import io.prestosql.spi.querylog.QueryLog;

import java.net.URL;
import java.util.List;
import java.util.stream.Stream;

import static com.google.common.collect.ImmutableList.toImmutableList;

/**
 * Reads the byte code of the shipped modules for ArchUnit.
 */
final class ProductionClasses
{
    private ProductionClasses() {}

    /** Returns the classes of {@code presto-main}. */
    static JavaClasses ofRooms()
    {
        return read(PrestoServer.class);
    }

    /** Returns the classes of {@code presto-main} and {@code presto-spi}. */
    static JavaClasses ofAllModules()
    {
        return read(PrestoServer.class, QueryLog.class);
    }

    private static JavaClasses read(Class<?>... representatives)
    {
        List<URL> locations = Stream.of(representatives)
                .map(representative -> representative.getProtectionDomain().getCodeSource().getLocation())
                .collect(toImmutableList());
        // the rules need only the names of other libraries' classes, and reading those classes takes half a minute
        return ArchConfiguration.withThreadLocalScope(configuration -> {
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter().importUrls(locations);
        });
    }
}
