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
import io.airlift.configuration.Config;
import io.airlift.units.Duration;
import io.prestosql.node.ClusterName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_METHOD;

@TestInstance(PER_METHOD)
public class TestClusterFingerprints
{
    private static final ClusterName ETL = new ClusterName("etl");
    private static final String SECRET = "secret of the dispatchers";
    private static final String DEFINITION = "discovery.uri=http://one:8080,http://two:8080\ninternal-communication.shared-secret=secret of etl\ncluster.tags=big,cheap\n";

    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-clusters"));
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
    public void testSameDefinition()
            throws IOException
    {
        String fingerprint = fingerprint(DEFINITION);
        assertThat(fingerprint).isEqualTo(fingerprint(DEFINITION));
        // other text, but the same definition
        assertThat(fingerprint).isEqualTo(fingerprint(
                """
                # written by hand
                cluster.tags = cheap, big
                cluster.state=ACTIVE
                cluster.weight=1
                discovery.uri=http://two:8080,http://one:8080
                internal-communication.shared-secret=secret of etl
                """));
    }

    @Test
    public void testEachDifferenceCounts()
            throws IOException
    {
        assertThat(List.of(
                fingerprint(DEFINITION),
                fingerprint(DEFINITION.replace("two", "three")),
                fingerprint(DEFINITION.replace("secret of etl", "another secret")),
                fingerprint(DEFINITION.replace("big,", "")),
                fingerprint(DEFINITION + "cluster.state=DRAINING\n"),
                fingerprint(DEFINITION + "cluster.max-running-queries=5\n"),
                fingerprint(DEFINITION + "cluster.required-workers=5\n"),
                fingerprint(DEFINITION + "cluster.routing-groups=etl\n"),
                fingerprint(DEFINITION + "cluster.weight=5\n"),
                fingerprint(DEFINITION + "cluster.external-url=http://etl.example.net\n"),
                fingerprint(DEFINITION + "node.environment=etl\n"))).doesNotHaveDuplicates();
    }

    /**
     * A new property of a cluster has to get a line in {@link #testEachDifferenceCounts}, and before that one in the fingerprint.
     */
    @Test
    public void testEveryPropertyIsTried()
    {
        assertThat(Arrays.stream(ClusterConfig.class.getMethods())
                .flatMap(method -> Stream.ofNullable(method.getAnnotation(Config.class)))
                .map(Config::value))
                .containsExactlyInAnyOrder(
                        "cluster.state",
                        "cluster.max-running-queries",
                        "cluster.required-workers",
                        "cluster.routing-groups",
                        "cluster.tags",
                        "cluster.weight",
                        "cluster.external-url");
    }

    @Test
    public void testNeedsTheSecretOfTheDispatchers()
            throws IOException
    {
        assertThat(fingerprint(DEFINITION)).hasSize(64);
        Clusters clusters = clusters("", DEFINITION);
        assertThat(new ClusterFingerprints(clusters, "another").ofFiles()).isNotEqualTo(new ClusterFingerprints(clusters, SECRET).ofFiles());
    }

    @Test
    public void testOnlyFilesAndConfigurationCount()
            throws IOException
    {
        Clusters clusters = clusters("http://own:8080", DEFINITION);
        clusters.defineInLog(ImmutableMap.of(new ClusterName("logged"), ImmutableMap.of("discovery.uri", "http://logged:8080")));
        clusters.refresh();
        assertThat(clusters.all()).hasSize(3);
        ClusterFingerprints fingerprints = new ClusterFingerprints(clusters, SECRET);
        Map<ClusterName, String> before = fingerprints.ofFiles();
        assertThat(before).containsOnlyKeys(ClusterName.DEFAULT, ETL);

        Files.writeString(directory.resolve("etl.properties"), DEFINITION + "cluster.weight=2\n");
        clusters.refresh();
        assertThat(fingerprints.ofFiles().get(ETL)).isNotEqualTo(before.get(ETL));
        assertThat(fingerprints.ofFiles().get(ClusterName.DEFAULT)).isEqualTo(before.get(ClusterName.DEFAULT));

        // an order of operators is no difference of files
        clusters.orderStates(ImmutableMap.of(ClusterName.DEFAULT, ClusterState.INACTIVE));
        assertThat(fingerprints.ofFiles().get(ClusterName.DEFAULT)).isEqualTo(before.get(ClusterName.DEFAULT));
        Files.delete(directory.resolve("etl.properties"));
        clusters.refresh();
        assertThat(fingerprints.ofFiles()).containsOnlyKeys(ClusterName.DEFAULT);
    }

    private String fingerprint(String definition)
            throws IOException
    {
        return new ClusterFingerprints(clusters("", definition), SECRET).ofFiles().get(ETL);
    }

    private Clusters clusters(String discoveryUri, String definition)
            throws IOException
    {
        Files.writeString(directory.resolve("etl.properties"), definition);
        ClusterFilesConfig config = new ClusterFilesConfig()
                .setDirectory(directory)
                .setForgetAfter(new Duration(1, SECONDS));
        ClusterServicesFactory servicesFactory = TestingClusterServices.factory(discoveryUri, ImmutableMap.of(), ImmutableSet.of());
        Clusters clusters = new Clusters(Guice.createInjector(), new ClusterFiles(config, servicesFactory), servicesFactory, ImmutableSet.of(), executor, config);
        created.add(clusters);
        clusters.load();
        return clusters;
    }
}
