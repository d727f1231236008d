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

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The database for tests whose servers need one and that do not kill it. Each test has databases or schemas of its own. It ends with this
 * process, even if that is killed.
 */
final class SharedDatabase
{
    private static EmbeddedPostgres postgresql;

    private SharedDatabase() {}

    /**
     * Returns the database; the first call starts it.
     */
    static synchronized EmbeddedPostgres get()
    {
        if (postgresql == null) {
            try {
                Path directory = Files.createTempDirectory("shared-database");
                postgresql = EmbeddedPostgres.builder()
                        .setDataDirectory(directory.resolve("data"))
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .start();
                Watchdog.start("kill -9 $(head -1 \"$0/data/postmaster.pid\"); rm -rf \"$0\"", directory.toString());
            }
            catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return postgresql;
    }
}
