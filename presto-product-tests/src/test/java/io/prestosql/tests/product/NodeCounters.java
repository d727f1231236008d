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
package io.prestosql.tests.product;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import io.prestosql.tests.product.LocalCluster.Node;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Reads a node's own view of the cluster from its MBeans.
 */
final class NodeCounters
{
    private NodeCounters() {}

    /**
     * Returns the dispatcher that leads the queue, if one of them says so.
     */
    static Optional<Node> leaderOf(Collection<Node> dispatchers)
    {
        return dispatchers.stream()
                .filter(dispatcher -> queueEpoch(dispatcher) > 0)
                .findFirst();
    }

    /**
     * Waits until one of the dispatchers leads the queue, and returns it.
     */
    static Node awaitLeader(Collection<Node> dispatchers)
    {
        return await().atMost(ofSeconds(60)).pollInterval(ofMillis(50)).until(() -> leaderOf(dispatchers), Optional::isPresent).orElseThrow();
    }

    /**
     * Returns the number of queries that dispatchers have sent to a coordinator and that are not over.
     */
    static int runningQueries(Node coordinator)
    {
        return get(coordinator, "io.prestosql.coordinator:name=DispatchedQueries/RunningQueries");
    }

    /**
     * Returns the number of coordinators and workers that a coordinator takes for alive, itself included.
     */
    static int activeNodes(Node coordinator)
    {
        return get(coordinator, "trino.metadata:name=DiscoveryNodeManager/ActiveNodeCount");
    }

    /**
     * Returns the number of coordinators to which a dispatcher would send queries.
     */
    static int availableCoordinators(Node dispatcher)
    {
        return get(dispatcher, "io.prestosql.cluster:name=Coordinators/AvailableCoordinators");
    }

    /**
     * Returns the number of clusters that a dispatcher knows.
     */
    static int knownClusters(Node dispatcher)
    {
        return get(dispatcher, "io.prestosql.cluster:name=Clusters/ClusterCount");
    }

    /**
     * Waits until all coordinators are available and none has a query.
     */
    static void awaitQuiet(LocalCluster cluster)
    {
        await().atMost(ofSeconds(120)).untilAsserted(() -> {
            assertThat(availableCoordinators(cluster.node("dispatcher-1"))).isEqualTo(cluster.coordinators().size());
            assertThat(cluster.coordinators()).allMatch(coordinator -> runningQueries(coordinator) == 0);
        });
    }

    /**
     * Returns whether a coordinator decides which queries are killed for memory.
     */
    static boolean decidesOnMemory(Node coordinator)
    {
        return getJson(coordinator, "io.prestosql.memory:name=LowMemoryDecider/Deciding").asBoolean();
    }

    /**
     * Returns the coordinators that do not answer the decider. As long as there are any, it kills no query for memory.
     */
    static List<String> coordinatorsSilentOnMemory(Node coordinator)
    {
        return ImmutableList.copyOf(getJson(coordinator, "io.prestosql.memory:name=LowMemoryDecider/SilentCoordinators")).stream()
                .map(JsonNode::asText)
                .collect(toImmutableList());
    }

    /**
     * Returns the epoch in which a dispatcher leads the queue; 0 when it does not lead, or does not answer.
     */
    static int queueEpoch(Node dispatcher)
    {
        try {
            HttpResponse<String> response = Http.tryRequest("GET", dispatcher.uri().resolve("/v1/jmx/mbean/io.prestosql.queue:name=QueueLeadership/CurrentEpoch"), "", Http.AS_TEST_USER);
            return response.statusCode() == 200 ? Http.parse(response.body()).asInt() : 0;
        }
        catch (IOException _) {
            return 0;
        }
    }

    /**
     * Returns whether the embedded log is open on a dispatcher.
     */
    static boolean isQueryLogOpen(Node dispatcher)
    {
        return getJson(dispatcher, "io.prestosql.querylog.embedded:name=EmbeddedQueryLog/Open").asBoolean();
    }

    /**
     * Returns how many entries of the embedded log the slowest follower lacks, as its leader sees it.
     */
    static int followersLag(Node leader)
    {
        return get(leader, "io.prestosql.querylog.embedded:name=EmbeddedQueryLog/FollowersLag");
    }

    /**
     * Returns how long the dispatcher took to rebuild the queue when it became leader.
     */
    static int recoveryMillis(Node dispatcher)
    {
        return get(dispatcher, "io.prestosql.queue:name=QueueLeadership/LastRecoveryMillis");
    }

    /**
     * Returns the number of queries for which clients may ask a dispatcher.
     */
    static int queries(Node dispatcher)
    {
        return get(dispatcher, "io.prestosql.dispatcher:name=DispatcherQueue/QueryCount");
    }

    /**
     * Returns all that a node has measured of a duration since its start, in the unit of the bean.
     *
     * @param attribute the bean, a slash, and its attribute
     */
    static Times timesOf(Node node, String attribute)
    {
        double count = getJson(node, attribute + ".AllTime.Count").asDouble();
        return new Times(count, count == 0 ? 0 : count * getJson(node, attribute + ".AllTime.Avg").asDouble());
    }

    record Times(double count, double total)
    {
        Times minus(Times earlier)
        {
            return new Times(count - earlier.count, total - earlier.total);
        }

        Times plus(Times other)
        {
            return new Times(count + other.count, total + other.total);
        }

        double average()
        {
            return total / count;
        }
    }

    private static int get(Node node, String attribute)
    {
        return getJson(node, attribute).asInt();
    }

    private static JsonNode getJson(Node node, String attribute)
    {
        return Http.getJson(node.uri().resolve("/v1/jmx/mbean/" + attribute), Http.AS_TEST_USER);
    }
}
