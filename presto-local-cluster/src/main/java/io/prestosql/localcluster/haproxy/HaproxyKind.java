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

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.node.ClusterFolder;
import io.prestosql.localcluster.node.ClusterNode;
import io.prestosql.localcluster.node.NodeAnswer;
import io.prestosql.localcluster.node.NodeKind;
import io.prestosql.localcluster.program.BackgroundProgram;
import io.prestosql.localcluster.program.RunningProcess;
import io.prestosql.localcluster.server.ServerClient;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import static io.prestosql.localcluster.node.ClusterNode.LOAD_BALANCER;
import static java.util.Objects.requireNonNull;

/**
 * The load balancer. Its command line has the file of its configuration.
 */
public final class HaproxyKind
        implements NodeKind
{
    private final ClusterFolder folder;
    private final ServerClient client;
    private final Supplier<HaproxyProgram> program;

    /**
     * @param program what is started as load balancer
     */
    public HaproxyKind(ClusterFolder folder, ServerClient client, Supplier<HaproxyProgram> program)
    {
        this.folder = requireNonNull(folder, "folder is null");
        this.client = requireNonNull(client, "client is null");
        this.program = requireNonNull(program, "program is null");
    }

    @Override
    public boolean isKindOf(ClusterNode node)
    {
        return node.hasRole(LOAD_BALANCER);
    }

    @Override
    public Optional<String> nodeOf(RunningProcess process)
    {
        boolean matches = process.program().endsWith("haproxy")
                && process.arguments().subList(1, process.arguments().size()).equals(arguments());
        return matches ? Optional.of(LOAD_BALANCER) : Optional.empty();
    }

    @Override
    public BackgroundProgram program(ClusterNode node)
    {
        HaproxyProgram haproxy = program.get();
        return new BackgroundProgram(
                ImmutableList.<String>builder().add(haproxy.file().toString()).addAll(arguments()).build(),
                haproxy.environment(),
                folder.data(LOAD_BALANCER),
                folder.log(LOAD_BALANCER, "server.log"));
    }

    private List<String> arguments()
    {
        return ImmutableList.of("-f", HaproxyConfiguration.file(folder).toString(), "-db");
    }

    @Override
    public NodeAnswer ask(ClusterNode node)
    {
        boolean up = client.status(node.uri().resolve(HaproxyConfiguration.STATUS_PATH)).equals(Optional.of(200));
        return up ? NodeAnswer.UP : NodeAnswer.SILENT;
    }
}
