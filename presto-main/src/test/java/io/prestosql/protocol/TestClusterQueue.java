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
package io.prestosql.protocol;

import io.prestosql.node.ClusterName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterQueue
{
    private static final ClusterName ETL = new ClusterName("etl");

    @Test
    public void testDefaultClusterIsNotNamed()
    {
        // as releases name their queue that know only one cluster
        assertThat(new ClusterQueue("memory:http://one:8080", ClusterName.DEFAULT)).hasToString("memory:http://one:8080");
        assertThat(ClusterQueue.parse("memory:http://one:8080")).isEqualTo(new ClusterQueue("memory:http://one:8080", ClusterName.DEFAULT));
    }

    @Test
    public void testOtherClusters()
    {
        assertThat(new ClusterQueue("log", ETL)).hasToString("log#etl");
        assertThat(ClusterQueue.parse("log#etl")).isEqualTo(new ClusterQueue("log", ETL));
        assertThatThrownBy(() -> new ClusterQueue("log#", ETL)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    public void testMessages()
    {
        assertThat(new TwoQueues("one", "log", "other").message())
                .startsWith("Two queues want one cluster: coordinator one has a lease from the dispatchers of query log log, and takes no queries from those of other.");
        assertThat(new TwoQueues("one", "log#etl", "log").message())
                .startsWith("One coordinator is in two clusters: coordinator one has a lease as one of cluster etl, and takes no queries as one of cluster default. Remove it from one of them");
        assertThat(new TwoQueues("one", "log#etl", "other#etl").message()).startsWith("Two queues want one cluster");
    }
}
