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
package io.prestosql.localcluster.haproxy;

import io.prestosql.localcluster.artifact.Checkout;
import io.prestosql.localcluster.artifact.DebianPackages;
import io.prestosql.localcluster.program.ForegroundProgram;
import io.prestosql.localcluster.program.ProgramResult;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.report.Messages;

import java.nio.file.Path;
import java.util.Map;

import static java.util.Objects.requireNonNull;

/**
 * HAProxy, as it can be run on this machine.
 *
 * @param environment the variables that it needs
 */
public record HaproxyProgram(Path file, Map<String, String> environment)
{
    private static final String PACKAGE = "haproxy";

    public HaproxyProgram
    {
        requireNonNull(file, "file is null");
        environment = Map.copyOf(environment);
    }

    /**
     * Finds the installed HAProxy, or fetches Debian's package.
     *
     * @throws ClusterException if there is none, and none can be fetched
     */
    public static HaproxyProgram find(Checkout checkout, Messages messages)
    {
        HaproxyProgram program = ForegroundProgram.find(PACKAGE)
                .map(file -> new HaproxyProgram(file, Map.of()))
                .orElseGet(() -> fetch(checkout, messages));
        ProgramResult result = ForegroundProgram.of("env", "LD_LIBRARY_PATH=" + program.environment().getOrDefault("LD_LIBRARY_PATH", ""), program.file().toString(), "-v").run();
        if (!result.succeeded()) {
            throw new ClusterException("HAProxy does not run: %s -v".formatted(program.file()), result.output().lines().toList());
        }
        return program;
    }

    private static HaproxyProgram fetch(Checkout checkout, Messages messages)
    {
        Path folder = checkout.target().resolve("local-cluster-haproxy");
        if (!DebianPackages.isAvailable(folder, PACKAGE)) {
            messages.print("Fetching HAProxy into " + folder);
        }
        Path root;
        try {
            root = DebianPackages.fetch(folder, PACKAGE);
        }
        catch (ClusterException e) {
            throw new ClusterException("--load-balancer needs HAProxy, which is not installed: " + e.getMessage(), e.details());
        }
        return new HaproxyProgram(
                root.resolve("usr").resolve("sbin").resolve(PACKAGE),
                Map.of("LD_LIBRARY_PATH", DebianPackages.libraryPath(root)));
    }
}
