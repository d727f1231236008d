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

import com.google.common.collect.ImmutableList;
import io.airlift.units.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls of operators at a dispatcher that leads, and at one that asks the leader over HTTP.
 */
public class TestClustersResource
{
    private static final String DEFINITION = "{\"discovery.uri\": \"http://etl:8080\"}";

    private ClusterCallsServer leader;
    private ClusterCallsServer follower;

    @TempDir
    private Path directory;

    @BeforeEach
    public void setUp()
            throws Exception
    {
        leader = new ClusterCallsServer("dispatcher-1", Files.createDirectory(directory.resolve("1")), new Duration(1, MINUTES));
        follower = new ClusterCallsServer("dispatcher-2", Files.createDirectory(directory.resolve("2")), new Duration(1, MINUTES));
    }

    @AfterEach
    public void tearDown()
            throws Exception
    {
        leader.close();
        follower.close();
    }

    @Test
    public void testOrders()
            throws Exception
    {
        lead();
        for (ClusterCallsServer server : servers()) {
            assertAnswer(send(server, "PUT", "/etl", DEFINITION), 204, "");
            assertAnswer(send(server, "PUT", "/etl/state", "\"INACTIVE\""), 204, "");
            assertThat(send(server, "GET", "/etl", "").body()).contains("\"name\":\"etl\"", "\"state\":\"INACTIVE\"", "\"user\":\"alice\",\"address\":\"127.0.0.1\"", "\"definedIn\":\"the query log\"");
            assertAnswer(send(server, "DELETE", "/etl/state", ""), 204, "");
            assertThat(send(server, "GET", "/etl", "").body()).contains("\"state\":\"ACTIVE\"").doesNotContain("orderedState");

            leader.setRunningQueries("etl", 1);
            assertAnswer(send(server, "DELETE", "/etl", ""), 409, "Cluster etl runs queries. From now on its state is DRAINING, so it gets no new ones: repeat this call when it is drained");
            assertThat(send(server, "GET", "/etl", "").body()).contains("\"state\":\"DRAINING\"", "\"user\":\"alice\",\"address\":\"127.0.0.1\"");
            assertAnswer(send(server, "DELETE", "/etl", ""), 409, "Cluster etl still runs queries. Its state is DRAINING, so it gets no new ones: repeat this call when it is drained");
            leader.setRunningQueries("etl", 0);
            assertAnswer(send(server, "DELETE", "/etl", ""), 204, "");
            assertAnswer(send(server, "GET", "/etl", ""), 404, "There is no cluster 'etl': there are default, file");
        }
    }

    @Test
    public void testRefusals()
            throws Exception
    {
        lead();
        for (ClusterCallsServer server : servers()) {
            for (String name : ImmutableList.of("etl", "No%20Name")) {
                String reason = "There is no cluster '%s': there are default, file".formatted(name.replace("%20", " "));
                assertAnswer(send(server, "GET", "/" + name, ""), 404, reason);
                assertAnswer(send(server, "DELETE", "/" + name, ""), 404, reason);
                assertAnswer(send(server, "PUT", "/" + name + "/state", "\"ACTIVE\""), 404, reason);
                assertAnswer(send(server, "DELETE", "/" + name + "/state", ""), 404, reason);
            }
            assertAnswer(send(server, "PUT", "/No%20Name", DEFINITION), 400, "'No Name' is no name for a cluster");
            assertAnswer(send(server, "PUT", "/etl", "{\"discovery.url\": \"http://etl:8080\"}"), 400, "discovery.uri is required: ");
            assertAnswer(send(server, "PUT", "/file", DEFINITION), 409, "Cluster file is defined in ");
            assertAnswer(send(server, "DELETE", "/file", ""), 409, "Cluster file is defined in ");
        }
    }

    @Test
    public void testWrongBodies()
            throws Exception
    {
        lead();
        for (ClusterCallsServer server : servers()) {
            for (String body : ImmutableList.of("", "null", "{", "[1]", "\"text\"", "{\"discovery.uri\": null}", "{\"discovery.uri\": [1]}")) {
                assertAnswer(send(server, "PUT", "/etl", body), 400, "The body has to be a JSON object of the cluster's properties, whose values are strings: ");
            }
            for (String body : ImmutableList.of("", "null", "ACTIVE", "\"active\"", "\"\"", "0", "{}")) {
                assertAnswer(send(server, "PUT", "/file/state", body), 400, "The body has to be the new state, as a JSON string: \"ACTIVE\", \"DRAINING\", \"INACTIVE\"");
            }
            assertThat(server.send("PUT", "/v1/clusters/etl", DEFINITION, "text/plain").statusCode()).isEqualTo(415);
            assertThat(server.send("PUT", "/v1/clusters/file/state", "\"ACTIVE\"", "text/plain").statusCode()).isEqualTo(415);
        }
        assertThat(send(leader, "GET", "", "").body()).doesNotContain("orderedState", "etl");
    }

    @Test
    public void testNoLeader()
            throws Exception
    {
        follower.close();
        follower = new ClusterCallsServer("dispatcher-2", Files.createDirectory(directory.resolve("3")), new Duration(200, MILLISECONDS));
        assertThat(send(follower, "GET", "", "").body()).contains("\"name\":\"file\"").doesNotContain("\"leader\"", "drained");
        assertAnswer(send(follower, "GET", "/etl", ""), 404, "There is no cluster 'etl': there are default, file");
        for (HttpResponse<String> answer : ImmutableList.of(
                send(follower, "PUT", "/etl", DEFINITION),
                send(follower, "DELETE", "/etl", ""),
                send(follower, "PUT", "/file/state", "\"DRAINING\""),
                send(follower, "DELETE", "/file/state", ""))) {
            assertAnswer(answer, 503, "No dispatcher leads the queue at the moment. It is not certain whether the order counts");
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        }
        // one that another dispatcher takes for the leader, but that does not lead
        follower.follow(leader);
        assertAnswer(send(follower, "PUT", "/file/state", "\"DRAINING\""), 503, "No dispatcher leads the queue at the moment. It is not certain whether the order counts");
        assertThat(send(follower, "GET", "/file", "").body()).contains("\"state\":\"ACTIVE\"");
    }

    private void lead()
    {
        leader.lead();
        follower.follow(leader);
    }

    private ImmutableList<ClusterCallsServer> servers()
    {
        return ImmutableList.of(leader, follower);
    }

    private static HttpResponse<String> send(ClusterCallsServer server, String method, String path, String body)
            throws Exception
    {
        return server.send(method, "/v1/clusters" + path, body);
    }

    private static void assertAnswer(HttpResponse<String> answer, int status, String text)
    {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).startsWith(text);
    }
}
