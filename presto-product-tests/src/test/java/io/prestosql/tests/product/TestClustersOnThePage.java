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
import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * Clusters on the page for operators in a browser: an operator takes one out and in again, after a confirmation. Users who may not do this
 * have no buttons, and pages of other sites cannot do it in the operator's name. The page shows what a script for Trino Gateway does, too,
 * and outlives a dispatcher that is silent.
 */
@Order(SharedCluster.THREE_CLUSTERS)
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestClustersOnThePage
{
    private static final String ROW = "#clusters tr[data-id=second]";
    private static final Map<String, String> HEADERS_OF_THE_PAGE = ImmutableMap.of("X-Presto-Operations", "true", "Content-Type", "application/json");

    private LocalCluster cluster;
    private Browser browser;

    @BeforeAll
    public void setUp()
    {
        browser = Browser.start();
        cluster = ThreeClusters.CLUSTER.get();
    }

    @AfterAll
    public void tearDown()
    {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    @Order(1)
    public void testClusters()
    {
        logIn(ThreeClusters.OPERATOR);
        eventually("the clusters", () -> {
            assertThat(browser.attributes("#clusters tbody tr", "data-id")).containsExactly(ThreeClusters.LIMITED, "second", "third");
            assertThat(browser.text(ROW)).contains("active", "takes queries", "as defined in", "second.properties", "1 of 1");
            assertThat(browser.text("#clusters tr[data-id=%s]".formatted(ThreeClusters.LIMITED))).contains("0 of " + ThreeClusters.LIMIT);
            assertThat(browser.attribute("body", "data-orders")).contains("allowed");
        });
        assertThat(browser.isVisible(button("DRAINING"))).isTrue();
        browser.screenshot("clusters");
    }

    @Test
    @Order(2)
    public void testCancelledOrder()
    {
        browser.click(button("INACTIVE"));
        assertThat(browser.text("#order-dialog")).contains("Deactivate cluster second?", "It gets nothing from now on", "It runs no queries now.", "second.properties until it is cleared");
        assertThat(browser.isVisible("#order-warning")).as("the other clusters take queries").isFalse();
        browser.screenshot("clusters-confirmation");
        browser.click("#order-cancel");
        assertThat(browser.isVisible("#order-dialog")).isFalse();
        assertThat(second().has("orderedState")).isFalse();
    }

    @Test
    @Order(3)
    public void testOutAndIn()
    {
        browser.click(button("DRAINING"));
        assertThat(browser.text("#order-title")).isEqualTo("Drain cluster second?");
        browser.click("#order-confirm");
        eventually("the cluster is out", () -> {
            assertThat(browser.isVisible("#order-dialog")).isFalse();
            assertThat(browser.text(ROW)).contains("draining", "drained", "ordered by an operator, defined as active", "Its state is DRAINING");
        });
        // what an operator has ordered is no problem
        assertThat(browser.text("#verdict")).isEqualTo("Nothing is missing.");
        assertThat(second().at("/orderedState/user").asText()).isEqualTo(ThreeClusters.OPERATOR);
        eventually("the audit", () -> assertThat(browser.text("#changes tbody tr:first-child")).contains("second", "state: none → DRAINING", ThreeClusters.OPERATOR, "127.0.0.1"));
        browser.screenshot("clusters-drained");
        // the rule of this user names the cluster
        ProtocolQuery waiting = ProtocolQuery.submitAs("rules-second", dispatcher(0), "SELECT 1");
        waiting.advance();
        eventually("the query waits", () -> assertThat(browser.text(ROW + " td:nth-child(4)")).isEqualTo("1"));

        browser.click(button("CLEAR"));
        assertThat(browser.text("#order-dialog")).contains("Clear the order for cluster second?", "second.properties counts again: ACTIVE");
        browser.click("#order-confirm");
        eventually("the cluster is in", () -> assertThat(browser.text(ROW)).contains("active", "takes queries", "as defined in"));
        eventually("the audit", () -> assertThat(browser.text("#changes tbody tr:first-child")).contains("state: DRAINING → none"));
        waiting.readToEnd();
        assertThat(waiting.error()).isEmpty();
        assertThat(second().has("orderedState")).isFalse();
    }

    /**
     * What a script for Trino Gateway does at one dispatcher, the other one and its page show. Its requests are those of {@code curl -u}.
     */
    @Test
    @Order(4)
    public void testScriptForTrinoGateway()
    {
        URI gateway = dispatcher(1).resolve("/gateway/backend/");
        assertThat(backends(gateway.resolve("all"))).containsExactly(ThreeClusters.LIMITED, "second", "third");
        assertThat(Http.request("POST", gateway.resolve("deactivate/third"), "", basic("watcher")).statusCode()).as("a user who may not").isEqualTo(403);
        order(gateway.resolve("deactivate/second"), "");
        try {
            awaitClusters(clusters -> {
                assertThat(clusters).extracting(cluster -> cluster.get("state").asText()).containsExactly("ACTIVE", "DRAINING", "ACTIVE");
                assertThat(clusters.get(1).at("/orderedState/user").asText()).isEqualTo(ThreeClusters.OPERATOR);
            });
            assertThat(backends(gateway.resolve("active"))).containsExactly(ThreeClusters.LIMITED, "third");
            eventually("the cluster is out", () -> assertThat(browser.text(ROW)).contains("draining", "ordered by an operator"));

            order(gateway.resolve("activate/second"), "");
            awaitClusters(clusters -> assertThat(clusters).extracting(cluster -> cluster.get("state").asText()).containsOnly("ACTIVE"));
            assertThat(backends(gateway.resolve("active"))).containsExactly(ThreeClusters.LIMITED, "second", "third");
        }
        finally {
            // Trino Gateway has no path for this
            assertThat(Http.request("DELETE", dispatcher(1).resolve("/v1/clusters/second/state"), "", basic(ThreeClusters.OPERATOR)).statusCode()).isEqualTo(204);
        }

        order(gateway.resolve("modify/add"), "{\"name\": \"added\", \"proxyTo\": \"http://127.0.0.1:%s\", \"active\": false}".formatted(FreePorts.consecutivePorts(1)));
        try {
            awaitClusters(clusters -> {
                assertThat(clusters).extracting(cluster -> cluster.get("name").asText()).containsExactly("added", ThreeClusters.LIMITED, "second", "third");
                assertThat(clusters.getFirst().get("maxRunningQueries").asInt()).as("of the template in etc").isEqualTo(ThreeClusters.LIMIT_OF_TEMPLATE);
            });
        }
        finally {
            order(gateway.resolve("modify/delete"), "added");
        }
        awaitClusters(clusters -> assertThat(clusters).hasSize(3));
        assertThat(second().has("orderedState")).isFalse();
    }

    private static void order(URI uri, String body)
    {
        String[] headers = Stream.concat(Stream.of("Content-Type", "application/json"), Arrays.stream(basic(ThreeClusters.OPERATOR))).toArray(String[]::new);
        HttpResponse<String> response = Http.request("POST", uri, body, headers);
        assertThat(response.statusCode()).as("%s: %s", uri, response.body()).isEqualTo(200);
    }

    private static List<String> backends(URI uri)
    {
        return Http.getJson(uri, basic("watcher")).findValuesAsText("name");
    }

    private static String[] basic(String user)
    {
        return new String[] {"Authorization", "Basic " + Base64.getEncoder().encodeToString((user + ":").getBytes(UTF_8))};
    }

    /**
     * Waits for what the dispatcher shows that the script does not use.
     */
    private void awaitClusters(Consumer<List<JsonNode>> assertion)
    {
        await().atMost(ofSeconds(30)).pollInterval(ofMillis(50)).untilAsserted(() ->
                assertion.accept(ImmutableList.copyOf(Http.getJson(dispatcher(0).resolve("/v1/clusters"), Http.AS_TEST_USER).get("clusters"))));
    }

    /**
     * A call that is accepted and never answered is given up, and made again.
     */
    @Test
    @Order(5)
    public void testSilentDispatcher()
    {
        try (SilentServer silent = new SilentServer()) {
            browser.beginSilence("api/operations/change", silent, ofSeconds(15));
            eventually("the changes are old", () -> assertThat(browser.text("#changes-age")).contains("it does not answer. What is shown is from"));
            assertThat(browser.attribute("body", "data-contact")).as("the rest of the page is up to date").contains("there");
            browser.endSilence();

            browser.beginSilence("api/operations", silent, ofSeconds(5));
            eventually("no contact", () -> assertThat(browser.text("#contact")).contains("No contact with the dispatcher.", "What is shown is from", "Trying again."));
            browser.endSilence();
            eventually("all is up to date", () -> {
                assertThat(browser.attribute("body", "data-contact")).contains("there");
                assertThat(browser.isVisible("#contact")).isFalse();
                assertThat(browser.isVisible("#changes-age")).isFalse();
            });
        }
    }

    /**
     * Cookies know no ports, so the browser has the log-in for a page that comes from another port of the same host, as from the other
     * dispatcher. To the browser, that is another origin.
     */
    @Test
    @Order(6)
    public void testPageOfAnotherOrigin()
    {
        URI order = dispatcher(1).resolve("/ui/api/operations/cluster/second/state");
        String body = "{\"state\": \"INACTIVE\"}";
        assertThat(browser.fetch("PUT", order, HEADERS_OF_THE_PAGE, body)).isEqualTo("refused");
        assertThat(browser.fetch("POST", order, ImmutableMap.of("Content-Type", "text/plain"), body)).isEqualTo("refused");
        assertThat(second().has("orderedState")).isFalse();
        // the same from the page of that dispatcher, with the same log-in
        browser.openInNewTab(dispatcher(1).resolve("/ui/operations.html"));
        eventually("the page", () -> assertThat(browser.attribute("body", "data-contact")).contains("there"));
        assertThat(browser.fetch("PUT", order, ImmutableMap.of("Content-Type", "application/json"), body)).as("without the header").isEqualTo("403");
        assertThat(browser.fetch("PUT", order, HEADERS_OF_THE_PAGE, "{}")).isEqualTo("400");
        assertThat(second().has("orderedState")).isFalse();
    }

    @Test
    @Order(7)
    public void testUserWhoMayNot()
    {
        browser.open(dispatcher(0).resolve("/ui/logout"));
        logIn("watcher");
        eventually("the clusters without orders", () -> {
            assertThat(browser.attribute("body", "data-orders")).contains("denied");
            assertThat(browser.attributes("#clusters tbody tr", "data-id")).hasSize(3);
        });
        assertThat(browser.isVisible(button("DRAINING"))).isFalse();
        assertThat(browser.text("#order-rights")).isEqualTo("User watcher may not change clusters: that needs the right to write system information.");
        // this user may read
        eventually("the changes", () -> assertThat(browser.text("#changes")).contains("second"));
        URI order = dispatcher(0).resolve("/ui/api/operations/cluster/second/state");
        assertThat(browser.fetch("PUT", order, HEADERS_OF_THE_PAGE, "{\"state\": \"INACTIVE\"}")).isEqualTo("403");
        assertThat(second().has("orderedState")).isFalse();
    }

    private void logIn(String user)
    {
        browser.open(dispatcher(0).resolve("/ui/operations.html"));
        browser.type("#username", user);
        browser.click("#submit");
        eventually("the page for operators", () -> {
            assertThat(browser.address().getPath()).isEqualTo("/ui/operations.html");
            assertThat(browser.attribute("body", "data-contact")).contains("there");
        });
    }

    private static String button(String order)
    {
        return "%s button[data-order=%s]".formatted(ROW, order);
    }

    private URI dispatcher(int index)
    {
        return cluster.dispatchers().get(index).uri();
    }

    private JsonNode second()
    {
        return Http.getJson(dispatcher(0).resolve("/v1/clusters/second"), Http.AS_TEST_USER);
    }

    private void eventually(String what, Runnable assertion)
    {
        try {
            await(what).atMost(ofSeconds(60)).pollInterval(ofMillis(200)).untilAsserted(assertion::run);
        }
        catch (RuntimeException | AssertionError e) {
            browser.screenshot("failed");
            throw e;
        }
    }
}
