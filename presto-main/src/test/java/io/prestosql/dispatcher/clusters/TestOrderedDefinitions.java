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

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.ListenableFuture;
import io.prestosql.cluster.ClustersFixture;
import io.prestosql.cluster.KnownCluster;
import io.prestosql.dispatcher.clusters.ClusterChangeCodec.StoredChange;
import io.prestosql.dispatcher.clusters.OrderedDefinitionCodec.StoredDefinition;
import io.prestosql.node.ClusterName;
import io.prestosql.rpc.NotLeaderException;
import io.prestosql.spi.querylog.QueryLogRecord;
import io.prestosql.spi.querylog.QueryLogRecord.Kind;
import io.prestosql.testing.TestingConditions;
import jakarta.ws.rs.WebApplicationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;

import static io.airlift.json.JsonCodec.jsonCodec;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

public class TestOrderedDefinitions
{
    static {
        TestingConditions.lookOften();
    }

    private static final long EPOCH = 5;
    private static final ClusterName FILE = new ClusterName("file");
    private static final ClusterName LOG = new ClusterName("log");
    private static final Instant NOW = Instant.parse("2026-12-01T07:00:00Z");

    private final TestingLastingRecords records = new TestingLastingRecords();
    private final OrderedDefinitionCodec codec = new OrderedDefinitionCodec(jsonCodec(StoredDefinition.class));
    private final TestingLastingRecords audit = new TestingLastingRecords();
    private final ClusterChanges changes = new ClusterChanges(audit, new ClusterChangeCodec(jsonCodec(StoredChange.class)), new ClusterChangesConfig(), Clock.fixed(NOW, ZoneOffset.UTC));
    private ClustersFixture fixture;
    private OrderedDefinitions definitions;

