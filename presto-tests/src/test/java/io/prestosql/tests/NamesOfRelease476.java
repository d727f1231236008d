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

import com.google.common.collect.ImmutableSet;
import com.google.common.io.Resources;
import io.prestosql.testing.RawClient;
import io.prestosql.testing.TestingPrestoServer;

import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static com.google.common.collect.Sets.difference;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ENGLISH;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The names by which operators watch servers. Dashboards and alerts depend on these names, so they stay those of release 476-1, even where
 * classes have other names.
 */
final class NamesOfRelease476
{
    private static final Pattern METRIC = Pattern.compile("^([A-Za-z0-9_:]*io_prestosql[A-Za-z0-9_:]*)", Pattern.MULTILINE);

    /** Names that later releases add, as a bean with its attribute, or as a metric. */
    private static final Set<String> ADDED = ImmutableSet.of(
            "io.prestosql.dispatcher:name=DispatcherQueue HistoryTextBytes",
            "io_prestosql_dispatcher_name_DispatcherQueue_HistoryTextBytes",
            "io.prestosql.dispatcher:name=DispatcherQueue PendingSubmissions",
            "io_prestosql_dispatcher_name_DispatcherQueue_PendingSubmissions",
            "io.prestosql.dispatcher:name=ExecutingQueryProxy HangUps",
            "io_prestosql_dispatcher_name_ExecutingQueryProxy_HangUps",
            "io.prestosql.rpc:name=ProtocolVersionFilter RefusedCalls",
            "io_prestosql_rpc_name_ProtocolVersionFilter_RefusedCalls",
            "io.prestosql.cluster:name=Clusters ClusterCount",
            "io_prestosql_cluster_name_Clusters_ClusterCount",
            "io.prestosql.cluster:name=Clusters Problems",
            "io.prestosql.dispatcher:name=ClusterWaits FailedQueries",
            "io_prestosql_dispatcher_name_ClusterWaits_FailedQueries",
            "io.prestosql.selection:name=ClusterSelections Problems",
            "io.prestosql.selection:name=SelectionMetrics Inspections",
            "io.prestosql.selection:name=SelectionMetrics InspectionMillis",
            "io.prestosql.selection:name=SelectionMetrics Selections",
            "io.prestosql.selection:name=SelectionMetrics SelectionMillis",
            "io.prestosql.selection:name=SelectionMetrics FailedCalls",
            "io.prestosql.selection:name=SelectionMetrics SlowestCallMillis",
            "io_prestosql_selection_name_SelectionMetrics_Inspections",
            "io_prestosql_selection_name_SelectionMetrics_InspectionMillis",
            "io_prestosql_selection_name_SelectionMetrics_Selections",
            "io_prestosql_selection_name_SelectionMetrics_SelectionMillis",
            "io_prestosql_selection_name_SelectionMetrics_FailedCalls",
            "io_prestosql_selection_name_SelectionMetrics_SlowestCallMillis",
            "io.prestosql.selection:name=TrinoGatewayCounters FailedRuleRuns",
            "io.prestosql.selection:name=TrinoGatewayCounters FailedServiceCalls",
            "io.prestosql.selection:name=TrinoGatewayCounters UnaskedServiceCalls",
            "io_prestosql_selection_name_TrinoGatewayCounters_FailedRuleRuns",
            "io_prestosql_selection_name_TrinoGatewayCounters_FailedServiceCalls",
            "io_prestosql_selection_name_TrinoGatewayCounters_UnaskedServiceCalls",
            "io.prestosql.selection:name=ClusterSelections RefusedQueries",
            "io_prestosql_selection_name_ClusterSelections_RefusedQueries",
            "io.prestosql.cluster:name=DefinitionDifferences Differences",
            "io.prestosql.cluster:name=DefinitionDifferences DifferingDispatchers",
            "io_prestosql_cluster_name_DefinitionDifferences_DifferingDispatchers",
            "io.prestosql.cluster:name=Cluster,cluster=default Active",
            "io.prestosql.cluster:name=Cluster,cluster=default AnswerAgeMillis",
            "io.prestosql.cluster:name=Cluster,cluster=default Draining",
            "io.prestosql.cluster:name=Cluster,cluster=default Inactive",
            "io.prestosql.cluster:name=Cluster,cluster=default Refusal",
            "io.prestosql.cluster:name=Cluster,cluster=default RunningQueries",
            "io.prestosql.cluster:name=Cluster,cluster=default State",
            "io.prestosql.cluster:name=Cluster,cluster=default TakingQueries",
            "io.prestosql.cluster:name=Cluster,cluster=default WaitingQueries",
            "io_prestosql_cluster_name_Cluster_cluster_default_Active",
            "io_prestosql_cluster_name_Cluster_cluster_default_AnswerAgeMillis",
            "io_prestosql_cluster_name_Cluster_cluster_default_Draining",
            "io_prestosql_cluster_name_Cluster_cluster_default_Inactive",
            "io_prestosql_cluster_name_Cluster_cluster_default_RunningQueries",
            "io_prestosql_cluster_name_Cluster_cluster_default_TakingQueries",
            "io_prestosql_cluster_name_Cluster_cluster_default_WaitingQueries",
            "io.prestosql.querylog:name=EncryptedQueryLog RecordsOfPreviousSecrets",
            "io_prestosql_querylog_name_EncryptedQueryLog_RecordsOfPreviousSecrets",
            "io.prestosql.dispatcher:name=GroupTurns GivenBack",
            "io_prestosql_dispatcher_name_GroupTurns_GivenBack",
            "io.prestosql.dispatcher:name=GroupTurns Returned",
            "io_prestosql_dispatcher_name_GroupTurns_Returned",
            "io.prestosql.querylog.embedded:name=EmbeddedQueryLog ElectionTimeoutMillis",
            "io_prestosql_querylog_embedded_name_EmbeddedQueryLog_ElectionTimeoutMillis",
            "io.prestosql.queue:name=QueueLeadership FailedEffects",
            "io_prestosql_queue_name_QueueLeadership_FailedEffects",
            "io.prestosql.queue:name=QueueLeadership LastingRecords",
            "io_prestosql_queue_name_QueueLeadership_LastingRecords",
            "io.prestosql.dispatcher:name=QueuedAnalyses Analyzed",
            "io.prestosql.dispatcher:name=QueuedAnalyses Rejected",
            "io.prestosql.dispatcher:name=QueuedAnalyses Running",
            "io.prestosql.dispatcher:name=QueuedAnalyses Waiting",
            "io.prestosql.coordinator:name=QueryAnalyses Refused",
            "io.prestosql.coordinator:name=QueryAnalyses Running",
            "io.prestosql.coordinator:name=QueryAnalyses Started",
            "io_prestosql_dispatcher_name_QueuedAnalyses_Analyzed",
            "io_prestosql_dispatcher_name_QueuedAnalyses_Rejected",
            "io_prestosql_dispatcher_name_QueuedAnalyses_Running",
            "io_prestosql_dispatcher_name_QueuedAnalyses_Waiting",
            "io_prestosql_coordinator_name_QueryAnalyses_Refused",
            "io_prestosql_coordinator_name_QueryAnalyses_Running",
            "io_prestosql_coordinator_name_QueryAnalyses_Started");

