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
package io.prestosql.localcluster.command;

import com.google.common.collect.ImmutableList;
import io.prestosql.localcluster.cluster.Cluster;
import io.prestosql.localcluster.cluster.ClusterRequest;
import io.prestosql.localcluster.cluster.ClusterStart;
import io.prestosql.localcluster.cluster.NodeRequest;
import io.prestosql.localcluster.cluster.QueryLogStore;
import io.prestosql.localcluster.cluster.Setting;
import io.prestosql.localcluster.cluster.StartOptions;
import io.prestosql.localcluster.report.ClusterException;
import io.prestosql.localcluster.server.EtcFile;
import io.prestosql.localcluster.server.ServerProperty;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

@Command(name = "start", description = "Start a cluster, or several clusters behind the same dispatchers, and wait until a query runs.")
final class StartCommand
        extends ClusterCommand
{
    private static final String WHO = "WHO is a role, a cluster's name, a node's name, or \"all\"";

    @Option(
            names = "--dispatchers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of dispatchers (${DEFAULT-VALUE}); with the embedded query log all dispatchers, including those of --nodes, must be 1, 3, 5 or 7")
    private int dispatchers;

    @Option(names = "--coordinators", paramLabel = "N", description = "Number of coordinators (" + StartOptions.DEFAULT_COORDINATORS + "; 0 with --cluster)")
    private Optional<Integer> coordinators;

    @Option(names = "--workers", paramLabel = "N", description = "Number of workers (" + StartOptions.DEFAULT_WORKERS + "; 0 with --cluster)")
    private Optional<Integer> workers;

    @Option(
            names = {"--nodes", "--node"},
            paramLabel = "NAME=ROLES",
            converter = OptionConverters.Node.class,
            description = "One more node, with a comma list of roles, e.g. coordinator-3=coordinator,worker; repeatable")
    private List<NodeRequest> nodes = ImmutableList.of();

    @Option(
            names = "--cluster",
            paramLabel = "NAME[:OPTION=VALUE,...]",
            hideParamSyntax = true,
            converter = OptionConverters.RequestedCluster.class,
            description = {
                    "One of several clusters behind the dispatchers, each with nodes NAME.coordinator-1 etc., an environment and a secret of its own; repeatable. Options:",
                    "coordinators=N, workers=N: numbers of nodes (1, or 0 with coordinator-workers)",
                    "coordinator-workers=N: number of nodes with both roles (0)",
                    "max-running-queries=N: how many queries it runs at once (no limit)",
                    "state=STATE: ACTIVE, DRAINING or INACTIVE (ACTIVE)",
            })
    private List<ClusterRequest> clusters = ImmutableList.of();

    @Option(
            names = "--query-log",
            paramLabel = "STORE",
            converter = OptionConverters.Store.class,
            defaultValue = "embedded",
            description = {
                    "Where the dispatchers keep the queue, which they share (${DEFAULT-VALUE}):",
                    "embedded: on their own disks",
                    "postgresql: in a PostgreSQL that is started with the cluster; any number of dispatchers. Its binaries come from the Maven repository, as those of the tests.",
                    "memory: nowhere; one dispatcher, whose queue ends with it",
            })
    private QueryLogStore queryLog;

    @Option(
            names = "--load-balancer",
            description = "HAProxy in front of all dispatchers: the one that is installed, or on Debian one that is fetched, without root rights, to target/local-cluster-haproxy")
    private boolean loadBalancer;

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "" + StartOptions.DEFAULT_PORT,
            description = "The first dispatcher's port (${DEFAULT-VALUE}). The ones after it are for, in this order: the other dispatchers, dispatchers of --nodes, coordinators, workers, "
                    + "other nodes of --nodes, the nodes of each --cluster, the embedded query log of each dispatcher (if there are several), PostgreSQL, the load balancer")
    private int port;

    @Option(names = "--catalogs", paramLabel = "LIST", split = ",", hideParamSyntax = true, description = "The catalogs, each of the connector that it is named after (memory,tpcds,tpch)")
    private List<String> catalogs = StartOptions.DEFAULT_CATALOGS;

    @Option(
            names = "--property",
            paramLabel = "WHO:NAME=VALUE",
            converter = OptionConverters.Property.class,
            description = "A property in config.properties; repeatable. " + WHO)
    private List<Setting<ServerProperty>> properties = ImmutableList.of();

    @Option(
            names = "--jvm",
            paramLabel = "WHO:OPTION",
            converter = OptionConverters.JvmOption.class,
            description = "An option in jvm.config, e.g. dispatcher:-Xmx256M; repeatable. " + WHO)
    private List<Setting<String>> jvmOptions = ImmutableList.of();

    @Option(
            names = "--etc",
            paramLabel = "WHO:PATH=FILE",
            converter = OptionConverters.Etc.class,
            description = "A copy of FILE as etc/PATH, e.g. dispatcher:resource-groups.properties=x; repeatable. " + WHO)
    private List<Setting<EtcFile>> etcFiles = ImmutableList.of();

    @Option(names = "--tarball", paramLabel = "FILE", description = "The server. Default: the one in presto-server/target, built if there is none")
    private Optional<Path> tarball;

    @Option(names = "--installation", paramLabel = "FOLDER", description = "An unpacked server, which is used where it is, instead of a tarball")
    private Optional<Path> installation;

    @Option(names = "--build", description = "Build the tarball even if there is one")
    private boolean build;

    @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "300", description = "How long to wait for a query to run (${DEFAULT-VALUE})")
    private int timeout;

    @Option(
            names = "--no-wait",
            description = "Do not wait for a query, only for every node to have started, and for a dispatcher to lead the queue; such a cluster may lack coordinators or workers")
    private boolean noWait;

    @Override
    int run(Cluster cluster)
    {
        ClusterStart start = new ClusterStart(cluster, options());
        Interruption interruption = new Interruption();
        try {
            start.run();
        }
        catch (ClusterException e) {
            // before the process ends
            messages().problem(e);
            return ExitCode.SOFTWARE;
        }
        finally {
            interruption.close();
        }
        messages().print("");
        NodeTable.print(cluster.processList(), messages());
        messages().print("");
        messages().print("For clients:      " + cluster.clientAddress());
        messages().print("Open the client:  " + program().command(cluster.folder(), "cli"));
        messages().print("Stop the cluster: " + program().command(cluster.folder(), "stop"));
        return ExitCode.OK;
    }

    private StartOptions options()
    {
        StartOptions.Builder options = StartOptions.builder()
                .setDispatchers(dispatchers)
                .setQueryLog(queryLog)
                .setLoadBalancer(loadBalancer)
                .setPort(port)
                .setCatalogs(catalogs)
                .setBuild(build)
                .setTimeout(Duration.ofSeconds(timeout))
                .setAwaitQuery(!noWait);
        coordinators.ifPresent(options::setCoordinators);
        workers.ifPresent(options::setWorkers);
        nodes.forEach(options::addNode);
        clusters.forEach(options::addCluster);
        properties.forEach(options::addProperty);
        jvmOptions.forEach(options::addJvmOption);
        etcFiles.forEach(options::addEtcFile);
        tarball.ifPresent(options::setTarball);
        installation.ifPresent(options::setInstallation);
        return options.build();
    }
}
