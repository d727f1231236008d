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
package io.prestosql.dispatcher.statement;

import io.prestosql.cluster.ClustersFixture;
import io.prestosql.cluster.ClustersListener;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.node.ClusterName;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_METHOD;

@TestInstance(PER_METHOD)
public class TestProxyClients
{
    private static final ClusterName ETL = new ClusterName("etl");
    private static final ClusterName ADHOC = new ClusterName("adhoc");

    private final List<ProxyTls> created = new ArrayList<>();
    private ClustersFixture fixture;
    private ProxyClients clients;

    @BeforeEach
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        fixture = new ClustersFixture(directory, "etl", "adhoc");
        clients = new ProxyClients(fixture.clusters());
    }

    @AfterEach
    public void tearDown()
    {
        clients.stop();
        fixture.close();
    }

    @Test
    public void testEachClusterHasItsOwn()
            throws IOException
    {
        HttpClient etl = get(ETL);
        HttpClient adhoc = get(ADHOC);
        assertThat(adhoc).isNotSameAs(etl);
        // the connection stays as it is
        fixture.define("etl", "cluster.weight=2");
        fixture.refresh();
        assertThat(get(ETL)).isSameAs(etl);
        assertThat(created).hasSize(2);
        clients.stop();
        assertThat(etl.isStopped()).isTrue();
        assertThat(adhoc.isStopped()).isTrue();
    }

    @Test
    public void testRemovedAndDefinedAgain()
            throws IOException
    {
        HttpClient before = get(ETL);
        HttpClient adhoc = get(ADHOC);
        Files.delete(fixture.file("etl"));
        fixture.refresh();
        await().until(before::isStopped);
        assertThatThrownBy(() -> get(ETL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("There is no cluster etl any more");

        fixture.define("etl", "internal-communication.https.required=true");
        fixture.refresh();
        assertThat(get(ETL)).isNotSameAs(before);
        assertThat(get(ETL).isStarted()).isTrue();
        assertThat(created).hasSize(3);
        assertThat(get(ADHOC)).isSameAs(adhoc);
        assertThat(adhoc.isStarted()).isTrue();
    }

    @Test
    public void testReachedInAnotherWay()
            throws IOException
    {
        // a request that comes when the cluster has its new services, and its former client is there yet
        List<HttpClient> early = new ArrayList<>();
        fixture.clusters().addListener(new ClustersListener()
        {
            @Override
            public void removed(KnownCluster cluster)
            {
                early.add(get(ETL));
            }
        });
        clients = new ProxyClients(fixture.clusters());
        HttpClient before = get(ETL);
        fixture.define("etl", "internal-communication.https.required=true");
        fixture.refresh();
        await().until(before::isStopped);
        assertThat(get(ETL)).isNotSameAs(before);
        assertThat(early).containsExactly(get(ETL));
        assertThat(get(ETL).isStarted()).isTrue();
    }

    private HttpClient get(ClusterName cluster)
    {
        return clients.get(cluster, tls -> {
            created.add(tls);
            HttpClient client = new HttpClient();
            client.start();
            return client;
        });
    }
}