    private NamesOfRelease476() {}

    /**
     * @param variant the part of the fixture's name after the roles, such as {@code .memory}; empty for the default configuration
     */
    static void assertSame(TestingPrestoServer server, String variant)
    {
        String file = server.getRoles().roles().stream()
                .sorted()
                .map(role -> role.name().toLowerCase(ENGLISH))
                .collect(joining(",", "", variant + ".txt"));
        assertThat(difference(beans(server), ADDED)).as("beans of " + server.getNodeId()).isEqualTo(read("jmx/" + file));
        assertThat(difference(metrics(server), ADDED)).as("metrics of " + server.getNodeId()).isEqualTo(read("metrics/" + file));
    }

    private static Set<String> read(String file)
    {
        try {
            return ImmutableSet.copyOf(Resources.readLines(Resources.getResource("fixtures/476-1/" + file), UTF_8));
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns each attribute of each bean.
     */
    private static Set<String> beans(TestingPrestoServer server)
    {
        MBeanServer beans = server.getInstance(MBeanServer.class);
        ImmutableSet.Builder<String> attributes = ImmutableSet.builder();
        try {
            for (ObjectName name : beans.queryNames(new ObjectName("io.prestosql.*:*"), null)) {
                for (MBeanAttributeInfo attribute : beans.getMBeanInfo(name).getAttributes()) {
                    attributes.add(name + " " + attribute.getName());
                }
            }
        }
        catch (JMException e) {
            throw new RuntimeException(e);
        }
        return attributes.build();
    }

    private static Set<String> metrics(TestingPrestoServer server)
    {
        try (RawClient client = new RawClient()) {
            RawClient.Response response = client.get(server.getBaseUrl().resolve("/metrics"), Map.of("X-Trino-User", "test"));
            assertThat(response.status()).isEqualTo(200);
            return METRIC.matcher(response.body()).results()
                    .map(result -> result.group(1))
                    .collect(toImmutableSet());
        }
    }
}
