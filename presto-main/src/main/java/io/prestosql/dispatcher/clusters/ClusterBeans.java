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
package io.prestosql.dispatcher.clusters;

import com.google.inject.Inject;
import io.airlift.log.Logger;
import io.prestosql.cluster.Clusters;
import io.prestosql.cluster.ClustersListener;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;
import jakarta.annotation.PostConstruct;
import org.weakref.jmx.JmxException;
import org.weakref.jmx.MBeanExporter;

import java.util.HashSet;
import java.util.Set;

import static java.util.Objects.requireNonNull;

/**
 * Exports a bean for each cluster to JMX, as long as the cluster is there.
 */
public class ClusterBeans
        implements ClustersListener
{
    private static final Logger log = Logger.get(ClusterBeans.class);

    private final Clusters clusters;
    private final ClusterReporter reporter;
    private final MBeanExporter exporter;
    /** Guarded by this. */
    private final Set<ClusterName> exported = new HashSet<>();

    @Inject
    public ClusterBeans(Clusters clusters, ClusterReporter reporter, MBeanExporter exporter)
    {
        this.clusters = requireNonNull(clusters, "clusters is null");
        this.reporter = requireNonNull(reporter, "reporter is null");
        this.exporter = requireNonNull(exporter, "exporter is null");
    }

    @PostConstruct
    public void start()
    {
        clusters.addListener(this);
        clusters.all().forEach(this::added);
    }

    @Override
    public synchronized void added(KnownCluster cluster)
    {
        if (exported.contains(cluster.name())) {
            return;
        }
        try {
            exporter.export("io.prestosql.cluster:name=Cluster,cluster=%s".formatted(cluster), new ClusterBean(cluster.name(), reporter));
            exported.add(cluster.name());
        }
        catch (JmxException e) {
            log.error(e, "Cluster %s has no bean", cluster);
        }
    }

    @Override
    public synchronized void removed(KnownCluster cluster)
    {
        // one that is only reached in another way stays
        if (clusters.find(cluster.name()).isEmpty() && exported.remove(cluster.name())) {
            exporter.unexport("io.prestosql.cluster:name=Cluster,cluster=%s".formatted(cluster));
        }
    }
}
