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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.program.ForegroundProgram;
import io.prestosql.localcluster.report.ClusterException;

import java.util.List;

/**
 * Runs programs that refuse to run as root. In a user namespace they cannot tell.
 */
final class Unprivileged
{
    private static final boolean ROOT = System.getProperty("user.name").equals("root");

    private Unprivileged() {}

    static List<String> command(String... command)
    {
        ImmutableList.Builder<String> complete = ImmutableList.builder();
        if (ROOT) {
            complete.add("unshare", "-U");
        }
        return complete.add(command).build();
    }

    /**
     * @throws ClusterException if such programs cannot be run on this machine
     */
    static void check()
    {
        if (ROOT && (ForegroundProgram.find("unshare").isEmpty() || !ForegroundProgram.of(command("true")).run().succeeded())) {
            throw new ClusterException("PostgreSQL refuses to run as root, and 'unshare -U', which hides that from it, does not work here: start the cluster as another user");
        }
    }
}
