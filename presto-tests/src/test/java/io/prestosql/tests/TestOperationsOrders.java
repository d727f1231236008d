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
package io.prestosql.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingClient;
import io.prestosql.testing.TestingClusters;
import io.prestosql.testing.TestingPrestoServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static java.util.Locale.ENGLISH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The page for operators shows each cluster, and takes orders for clusters from users who may give them, if they come from the page itself.
 */
@TestInstance(PER_CLASS)
public class TestOperationsOrders
{
    private static final String OPERATOR = "operator";
    private static final String WATCHER = "watcher";
    private static final String STRANGER = "stranger";
    private static final String STATE = "/ui/api/operations/cluster/a/state";
    private static final String DRAIN = "{\"state\": \"DRAINING\"}";

    private final RawClient raw = new RawClient();
    private TestingClusters clusters;

    @BeforeAll
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        Path rules = Files.writeString(directory.resolve("rules.json"),
                """
                {"system_information": [{"user": "operator", "allow": ["read", "write"]}, {"user": "watcher", "allow": ["read"]}]}
                """);
        Path accessControl = Files.writeString(directory.resolve("access-control.properties"), "access-control.name=file\nsecurity.config-file=%s\n".formatted(rules));
        clusters = TestingClusters.builder(directory)
                .addCluster("a", ImmutableMap.of("cluster.max-running-queries", "5", "cluster.required-workers", "1"))
                .addCluster("b", ImmutableMap.of())
                .setDispatchers(3)
                .addDispatcherProperty("access-control.config-files", accessControl.toString())
                .addDispatcherProperty("http-server.process-forwarded", "ACCEPT")
                .build();
        clusters.getLeader();
    }

    @AfterAll
    public void tearDown()
    {
        raw.close();
        if (clusters != null) {
            clusters.close();
        }
    }

    @Test
    public void testClustersOnThePage()
    {
        for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
            JsonNode a = cluster(dispatcher, "a");
            assertThat(a.get("state").asText()).isEqualTo("ACTIVE");
            assertThat(a.get("ordered").asBoolean()).isFalse();
            assertThat(a.get("definedIn").asText()).endsWith("a.properties");
            assertThat(a.get("takesQueries").asBoolean()).isTrue();
            assertThat(a.has("refusal")).isFalse();
            assertThat(a.get("drained").asBoolean()).isFalse();
            assertThat(a.get("coordinators").asInt()).isEqualTo(1);
            assertThat(a.get("availableCoordinators").asInt()).isEqualTo(1);
            assertThat(a.get("versions")).singleElement().satisfies(version -> assertThat(version.asText()).isEqualTo(TestingPrestoServer.VERSION));
            assertThat(a.get("activeWorkers").asInt()).isEqualTo(1);
            assertThat(a.get("requiredWorkers").asInt()).isEqualTo(1);
            assertThat(a.get("runningQueries").asInt()).isZero();
            assertThat(a.get("maxRunningQueries").asInt()).isEqualTo(5);
            assertThat(a.get("waitingQueries").asInt()).isZero();
            assertThat(a.get("answerAgeMillis").asLong()).isLessThan(60_000);
            assertThat(a.get("problems")).isEmpty();
            assertThat(cluster(dispatcher, "b").has("maxRunningQueries")).isFalse();
        }
    }

    @Test
    public void testOrderOfThePage()
    {
        for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
            assertThat(send(dispatcher, "PUT", STATE, DRAIN, page(dispatcher, OPERATOR)).status()).isEqualTo(204);
            for (TestingPrestoServer other : clusters.getDispatchers()) {
                JsonNode a = cluster(other, "a");
                assertThat(a.get("state").asText()).isEqualTo("DRAINING");
                assertThat(a.get("definedState").asText()).isEqualTo("ACTIVE");
                assertThat(a.get("ordered").asBoolean()).isTrue();
                assertThat(a.get("takesQueries").asBoolean()).isFalse();
                assertThat(a.get("refusal").asText()).isEqualTo("Its state is DRAINING");
                await().untilAsserted(() -> assertThat(cluster(other, "a").get("drained").asBoolean()).isTrue());
            }
            // audited like an order by another way, and the page's data name no user
            JsonNode ordered = raw.get(dispatcher.getBaseUrl().resolve("/v1/clusters/a"), ImmutableMap.of("X-Trino-User", WATCHER)).json().get("orderedState");
            assertThat(ordered.get("user").asText()).isEqualTo(OPERATOR);
            assertThat(ordered.get("address").asText()).isEqualTo("127.0.0.1");
            assertThat(operations(dispatcher, WATCHER).toString()).doesNotContain(OPERATOR);
            try (TestingClient client = new TestingClient(dispatcher.getBaseUrl())) {
                assertThat(client.execute("SELECT 1").error()).isEmpty();
            }
            assertThat(send(dispatcher, "DELETE", STATE, "", page(dispatcher, OPERATOR)).status()).isEqualTo(204);
            assertThat(cluster(dispatcher, "a").get("state").asText()).isEqualTo("ACTIVE");
        }
    }

    @Test
    public void testRequestsOfOtherSites()
    {
        TestingPrestoServer dispatcher = clusters.getDispatchers().getLast();
        Map<String, String> page = page(dispatcher, OPERATOR);
        assertRefused(dispatcher, without(page, "X-Presto-Operations"), "X-Presto-Operations: true");
        assertRefused(dispatcher, with(page, "X-Presto-Operations", "1"), "X-Presto-Operations: true");
        assertRefused(dispatcher, with(page, "Origin", "http://evil.example.net"), "A page of another site cannot change clusters");
        assertRefused(dispatcher, with(page, "Origin", "null"), "A page of another site cannot change clusters");
        assertRefused(dispatcher, without(page, "Origin"), "neither Sec-Fetch-Site nor Origin");
        // what the browser says of the site goes before everything else
        assertRefused(dispatcher, with(page, "Sec-Fetch-Site", "cross-site"), "A page of another site cannot change clusters");
        assertRefused(dispatcher, with(page, "Sec-Fetch-Site", "same-site"), "A page of another site cannot change clusters");
        // without the log-in, there is no user
        assertThat(send(dispatcher, "PUT", STATE, DRAIN, without(page, "Cookie")).status()).isEqualTo(401);

        // what a form of another site can send
        for (String contentType : new String[] {"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"}) {
            Map<String, String> form = with(without(page, "X-Presto-Operations"), "Content-Type", contentType);
            assertThat(send(dispatcher, "POST", STATE, DRAIN, form).status()).as(contentType).isBetween(400, 499);
            assertThat(send(dispatcher, "PUT", STATE, DRAIN, with(page, "Content-Type", contentType)).status()).as(contentType).isEqualTo(415);
        }
        // the browser asks before it sends the header for another site, and is allowed nothing
        RawClient.Response preflight = send(dispatcher, "OPTIONS", STATE, "", ImmutableMap.of(
                "Origin", "http://evil.example.net",
                "Access-Control-Request-Method", "PUT",
                "Access-Control-Request-Headers", "x-presto-operations,content-type"));
        assertThat(preflight.headers().map().keySet()).noneMatch(header -> header.toLowerCase(ENGLISH).startsWith("access-control-allow"));
        assertThat(cluster(dispatcher, "a").get("ordered").asBoolean()).isFalse();

        // another page cannot show this one in a frame, and lead the user to click there, by any address that the server knows it by
        for (String path : new String[] {"/ui/operations.html", "/ui/operations.html;x=1", "/ui;x/operations.html", "/ui/%6fperations.html", "/ui/history.html"}) {
            RawClient.Response html = send(dispatcher, "GET", path, "", page);
            assertThat(html.status()).as(path).isEqualTo(200);
            assertThat(html.header("X-Frame-Options")).as(path).contains("DENY");
            assertThat(html.headers().allValues("Content-Security-Policy")).as(path).contains("frame-ancestors 'none'");
        }
        assertThat(send(dispatcher, "GET", "/ui/query.html", "", page).header("X-Frame-Options")).isEmpty();
    }

    @Test
    public void testBehindProxies()
    {
        TestingPrestoServer dispatcher = clusters.getDispatcher();
        Map<String, String> page = with(page(dispatcher, OPERATOR), "Origin", "https://presto.example.net");
        assertRefused(dispatcher, page, "http-server.process-forwarded");
        // a proxy that tells the address, and one that does not, with a browser that tells what it knows
        Map<String, String> forwarded = with(with(page, "X-Forwarded-Proto", "https"), "X-Forwarded-Host", "presto.example.net");
        assertThat(send(dispatcher, "PUT", "/ui/api/operations/cluster/c/state", DRAIN, forwarded)).satisfies(answer -> {
            assertThat(answer.status()).as(answer.body()).isEqualTo(404);
            assertThat(answer.body()).isEqualTo("There is no cluster 'c': there are a, b");
        });
        assertThat(send(dispatcher, "PUT", "/ui/api/operations/cluster/c/state", DRAIN, with(page, "Sec-Fetch-Site", "same-origin")).status()).isEqualTo(404);
    }

    @Test
    public void testRights()
    {
        TestingPrestoServer dispatcher = clusters.getDispatcher();
        assertRights(dispatcher, OPERATOR, true, true);
        assertRights(dispatcher, WATCHER, true, false);
        assertRights(dispatcher, STRANGER, false, false);
        for (String user : new String[] {WATCHER, STRANGER}) {
            assertRefused(dispatcher, page(dispatcher, user), "User %s may not change clusters: that needs the right to write system information".formatted(user));
            assertThat(send(dispatcher, "DELETE", STATE, "", page(dispatcher, user)).status()).isEqualTo(403);
            // everyone who may log in sees the clusters
            assertThat(operations(dispatcher, user).get("clusters")).hasSize(2);
        }
    }

    @Test
    public void testChanges()
    {
        TestingPrestoServer first = clusters.getDispatchers().getFirst();
        TestingPrestoServer last = clusters.getDispatchers().getLast();
        assertThat(send(first, "PUT", "/ui/api/operations/cluster/b/state", "{\"state\": \"INACTIVE\"}", page(first, OPERATOR)).status()).isEqualTo(204);
        assertThat(send(last, "DELETE", "/ui/api/operations/cluster/b/state", "", page(last, OPERATOR)).status()).isEqualTo(204);
        for (TestingPrestoServer dispatcher : clusters.getDispatchers()) {
            RawClient.Response answer = send(dispatcher, "GET", "/ui/api/operations/change", "", page(dispatcher, WATCHER));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            List<JsonNode> changes = new ArrayList<>();
            answer.json().forEach(change -> {
                if (change.get("cluster").asText().equals("b")) {
                    changes.add(change);
                }
            });
            assertThat(changes).extracting(change -> change.get("newValue").asText()).containsExactly("none", "INACTIVE");
            assertThat(changes).extracting(change -> change.get("oldValue").asText()).containsExactly("INACTIVE", "none");
            assertThat(changes).allSatisfy(change -> {
                assertThat(change.get("property").asText()).isEqualTo("state");
                assertThat(change.get("user").asText()).isEqualTo(OPERATOR);
                assertThat(change.get("address").asText()).isEqualTo("127.0.0.1");
            });
            assertThat(send(dispatcher, "GET", "/ui/api/operations/change", "", page(dispatcher, STRANGER)).status()).isEqualTo(403);
        }
    }

    private void assertRights(TestingPrestoServer dispatcher, String user, boolean seeChanges, boolean giveOrders)
    {
        JsonNode rights = send(dispatcher, "GET", "/ui/api/operations/right", "", page(dispatcher, user)).json();
        assertThat(rights.get("user").asText()).isEqualTo(user);
        assertThat(rights.get("seeChanges").asBoolean()).isEqualTo(seeChanges);
        assertThat(rights.get("giveOrders").asBoolean()).isEqualTo(giveOrders);
    }

    @Test
    public void testWrongOrders()
    {
        TestingPrestoServer dispatcher = clusters.getDispatcher();
        for (String body : new String[] {"", "{}", "null", "{\"state\": \"draining\"}", "{\"state\": null}", "{\"state\": 1}"}) {
            assertThat(send(dispatcher, "PUT", STATE, body, page(dispatcher, OPERATOR)).status()).as(body).isEqualTo(400);
        }
        assertThat(send(dispatcher, "PUT", "/ui/api/operations/cluster/No%20Name/state", DRAIN, page(dispatcher, OPERATOR)).status()).isEqualTo(404);
    }

    private void assertRefused(TestingPrestoServer dispatcher, Map<String, String> headers, String reason)
    {
        assertThat(send(dispatcher, "PUT", STATE, DRAIN, headers)).satisfies(answer -> {
            assertThat(answer.status()).as("%s", headers).isEqualTo(403);
            assertThat(answer.body()).contains(reason);
        });
        assertThat(cluster(dispatcher, "a").get("state").asText()).isEqualTo("ACTIVE");
    }

    /**
     * Returns the headers of a browser that shows the page.
     */
    private Map<String, String> page(TestingPrestoServer dispatcher, String user)
    {
        return ImmutableMap.<String, String>builder()
                .putAll(raw.logIn(dispatcher.getBaseUrl(), user))
                .put("Origin", dispatcher.getBaseUrl().toString())
                .put("X-Presto-Operations", "true")
                .put("Content-Type", "application/json")
                .buildOrThrow();
    }

    private static Map<String, String> with(Map<String, String> headers, String name, String value)
    {
        Map<String, String> changed = new TreeMap<>(headers);
        changed.put(name, value);
        return changed;
    }

    private static Map<String, String> without(Map<String, String> headers, String name)
    {
        Map<String, String> changed = new TreeMap<>(headers);
        changed.remove(name);
        return changed;
    }

    private JsonNode cluster(TestingPrestoServer dispatcher, String name)
    {
        JsonNode found = null;
        for (JsonNode cluster : operations(dispatcher, WATCHER).get("clusters")) {
            if (cluster.get("name").asText().equals(name)) {
                found = cluster;
            }
        }
        return found;
    }

    private JsonNode operations(TestingPrestoServer dispatcher, String user)
    {
        RawClient.Response answer = send(dispatcher, "GET", "/ui/api/operations", "", raw.logIn(dispatcher.getBaseUrl(), user));
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    private RawClient.Response send(TestingPrestoServer dispatcher, String method, String path, String body, Map<String, String> headers)
    {
        return raw.send(method, dispatcher.getBaseUrl().resolve(path), body, headers);
    }
}