    @BeforeEach
    public void setUp(@TempDir Path directory)
            throws IOException
    {
        fixture = new ClustersFixture(directory, "file");
        definitions = new OrderedDefinitions(records, fixture.clusters(), changes, codec, TestingLastingRecords.readers(), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterEach
    public void tearDown()
    {
        fixture.close();
    }

    @Test
    public void testDefinedChangedAndRemoved()
            throws Exception
    {
        records.elect(EPOCH);
        ListenableFuture<Void> order = definitions.carryOut(LOG, define("cluster.required-workers", "3"));
        assertThat(order.isDone()).isFalse();
        assertThat(records.writes().getLast().key()).isEqualTo("cluster-definition/log");
        assertThat(codec.decode(records.writes().getLast().content())).isEqualTo(definition("cluster.required-workers", "3"));
        assertThat(fixture.clusters().find(LOG)).isEmpty();
        records.completeLast();
        audit.completeLast();
        order.get();
        // so that the next call finds it
        KnownCluster cluster = fixture.clusters().find(LOG).orElseThrow();
        assertThat(cluster.isDefinedInLog()).isTrue();
        assertThat(cluster.source()).isEqualTo("the query log");
        assertThat(cluster.settings().requiredWorkers()).isEqualTo(3);

        order = definitions.carryOut(LOG, define("cluster.required-workers", "4"));
        records.completeLast();
        audit.completeLast();
        order.get();
        assertThat(cluster.settings().requiredWorkers()).isEqualTo(4);

        definitions.carryOut(LOG, remove());
        assertThat(records.writes().getLast().content()).isEmpty();
        records.completeLast();
        await().until(() -> fixture.clusters().find(LOG).isEmpty());
        assertThat(definitions.definitions()).isEmpty();
        audit.completeLast();
        audit.elect(EPOCH + 1, audit.written());
        assertThat(changes.last(10)).extracting(ClusterChange::property).containsOnly(ChangedProperty.DEFINITION);
        assertThat(changes.last(10)).extracting(change -> change.oldValue() + " → " + change.newValue()).containsExactly(
                "[cluster.required-workers=4, discovery.uri=http://log:8080] → none",
                "[cluster.required-workers=3, discovery.uri=http://log:8080] → [cluster.required-workers=4, discovery.uri=http://log:8080]",
                "none → [cluster.required-workers=3, discovery.uri=http://log:8080]");
    }

    @Test
    public void testRefusals()
    {
        assertThat(definitions.carryOut(LOG, remove()).exceptionNow()).isInstanceOf(NotLeaderException.class);
        records.elect(EPOCH);
        assertRefusal(definitions.carryOut(LOG, define("cluster.required-workers", "-1")), 400, "Invalid configuration property cluster.required-workers: must be greater than or equal to 0");
        assertRefusal(definitions.carryOut(LOG, define("cluster.external-url", "javascript:alert(1)")), 400, "Invalid configuration property cluster.external-url: must begin with http:// or https://, and have no spaces");
        assertRefusal(definitions.carryOut(LOG, define("node.id", "one")), 400, "Configuration property 'node.id' belongs to the dispatcher, not to one of its clusters: remove it");
        assertRefusal(definitions.carryOut(LOG, define("cluster.stat", "one")), 400, "Configuration property 'cluster.stat' was not used");
        assertRefusal(definitions.carryOut(LOG, order(ImmutableMap.of())), 400, "discovery.uri is required: ");
        assertRefusal(definitions.carryOut(LOG, define("discovery.uri", "http://file:8080")), 400, "discovery.uri: cluster log has a server of cluster file, and a coordinator can be in one cluster only. Give one of the two other servers");
        assertRefusal(definitions.carryOut(FILE, define("cluster.required-workers", "3")), 409, "Cluster file is defined in %s of the dispatchers: change it there, or remove it there first".formatted(fixture.file("file")));
        assertRefusal(definitions.carryOut(FILE, remove()), 409, "Cluster file is defined in");
        assertRefusal(definitions.carryOut(ClusterName.DEFAULT, define("cluster.required-workers", "3")), 409, "Cluster default is defined in config.properties");
        assertRefusal(definitions.carryOut(LOG, remove()), 404, "There is no cluster 'log': there are default, file");
        assertThat(records.writes()).isEmpty();
    }

    /**
     * A record of a newer release is still there: it is not noted as removed before an operator removes it.
     */
    @Test
    public void testUnreadableRecord()
            throws Exception
    {
        audit.elect(EPOCH);
        records.elect(EPOCH);
        definitions.carryOut(LOG, define("cluster.required-workers", "3"));
        records.completeLast();
        audit.completeLast();
        audit.elect(EPOCH + 1, audit.written());
        definitions.learn(EPOCH + 1, ImmutableMap.of());
        await().until(() -> fixture.clusters().find(LOG).isEmpty());
        int before = audit.writes().size();
        records.elect(EPOCH + 2, new QueryLogRecord("cluster-definition/log", Kind.LASTING, "{\"formatVersion\":2}".getBytes(UTF_8)));
        assertThat(definitions.unreadable()).containsExactly("cluster-definition/log");
        assertThat(audit.writes()).hasSize(before);

        audit.elect(EPOCH + 2, audit.written());
        ListenableFuture<Void> removed = definitions.carryOut(LOG, remove());
        assertThat(records.writes().getLast().key()).isEqualTo("cluster-definition/log");
        assertThat(records.writes().getLast().content()).isEmpty();
        records.completeLast();
        audit.completeLast();
        removed.get();
        assertThat(definitions.unreadable()).isEmpty();
        assertThat(changes.last(1)).extracting(change -> change.oldValue() + " → " + change.newValue()).containsExactly("unknown → none");
        assertRefusal(definitions.carryOut(LOG, remove()), 404, "There is no cluster 'log'");
    }

    /**
     * Files may be written later, or be different at the next leader.
     */
    @Test
    public void testNameInFileAndLog()
    {
        records.elect(EPOCH, record(FILE), record(LOG));
        fixture.clusters().start();
        await().until(() -> fixture.clusters().find(LOG).isPresent());
        await().untilAsserted(() -> assertThat(fixture.clusters().getProblems()).containsExactly(
                "%s: cluster file is defined in the query log, too, and the file counts. Remove the file, or DELETE /v1/clusters/file".formatted(fixture.file("file"))));
        assertThat(fixture.clusters().find(FILE).orElseThrow().isDefinedInLog()).isFalse();
        definitions.carryOut(FILE, remove());
        records.completeLast();
        await().until(() -> fixture.clusters().getProblems().isEmpty());
        assertThat(fixture.clusters().find(FILE)).isPresent();
    }

    @Test
    public void testLearns()
    {
        definitions.learn(EPOCH, ImmutableMap.of(LOG, definition("cluster.required-workers", "3")));
        await().until(() -> fixture.clusters().find(LOG).isPresent());
        definitions.learn(EPOCH - 1, ImmutableMap.of());
        assertThat(definitions.definitions()).containsOnlyKeys(LOG);
    }

    private QueryLogRecord record(ClusterName cluster)
    {
        OrderedDefinition definition = new OrderedDefinition(ImmutableMap.of("discovery.uri", "http://elsewhere-%s:8080".formatted(cluster)), "alice", Optional.empty(), NOW);
        return new QueryLogRecord("cluster-definition/" + cluster, Kind.LASTING, codec.encode(definition));
    }

    private static OrderedDefinition definition(String property, String value)
    {
        return new OrderedDefinition(properties(property, value), "alice", Optional.of("10.0.0.1"), NOW);
    }

    private static DefinitionOrder define(String property, String value)
    {
        return order(properties(property, value));
    }

    private static DefinitionOrder order(Map<String, String> properties)
    {
        return new DefinitionOrder(Optional.of(properties), "alice", Optional.of("10.0.0.1"));
    }

    private static Map<String, String> properties(String property, String value)
    {
        return ImmutableMap.<String, String>builder()
                .put("discovery.uri", "http://log:8080")
                .put(property, value)
                .buildKeepingLast();
    }

    private static DefinitionOrder remove()
    {
        return new DefinitionOrder(Optional.empty(), "alice", Optional.of("10.0.0.1"));
    }

    private static void assertRefusal(ListenableFuture<Void> order, int status, String reason)
    {
        assertThat(order.exceptionNow()).isInstanceOfSatisfying(WebApplicationException.class, refusal -> {
            assertThat(refusal.getResponse().getStatus()).isEqualTo(status);
            assertThat(refusal.getMessage()).contains(reason);
        });
    }
}
