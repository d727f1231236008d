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
import io.airlift.log.Logger;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS;

/**
 * The Web UI in a browser, behind a load balancer: the engine's pages and ours, while the dispatcher that leads the queue is killed.
 */
@Order(SharedCluster.EMBEDDED_QUEUE)
@TestInstance(PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
public class TestWebUi
{
    private static final Logger log = Logger.get(TestWebUi.class);
    private static final int RUNNING = 2;
    private static final int QUEUED = 2;
    private static final Pattern INHERITED = Pattern.compile("Inherited [0-9]+ queries: (?:.*; )?([0-9]+) waiting; %s with coordinators: %s found running".formatted(RUNNING, RUNNING));

    private final List<HeldQuery> running = new ArrayList<>();
    private final List<ProtocolQuery> queued = new ArrayList<>();
    private LocalCluster cluster;
    private Browser browser;
    private String operationsTab;
    private String listTab;
    private String detailsTab;

    @BeforeAll
    public void setUp()
    {
        browser = Browser.start();
        cluster = BalancedClusters.EMBEDDED.get();
        for (int i = 0; i < RUNNING; i++) {
            HeldQuery query = HeldQuery.submit(cluster, BalancedClusters.TWO_AT_A_TIME, i);
            assertThat(query.hold()).isTrue();
            running.add(query);
        }
        for (int i = 0; i < QUEUED; i++) {
            ProtocolQuery query = ProtocolQuery.submit(cluster.uri(), "SELECT %s".formatted(i), "X-Trino-Source", BalancedClusters.TWO_AT_A_TIME);
            query.advance();
            queued.add(query);
        }
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
    public void testOperations()
    {
        browser.open(cluster.uri("/ui/operations.html"));
        // the page requires a log-in, and the next page comes from another dispatcher
        assertThat(browser.address().getPath()).isEqualTo("/ui/login.html");
        browser.screenshot("log-in");
        browser.type("#username", "operator");
        browser.click("#submit");
        eventually("the page for operators", () -> {
            assertThat(browser.address().getPath()).isEqualTo("/ui/operations.html");
            assertThat(browser.attribute("body", "data-contact")).contains("there");
        });
        operationsTab = browser.currentTab();

        eventually("everything is there", () -> {
            assertThat(browser.text("#verdict")).isEqualTo("Nothing is missing.");
            assertThat(browser.attributes("#dispatchers tbody tr", "data-id")).containsExactly("dispatcher-1", "dispatcher-2", "dispatcher-3");
            assertThat(states("dispatchers")).containsExactlyInAnyOrder("leader", "standby", "standby");
            assertThat(browser.text("#dispatchers")).contains("embedded, up to date");
            assertThat(browser.attributes("#coordinators tbody tr", "data-id")).containsExactly("coordinator-1", "coordinator-2");
            assertThat(states("coordinators")).containsExactly("active", "active");
            assertThat(states("workers")).containsExactly("active");
            assertThat(browser.text("#clusters")).contains("takes queries", "2 of 2");
            assertThat(browser.text("#resource-groups tr[data-id=two]")).contains("%s of %s".formatted(RUNNING, RUNNING), "%s of 1000000".formatted(QUEUED));
            assertThat(browser.text("#failovers")).contains("was elected leader of the queue");
        });
        browser.screenshot("operations");
        // nothing is loaded from another host, which this browser could not reach
        assertThat(browser.loaded()).isNotEmpty().allMatch(address -> address.startsWith(cluster.uri().toString()));
    }

    @Test
    @Order(2)
    public void testEnginePages()
    {
        listTab = browser.openInNewTab(cluster.uri("/ui/"));
        eventually("the list of queries", this::assertQueriesAreListed);
        browser.screenshot("query-list");

        String queryId = running.getFirst().query().id();
        detailsTab = browser.openInNewTab(cluster.uri("/ui/query.html?" + queryId));
        eventually("the details of a query", () -> assertDetails(queryId));
        browser.screenshot("query-details");

        // the link from the engine's pages to ours
        browser.click("#operations-link");
        eventually("the page for operators", () -> assertThat(browser.attribute("body", "data-contact")).contains("there"));
        assertThat(browser.address().getPath()).isEqualTo("/ui/operations.html");
        browser.open(cluster.uri("/ui/query.html?" + queryId));
    }

    private void assertQueriesAreListed()
    {
        assertThat(browser.attributes("#query-list a", "href")).contains(queryIds().stream()
                .map(queryId -> "query.html?" + queryId)
                .toArray(String[]::new));
        assertThat(browser.isVisible("#no-connection-modal")).isFalse();
    }

    private void assertDetails(String queryId)
    {
        assertThat(browser.text("body")).contains(queryId, "tpcds.tiny.customer");
        // its workers may be done, although its client has not read all rows
        assertThat(browser.text(".progress-bar")).containsPattern("RUNNING|BLOCKED|FINISHING");
        assertThat(browser.isVisible("#no-connection-modal")).isFalse();
    }

    private List<String> queryIds()
    {
        List<String> queryIds = new ArrayList<>();
        running.forEach(query -> queryIds.add(query.query().id()));
        queued.forEach(query -> queryIds.add(query.id()));
        return queryIds;
    }

    /**
     * All three pages are open when the leader is killed, and go on by themselves.
     */
    @Test
    @Order(3)
    public void testLeaderKilled()
    {
        browser.switchTo(operationsTab);
        String killed = leader();
        long start = System.nanoTime();
        cluster.startKilling(killed);
        eventually("another leader", () -> {
            assertThat(browser.attribute("body", "data-contact")).contains("there");
            assertThat(browser.text("#dispatchers tr[data-id=%s] .state".formatted(killed))).isEqualTo("gone");
            assertThat(states("dispatchers")).containsExactlyInAnyOrder("gone", "leader", "standby");
        });
        log.info("The page shows another leader %.1f s after %s was killed", (System.nanoTime() - start) / 1e9, killed);
        eventually("what became of the queries", () -> {
            assertThat(browser.text("#verdict")).contains("Dispatcher %s does not take part: it refuses connections.".formatted(killed));
            String failover = browser.text("#failovers tbody tr:first-child");
            assertThat(failover).contains(leader() + " was elected leader of the queue");
            // the text also counts queries of the cluster's start, which are over
            Matcher inherited = INHERITED.matcher(failover);
            assertThat(inherited.find()).as(failover).isTrue();
            // an earlier class may have left submissions that no client has asked for
            assertThat(Integer.parseInt(inherited.group(1))).isGreaterThanOrEqualTo(QUEUED);
            assertThat(browser.text("#resource-groups tr[data-id=two]")).contains("%s of %s".formatted(RUNNING, RUNNING), "%s of 1000000".formatted(QUEUED));
        });
        browser.screenshot("operations-after-failover");

        browser.switchTo(listTab);
        eventually("the list of queries", this::assertQueriesAreListed);
        browser.screenshot("query-list-after-failover");

        browser.switchTo(detailsTab);
        eventually("the details of a query", () -> assertDetails(running.getFirst().query().id()));
        browser.screenshot("query-details-after-failover");

        cluster.restart(killed);
        browser.switchTo(operationsTab);
        eventually("it is back", () -> assertThat(browser.text("#verdict")).isEqualTo("Nothing is missing."));
    }

    /**
     * This page comes directly from a dispatcher, without another one that could answer after its death. {@link TestClustersOnThePage} shows a
     * page without contact in the short tier.
     */
    @Test
    @Order(4)
    @Tag("long")
    public void testDispatcherOfThePageKilled()
    {
        browser.switchTo(operationsTab);
        String leader = leader();
        Node standby = cluster.dispatchers().stream()
                .filter(dispatcher -> !dispatcher.name().equals(leader))
                .findFirst().orElseThrow();
        // the log-in was at another dispatcher, and is valid here
        URI page = standby.uri().resolve("/ui/operations.html");
        browser.openInNewTab(page);
        eventually("contact", () -> assertThat(browser.text("#answered-by")).isEqualTo(standby.name()));
        assertThat(browser.isVisible("#contact")).isFalse();

        cluster.kill(standby.name());
        eventually("no contact", () -> {
            assertThat(browser.attribute("body", "data-contact")).contains("lost");
            assertThat(browser.text("#contact")).contains("No contact with the dispatcher.", "What is shown is from", "Trying again.");
        });
        // the page still shows what it knew
        assertThat(browser.attributes("#dispatchers tbody tr", "data-id")).hasSize(3);
        browser.screenshot("operations-without-contact");

        cluster.restart(standby.name());
        eventually("contact again", () -> {
            assertThat(browser.attribute("body", "data-contact")).contains("there");
            assertThat(browser.isVisible("#contact")).isFalse();
            assertThat(browser.text("#dispatchers tr[data-id=%s] .state".formatted(standby.name()))).isEqualTo("standby");
        });
        assertThat(browser.address()).isEqualTo(page);
    }

    @Test
    @Order(5)
    public void testQueriesAreUnaffectedByFailovers()
    {
        assertThat(running).allMatch(HeldQuery::finish);
        for (int i = 0; i < QUEUED; i++) {
            List<JsonNode> rows = queued.get(i).readToEnd();
            assertThat(queued.get(i).error()).isEmpty();
            assertThat(rows).extracting(row -> row.get(0).asInt()).containsExactly(i);
        }
        browser.switchTo(operationsTab);
        eventually("an empty queue", () -> assertThat(browser.text("#resource-groups tr[data-id=two]")).contains("0 of %s".formatted(RUNNING), "0 of 1000000"));
    }

    @Test
    @Order(6)
    public void testHistory()
    {
        String markup = "SELECT '<b id=\"injected\">bold</b>'";
        ProtocolQuery finished = ProtocolQuery.submit(cluster.uri(), markup, "X-Trino-Source", "<i id=\"injected\">source</i>");
        finished.readToEnd();
        ProtocolQuery failed = ProtocolQuery.submit(cluster.uri(), "SELECT 1 / (SELECT 0) -- history");
        failed.readToEnd();
        assertThat(failed.error()).isPresent();

        browser.switchTo(operationsTab);
        browser.click("#history-link");
        eventually("the history", () -> {
            assertThat(browser.address().getPath()).isEqualTo("/ui/history.html");
            browser.click("#show");
            eventually("an answer", () -> assertThat(browser.attribute("body", "data-answer")).contains("there"));
            assertThat(browser.attributes("#queries tbody tr[data-id]", "data-id")).contains(finished.id(), failed.id());
        });
        assertThat(browser.text("#queries tr[data-id='%s']".formatted(finished.id()))).contains("finished", "<i id=\"injected\">source</i>", "coordinator-");
        assertThat(browser.text("#queries tr[data-id='%s']".formatted(failed.id()))).contains("DIVISION_BY_ZERO");
        assertThat(browser.text("#queries")).contains(markup);
        // what comes from users never becomes markup
        assertThat(browser.attributes("#injected", "id")).isEmpty();
        eventually("the chart", () -> assertThat(browser.attributes("#chart rect", "height")).isNotEmpty());
        assertThat(browser.text("#legend")).contains("default (");
        browser.screenshot("history");

        browser.type("#filters [name=text]", "-- history");
        browser.click("#show");
        eventually("only one query", () -> assertThat(browser.attributes("#queries tbody tr[data-id]", "data-id")).containsExactly(failed.id()));
        assertThat(browser.address().getQuery()).contains("text=");
        browser.type("#filters [name=cluster]", "No Name");
        browser.click("#show");
        eventually("the reason", () -> assertThat(browser.text("#problem")).isEqualTo("cluster has to be the name of a cluster, and 'No Name' is none"));
        browser.screenshot("history-problem");

        // too long for a chart, and not for the list
        browser.open(browser.address().resolve("/ui/history.html?time=&from=2001-01-01T00:00:00"));
        eventually("the queries without a chart", () -> {
            assertThat(browser.attributes("#queries tbody tr[data-id]", "data-id")).contains(finished.id(), failed.id());
            assertThat(browser.text("#chart-problem")).contains("and a chart has at most 1500: choose a shorter time");
        });
        assertThat(browser.isVisible("#chart")).isFalse();
        assertThat(browser.isVisible("#problem")).isFalse();
        browser.screenshot("history-chart-problem");
    }

    private String leader()
    {
        List<String> dispatchers = browser.attributes("#dispatchers tbody tr", "data-id");
        return dispatchers.stream()
                .filter(dispatcher -> browser.text("#dispatchers tr[data-id=%s] .state".formatted(dispatcher)).equals("leader"))
                .findFirst().orElseThrow(() -> new AssertionError("No leader: " + browser.text("#dispatchers")));
    }

    private List<String> states(String table)
    {
        return browser.attributes("#%s tbody tr".formatted(table), "data-id").stream()
                .map(node -> browser.text("#%s tr[data-id=%s] .state".formatted(table, node)))
                .toList();
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
