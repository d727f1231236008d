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
package io.prestosql.localcluster.postgresql;

import io.prestosql.localcluster.node.ClusterFolder;

import java.nio.file.Path;
import java.util.zip.CRC32;

import static io.prestosql.localcluster.node.ClusterNode.POSTGRESQL;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Where a cluster's PostgreSQL and its database are.
 */
record PostgresqlFiles(ClusterFolder folder)
{
    Path installation()
    {
        return folder.directory().resolve("install-postgresql");
    }

    Path program(String name)
    {
        return installation().resolve("bin").resolve(name);
    }

    Path configuration()
    {
        return folder.etc(POSTGRESQL).resolve("postgresql.conf");
    }

    Path accessRules()
    {
        return folder.etc(POSTGRESQL).resolve("pg_hba.conf");
    }

    Path database()
    {
        return folder.data(POSTGRESQL).resolve("database");
    }

    Path pidFile()
    {
        return database().resolve("postmaster.pid");
    }

    Path password()
    {
        return folder.nodeFolder(POSTGRESQL).resolve("password");
    }

    /**
     * Returns what the processes of this cluster's database are known by. It stands for the folder's name, as a title has room for 63 letters.
     */
    String title()
    {
        CRC32 checksum = new CRC32();
        checksum.update(folder.directory().toString().getBytes(UTF_8));
        return "local-cluster-" + checksum.getValue();
    }
}
