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

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.airlift.log.Logger;
import io.prestosql.tests.product.ClientJournal.Entry;
import io.prestosql.tests.product.LocalCluster.Node;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import static com.google.common.collect.Iterables.getOnlyElement;
import static com.google.common.collect.Maps.uniqueIndex;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.KILL_CLUSTER;
import static io.prestosql.tests.product.AbstractTestFaults.Fault.TAKE_CLUSTERS_OUT;
import static io.prestosql.tests.product.BalancedClusters.SIX_AT_A_TIME;
import static io.prestosql.tests.product.TestFaultsOfClusters.Rule.STATEMENT;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two dispatchers with three clusters behind their queue, and clients whose queries rules send to one cluster, or leave the choice of. A
 * cluster is killed with everything in it: the others run what waits and may run there. Every cluster is taken out and in again. Each query
 * runs where the rules say, and no limit is exceeded, neither that of the resource group over all clusters, nor that of a cluster.
 */
@Order(SharedCluster.THREE_CLUSTERS)
public class TestFaultsOfClusters
        extends AbstractTestFaults
{
    private static final Logger log = Logger.get(TestFaultsOfClusters.class);

    private static final int KILLS = Tier.number("faults.count", 1, 20);
    private static final int ROUNDS_OF_STATES = Tier.number(1, 3);

    private RunSamples samples;

    public TestFaultsOfClusters()
    {
        super("three clusters", ThreeClusters.CLUSTER, 100, KILLS + ROUNDS_OF_STATES, faults());
    }

    private static List<Fault> faults()
    {
        return ImmutableList.<Fault>builder()
                .addAll(nCopies(KILLS, KILL_CLUSTER))
                .addAll(nCopies(ROUNDS_OF_STATES, TAKE_CLUSTERS_OUT))
                .build();
    }

    @Override
    Map<String, String> properties(int client, int number)
    {
        return Rule.of(client).properties;
    }

    /**
     * The rule of {@link ThreeClusters} by which a query is sent.
     */
    enum Rule
    {
        USER("second", ImmutableMap.of("source", SIX_AT_A_TIME, "user", "rules-second")),
        SOURCE("third", ImmutableMap.of("source", SIX_AT_A_TIME + "-third")),
        TAGS("second", ImmutableMap.of("source", SIX_AT_A_TIME, "clientTags", "rules-tag")),
        /** The rule for tables, if the statement names one that has a rule; any cluster otherwise. */
        STATEMENT("third", ImmutableMap.of("source", SIX_AT_A_TIME));

        private final String cluster;
        private final Map<String, String> properties;

        Rule(String cluster, Map<String, String> properties)
        {
            this.cluster = cluster;
            this.properties = properties;
        }

        /**
         * A client's queries all have the same rule, so that those of the clusters that are not out go on.
         */
        static Rule of(int client)
        {
            return values()[client % values().length];
        }

        static Optional<String> cluster(Entry query)
        {
            Rule rule = of(query.client());
            return rule == STATEMENT && !query.sql().contains("tpcds.tiny.income_band") ? Optional.empty() : Optional.of(rule.cluster);
        }
    }

    @BeforeEach
    public void startSampling()
    {
        samples = RunSamples.start(cluster(), SIX_AT_A_TIME);
    }

    @AfterEach
    public void checkLimits()
    {
        samples.close();
        Map<String, Integer> runs = new TreeMap<>();
        Map<String, Integer> maxAtOnce = new TreeMap<>();
        for (Node coordinator : cluster().coordinators()) {
            runs.put(coordinator.name(), samples.timesOn(coordinator).size());
            maxAtOnce.put(coordinator.name(), RunningTime.maxAtOnce(samples.timesOn(coordinator)));
        }
        int maxOfAll = RunningTime.maxAtOnce(samples.times());
        long runAgain = samples.times().size() - samples.times().stream().map(RunningTime::queryId).distinct().count();
        log.info("Asked of the coordinators: queries %s, run again in another cluster %s; at once at most %s, together %s, limit %s", runs, runAgain, maxAtOnce, maxOfAll, LIMIT);
        checkRules();
        assertThat(runs.values()).as("queries of each cluster").doesNotContain(0);
        // more than any single cluster would show that they share the limit
        assertThat(maxOfAll).isBetween(3, LIMIT);
        assertThat(maxAtOnce.get(getOnlyElement(cluster().nodesOf(ThreeClusters.LIMITED)).name())).isLessThanOrEqualTo(ThreeClusters.LIMIT);
    }

    private void checkRules()
    {
        Map<String, Entry> queries = uniqueIndex(journal().acknowledged(), query -> query.queryId().orElseThrow());
        Map<String, Integer> counts = new TreeMap<>();
        for (Node coordinator : cluster().coordinators()) {
            for (RunningTime run : samples.timesOn(coordinator)) {
                Entry query = queries.get(run.queryId());
                // a client whose dispatcher was killed may not have been told the id
                if (query != null) {
                    Optional<String> expected = Rule.cluster(query);
                    expected.ifPresent(name -> assertThat(coordinator.cluster()).as("cluster of %s", query).contains(name));
                    counts.merge(expected.isEmpty() ? "any" : expected.get() + " by " + Rule.of(query.client()), 1, Integer::sum);
                }
            }
        }
        log.info("Asked of the coordinators: all queries ran where the rules say: %s", counts);
        assertThat(counts.keySet()).containsExactly("any", "second by TAGS", "second by USER", "third by SOURCE", "third by STATEMENT");
    }
}
