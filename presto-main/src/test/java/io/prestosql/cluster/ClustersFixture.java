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
import io.airlift.units.Duration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

import static io.airlift.concurrent.Threads.daemonThreadsNamed;
import static java.util.concurrent.Executors.newSingleThreadScheduledExecutor;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * The cluster of a process, and those of files, which are read every few milliseconds.
 */
public final class ClustersFixture
        implements AutoCloseable
{
    private final ScheduledExecutorService executor = newSingleThreadScheduledExecutor(daemonThreadsNamed("test-clusters"));
    private final Path directory;
    private final Clusters clusters;

    /**
     * @param names the clusters of files
     */
    public ClustersFixture(Path directory, String... names)
            throws IOException
    {
        this(directory, ImmutableSet.of(), names);
    }

    /**
     * @param parts what each cluster has
     */
    public ClustersFixture(Path directory, Set<ClusterPart> parts, String... names)
            throws IOException
    {
        this.directory = directory;
        for (String name : names) {
            define(name, "");
        }
        ClusterFilesConfig config = new ClusterFilesConfig()
                .setDirectory(directory)
                .setRefreshPeriod(new Duration(10, MILLISECONDS))
                .setForgetAfter(new Duration(0, SECONDS));
        ClusterServicesFactory servicesFactory = TestingClusterServices.factory("http://own:8080", ImmutableMap.of("http-server.https.enabled", "true"), parts);
        clusters = new Clusters(Guice.createInjector(), new ClusterFiles(config, servicesFactory), servicesFactory, ImmutableSet.of(), executor, config);
        clusters.load();
    }

    public Clusters clusters()
    {
        return clusters;
    }

    public Path file(String name)
    {
        return directory.resolve(name + ".properties");
    }

    public void define(String name, String settings)
            throws IOException
    {
        Files.writeString(file(name), "discovery.uri=http://%s:8080\n%s\n".formatted(name, settings));
    }

    public void refresh()
            throws IOException
    {
        clusters.refresh();
    }

    @Override
    public void close()
    {
        executor.shutdownNow();
        clusters.stop();
    }
}
