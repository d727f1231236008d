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

import io.prestosql.tests.product.LocalCluster.Node;

import java.io.IOException;
import java.net.http.HttpResponse;

/**
 * What a node itself says of the cluster, by its MBeans.
 */
final class NodeCounters
{
    private NodeCounters() {}

    /**
     * The queries that dispatchers have given to a coordinator, and that are not done.
     */
    static int runningQueries(Node coordinator)
    {
        return get(coordinator, "io.prestosql.coordinator:name=DispatchedQueries/RunningQueries");
    }

    /**
     * The coordinators and workers that a coordinator takes for alive, itself included.
     */
    static int activeNodes(Node coordinator)
    {
        return get(coordinator, "trino.metadata:name=DiscoveryNodeManager/ActiveNodeCount");
    }

    /**
     * The coordinators that a dispatcher would give queries to.
     */
    static int availableCoordinators(Node dispatcher)
    {
        return get(dispatcher, "io.prestosql.cluster:name=Coordinators/AvailableCoordinators");
    }

    /**
     * The epoch in which a dispatcher leads the queue; 0 when it does not, or does not answer.
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

    private static int get(Node node, String attribute)
    {
        return Http.getJson(node.uri().resolve("/v1/jmx/mbean/" + attribute), Http.AS_TEST_USER).asInt();
    }
}
