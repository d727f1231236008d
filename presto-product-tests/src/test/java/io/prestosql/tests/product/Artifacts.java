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

import java.nio.file.Files;
import java.nio.file.Path;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

/**
 * The results of the build, and the stock programs that a user has beside them. The paths come from the POM.
 */
final class Artifacts
{
    private Artifacts() {}

    /** Returns the checkout. */
    static Path root()
    {
        return existing("product-tests.root");
    }

    /** Returns this module's build output, where clusters have their folders. */
    static Path target()
    {
        return root().resolve("presto-product-tests").resolve("target");
    }

    /** Returns our complete archive. */
    static Path server()
    {
        return existing("product-tests.server");
    }

    /** Returns our archive that is unpacked over a stock installation. */
    static Path overlay()
    {
        return existing("product-tests.overlay");
    }

    /** Returns the archive of the engine's release. */
    static Path stockServer()
    {
        return existing("product-tests.stock-server");
    }

    /** Returns the archive of the engine's release with all of its plugins; only in the long tier. */
    static Path completeStockServer()
    {
        return existing("product-tests.complete-stock-server");
    }

    /** Returns the stock command line client. */
    static Path cli()
    {
        return existing("product-tests.cli");
    }

    /** Returns the stock JDBC driver of the engine's release. */
    static Path jdbcDriver()
    {
        return existing("product-tests.jdbc");
    }

    /** Returns the newest stock JDBC driver. */
    static Path newestJdbcDriver()
    {
        return existing("product-tests.newest-jdbc");
    }

    private static Path existing(String property)
    {
        Path path = Path.of(requireNonNull(System.getProperty(property), () -> "System property %s is not set: run these tests through Maven".formatted(property))).normalize();
        checkState(Files.exists(path), "%s=%s: there is no such file", property, path);
        return path;
    }
}
