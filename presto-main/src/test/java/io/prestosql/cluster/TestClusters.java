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
package io.prestosql.cluster;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.inject.Guice;
import com.google.inject.Injector;
import io.airlift.node.NodeInfo;
import io.airlift.units.Duration;
import io.prestosql.node.ClusterName;
import io.trino.server.InternalCommunicationConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_METHOD;

@TestInstance(PER_METHOD)
public class TestClusters
{
    private static final ClusterName ETL = new ClusterName("etl");

    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-clusters"));
    private final Injector process = Guice.createInjector();
    private final List<String> news = new ArrayList<>();
    private final Set<ClusterName> used = new HashSet<>();
    private final List<Clusters> created = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        created.forEach(Clusters::stop);
        executor.shutdownNow();
    }

    @Test
    public void testOnlyTheProcessCluster()
            throws IOException
    {
        Clusters clusters = clusters("http://own:8080");
        assertThat(clusters.all()).singleElement().satisfies(cluster -> {
            assertThat(cluster.name()).isEqualTo(ClusterName.DEFAULT);
            assertThat(cluster.services().get(Injector.class)).as("the services of the process").isSameAs(process);
            assertThat(cluster.takesQueries()).isTrue();
            assertThat(cluster.hasSecretOfProcess()).isTrue();
        });
        clusters.load();
        assertThat(clusters.getClusterCount()).isEqualTo(1);
        assertThat(news).isEmpty();
    }

    @Test
    public void testNoClusterAndNoFolder()
            throws IOException
    {
        Files.delete(directory);
        assertThatThrownBy(clusters("")::load)
                .isInstanceOf(InvalidClusterException.class)
                .hasMessage("There is no cluster: set discovery.uri in config.properties, or add a file NAME.properties to the folder of cluster.config-dir. " +
                        "If calls define all clusters, create that folder, and leave it empty");
    }

    @Test
    public void testCallsDefineAllClusters()
            throws IOException
    {
        Clusters clusters = clusters("");
        clusters.load();
        clusters.refresh();
        assertThat(clusters.all()).isEmpty();
        assertThat(clusters.getProblems()).containsExactly("No cluster is defined, so all queries wait: add a file NAME.properties to the folder of cluster.config-dir, or PUT /v1/clusters/NAME");
        clusters.defineInLog(ImmutableMap.of(ETL, ImmutableMap.of("discovery.uri", "http://etl:8080")));
        clusters.refresh();
        assertThat(clusters.all()).extracting(KnownCluster::name).containsExactly(ETL);
        assertThat(clusters.getProblems()).isEmpty();
    }

    @Test
    public void testWrongFileAtTheStart()
            throws IOException
    {
        write("etl", "discovery.uri=http://etl:8080\ncluster.required-workers=-1\n");
        assertThatThrownBy(clusters("http://own:8080")::load)
                .isInstanceOf(InvalidClusterException.class)
                .hasMessageContaining("line 2, cluster.required-workers: ");
    }

    @Test
    public void testClustersHaveServicesOfTheirOwn()
            throws IOException
    {
        write("etl", "discovery.uri=http://etl:8080\nnode.environment=etl\ninternal-communication.shared-secret=secret of etl\n");
        write("same", "discovery.uri=http://same:8080\n");
        Clusters clusters = clusters("http://own:8080");
        clusters.load();
        assertThat(clusters.all()).extracting(KnownCluster::toString).containsExactly("default", "etl", "same");
        ClusterServices etl = clusters.find(ETL).orElseThrow().services();
        assertThat(etl.get(InternalCommunicationConfig.class).getSharedSecret()).contains("secret of etl");
        assertThat(etl.get(NodeInfo.class).getEnvironment()).isEqualTo("etl");
        assertThat(etl.get(NodeInfo.class).getNodeId()).isEqualTo("dispatcher-1");
        assertThat(etl.get(ClusterName.class)).isEqualTo(ETL);
        ClusterServices same = clusters.find(new ClusterName("same")).orElseThrow().services();
        assertThat(same.get(InternalCommunicationConfig.class).getSharedSecret()).contains("secret of the dispatchers");
        assertThat(clusters.find(ETL).orElseThrow().hasSecretOfProcess()).isFalse();
        assertThat(clusters.find(new ClusterName("same")).orElseThrow().hasSecretOfProcess()).isTrue();
        assertThat(news).containsExactly("added etl", "added same");
    }

    @Test
    public void testOtherSettingsKeepTheServices()
            throws IOException
    {
        Clusters clusters = loadWithEtl();
        KnownCluster before = clusters.find(ETL).orElseThrow();
        clusters.refresh();
        assertThat(news).containsExactly("added etl");
        write("etl", "discovery.uri=http://etl:8080\ncluster.state=INACTIVE\n");
        clusters.refresh();
        assertThat(clusters.find(ETL)).containsSame(before);
        assertThat(before.takesQueries()).isFalse();
        assertThat(news).containsExactly("added etl", "changed etl");
    }

    @Test
    public void testOtherConnectionReplacesTheServices()
            throws IOException
    {
        Clusters clusters = loadWithEtl();
        KnownCluster before = clusters.find(ETL).orElseThrow();
        write("etl", "discovery.uri=http://etl:8080\ninternal-communication.shared-secret=changed\n");
        clusters.refresh();
        KnownCluster after = clusters.find(ETL).orElseThrow();
        assertThat(after).isNotSameAs(before);
        assertThat(after.services().get(InternalCommunicationConfig.class).getSharedSecret()).contains("changed");
        assertThat(news).containsExactly("added etl", "removed etl", "added etl");
    }

    @Test
    public void testRemovedClusterStaysWhileItIsUsed()
            throws IOException
    {
        Clusters clusters = loadWithEtl();
        used.add(ETL);
        Files.delete(directory.resolve("etl.properties"));
        clusters.refresh();
        clusters.refresh();
        assertThat(clusters.find(ETL)).hasValueSatisfying(cluster -> {
            assertThat(cluster.isRemoved()).isTrue();
            assertThat(cluster.takesQueries()).isFalse();
        });
        assertThat(news).containsExactly("added etl", "changed etl");
        used.clear();
        clusters.refresh();
        assertThat(clusters.find(ETL)).isEmpty();
        assertThat(news).containsExactly("added etl", "changed etl", "removed etl");
    }

    @Test
    public void testRemovedClusterThatIsDefinedAgain()
            throws IOException
    {
        Clusters clusters = loadWithEtl();
        KnownCluster before = clusters.find(ETL).orElseThrow();
        used.add(ETL);
        Files.delete(directory.resolve("etl.properties"));
        clusters.refresh();
        write("etl", "discovery.uri=http://etl:8080\n");
        clusters.refresh();
        assertThat(clusters.find(ETL)).containsSame(before);
        assertThat(before.takesQueries()).isTrue();
    }

    @Test
    public void testOrderedStates()
            throws IOException
    {
        write("etl", "discovery.uri=http://etl:8080\ncluster.state=INACTIVE\n");
        Clusters clusters = clusters("http://own:8080");
        clusters.load();
        KnownCluster etl = clusters.find(ETL).orElseThrow();
        clusters.orderStates(ImmutableMap.of(ETL, ClusterState.ACTIVE));
        assertThat(etl.takesQueries()).isTrue();
        assertThat(etl.definedState()).isEqualTo(ClusterState.INACTIVE);
        assertThat(etl.source()).isEqualTo(directory.resolve("etl.properties").toString());
        // also for clusters that are not defined yet
        ClusterName later = new ClusterName("later");
        clusters.orderStates(ImmutableMap.of(ETL, ClusterState.ACTIVE, later, ClusterState.DRAINING));
        assertThat(news).containsExactly("added etl", "changed etl");
        write("later", "discovery.uri=http://later:8080\n");
        clusters.refresh();
        assertThat(clusters.find(later).orElseThrow().settings().state()).isEqualTo(ClusterState.DRAINING);

        // a cluster whose definition is gone takes no queries, also when that is ordered
        used.add(ETL);
        Files.delete(directory.resolve("etl.properties"));
        clusters.refresh();
        assertThat(etl.settings().state()).isEqualTo(ClusterState.DRAINING);
        clusters.orderStates(ImmutableMap.of(ETL, ClusterState.INACTIVE));
        assertThat(etl.settings().state()).isEqualTo(ClusterState.INACTIVE);
        assertThat(clusters.find(later).orElseThrow().takesQueries()).isTrue();
        clusters.orderStates(ImmutableMap.of());
        assertThat(etl.settings().state()).isEqualTo(ClusterState.DRAINING);
    }

    @Test
    public void testWrongFileChangesNothing()
            throws IOException
    {
        Clusters clusters = loadWithEtl();
        write("etl", "discovery.uri=http://etl:8080\ncluster.required-workers=-1\n");
        clusters.refresh();
        assertThat(clusters.find(ETL).orElseThrow().takesQueries()).isTrue();
        assertThat(clusters.getProblems()).singleElement().asString().contains("line 2, cluster.required-workers: ");
        // whether a file has certificates is found only when it is used
        write("etl", "discovery.uri=http://etl:8080\ninternal-communication.https.required=true\ninternal-communication.https.keystore.path=%s\n".formatted(directory.resolve("etl.properties")));
        clusters.refresh();
        assertThat(clusters.find(ETL).orElseThrow().takesQueries()).isTrue();
        assertThat(clusters.getProblems()).singleElement().asString().startsWith("Cluster etl cannot be reached as its definition says: ");
        assertThat(news).containsExactly("added etl");
    }

    private void write(String name, String content)
            throws IOException
    {
        Files.writeString(directory.resolve(name + ".properties"), content);
    }

    /**
     * Returns the cluster of the process, and {@code etl}.
     */
    private Clusters loadWithEtl()
            throws IOException
    {
        write("etl", "discovery.uri=http://etl:8080\n");
        Clusters clusters = clusters("http://own:8080");
        clusters.load();
        return clusters;
    }

    private Clusters clusters(String discoveryUri)
    {
        ClusterFilesConfig config = new ClusterFilesConfig()
                .setDirectory(directory)
                .setForgetAfter(new Duration(0, SECONDS));
        ClusterServicesFactory servicesFactory = TestingClusterServices.factory(discoveryUri, ImmutableMap.of("http-server.https.enabled", "true"), ImmutableSet.of());
        Clusters clusters = new Clusters(process, new ClusterFiles(config, servicesFactory), servicesFactory, ImmutableSet.of(cluster -> used.contains(cluster.name())), executor, config);
        created.add(clusters);
        clusters.addListener(new ClustersListener()
        {
            @Override
            public void added(KnownCluster cluster)
            {
                news.add("added " + cluster);
            }

            @Override
            public void changed(KnownCluster cluster)
            {
                news.add("changed " + cluster);
            }

            @Override
            public void removed(KnownCluster cluster)
            {
                news.add("removed " + cluster);
            }
        });
        return clusters;
    }
}
