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
import java.nio.file.Path;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

public class TestLeaderClustersResource
{
    private static final String DRAIN = "{\"state\": \"DRAINING\", \"user\": \"bob\"}";
    private static final String DEFINE = "{\"properties\": {\"discovery.uri\": \"http://etl:8080\"}, \"user\": \"bob\", \"address\": \"10.0.0.2\"}";
    private static final String REMOVE = "{\"user\": \"bob\"}";
    private static final String REPORT = "{\"nodeId\": \"dispatcher-2\", \"fingerprints\": {}, \"problems\": [\"etl.properties: it is wrong\"]}";

    private ClusterCallsServer server;

    @BeforeEach
    public void setUp(@TempDir Path directory)
            throws Exception
    {
        server = new ClusterCallsServer("dispatcher-1", directory, new Duration(1, MINUTES));
    }

    @AfterEach
    public void tearDown()
            throws Exception
    {
        server.close();
    }

    /**
     * The caller asks another dispatcher then, so nothing may have been done.
     */
    @Test
    public void testNotLeading()
            throws Exception
    {
        for (String path : ImmutableList.of("", "/order", "/order?dispatcher=dispatcher-2", "/change?limit=1")) {
            assertAnswer(send("GET", path, ""), 421, "This dispatcher does not lead the queue");
        }
        assertAnswer(send("PUT", "/file", REPORT), 421, "This dispatcher does not lead the queue");
        assertAnswer(send("PUT", "/file/state", DRAIN), 421, "This dispatcher does not lead the queue");
        assertAnswer(send("PUT", "/etl/definition", DEFINE), 421, "This dispatcher does not lead the queue");
        assertAnswer(send("PUT", "/etl/definition", REMOVE), 421, "This dispatcher does not lead the queue");
        server.lead();
        assertThat(send("GET", "/change?limit=10", "").body()).isEqualTo("[]");
        assertThat(send("GET", "", "").body()).doesNotContain("it is wrong");
    }

    @Test
    public void testOrders()
            throws Exception
    {
        server.lead();
        assertAnswer(send("PUT", "/etl/definition", DEFINE), 204, "");
        assertAnswer(send("PUT", "/etl/state", DRAIN), 204, "");
        assertThat(send("GET", "/order", "").body())
                .contains("\"etl\":{\"properties\":{\"discovery.uri\":\"http://etl:8080\"},\"user\":\"bob\",\"address\":\"10.0.0.2\"")
                .contains("\"etl\":{\"state\":\"DRAINING\",\"user\":\"bob\"");
        server.setRunningQueries("etl", 1);
        assertAnswer(send("PUT", "/etl/definition", REMOVE), 409, "Cluster etl still runs queries. Its state is DRAINING, so it gets no new ones: repeat this call when it is drained");
        server.setRunningQueries("etl", 0);
        assertAnswer(send("PUT", "/etl/definition", REMOVE), 204, "");
        assertThat(send("GET", "/order", "").body()).contains("\"states\":{}", "\"definitions\":{}");
        assertThat(send("GET", "/change?limit=1", "").body()).contains("\"user\":\"bob\"", "\"cluster\":\"etl\"", "\"property\":\"state\"", "\"oldValue\":\"DRAINING\"", "\"newValue\":\"none\"");

        assertAnswer(send("PUT", "/file", REPORT), 204, "");
        assertThat(send("GET", "", "").body()).contains("Dispatcher dispatcher-2: etl.properties: it is wrong");
    }

    @Test
    public void testRefusals()
            throws Exception
    {
        server.lead();
        assertAnswer(send("PUT", "/etl/state", DRAIN), 404, "There is no cluster 'etl': there are default, file");
        assertAnswer(send("PUT", "/etl/definition", REMOVE), 404, "There is no cluster 'etl': there are default, file");
        assertAnswer(send("PUT", "/etl/definition", DEFINE.replace("discovery.uri", "discovery.url")), 400, "discovery.uri is required: ");
        assertAnswer(send("PUT", "/file/definition", DEFINE), 409, "Cluster file is defined in ");
        assertAnswer(send("PUT", "/file/definition", REMOVE), 409, "Cluster file is defined in ");
        assertThat(send("GET", "/change?limit=10", "").body()).isEqualTo("[]");
    }

    @Test
    public void testWrongRequests()
            throws Exception
    {
        server.lead();
        for (String path : ImmutableList.of("/file/state", "/etl/definition", "/file")) {
            for (String body : ImmutableList.of("{}", "[1]", "\"DRAINING\"", "{\"user\": ")) {
                assertThat(send("PUT", path, body).statusCode()).as(path + body).isEqualTo(400);
            }
            for (String body : ImmutableList.of("", "null")) {
                assertAnswer(send("PUT", path, body), 400, "");
            }
            assertThat(server.send("PUT", "/v1/queue/cluster" + path, DRAIN, "text/plain").statusCode()).as(path).isEqualTo(415);
        }
        assertThat(send("PUT", "/file/state", DRAIN.replace("DRAINING", "draining")).statusCode()).isEqualTo(400);
        for (String path : ImmutableList.of("/No%20Name/state", "/No%20Name/definition")) {
            assertThat(send("PUT", path, DRAIN).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(send("GET", "/change?limit=10", "").body()).isEqualTo("[]");
        assertThat(send("GET", "/order", "").body()).contains("\"states\":{}", "\"definitions\":{}");
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws Exception
    {
        return server.send(method, "/v1/queue/cluster" + path, body);
    }

    private static void assertAnswer(HttpResponse<String> answer, int status, String text)
    {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).startsWith(text);
    }
}
