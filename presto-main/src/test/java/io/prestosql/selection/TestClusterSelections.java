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
package io.prestosql.selection;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.prestosql.node.ClusterName;
import io.prestosql.selection.core.ClusterLabels;
import io.prestosql.spi.selection.ClusterSelection;
import io.prestosql.spi.selection.ClusterSelectionContext;
import io.prestosql.spi.selection.ClusterSelectionException;
import io.prestosql.spi.selection.ClusterSelectionPolicy;
import io.prestosql.spi.selection.ClusterSelectionPolicyFactory;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestClusterSelections
{
    private final FakePolicyFactory factory = new FakePolicyFactory();
    private final SelectionMetrics metrics = new SelectionMetrics();

    @TempDir
    private Path directory;

    @Test
    public void testWithoutFile()
    {
        ClusterSelections selections = create();
        selections.load();
        assertThat(selections.needsQuery()).isFalse();
        assertThat(selections.select(ImmutableMap.of(), () -> {
            throw new AssertionError("the query is not needed");
        }).targets()).containsExactly(new ClusterTarget.AnyCluster());
    }

    @Test
    public void testPolicyOfPlugin()
            throws IOException
    {
        write("cluster-selection.configuration-manager=fake\nfake.group=etl\n");
        ClusterSelections selections = create();
        selections.addFactory(factory);
        selections.load();
        assertThat(factory.config).as("without the name of the manager").isEqualTo(ImmutableMap.of("fake.group", "etl"));
        assertThat(factory.context.clusters()).containsExactlyInAnyOrder("a", "b");
        assertThat(factory.context.routingGroups()).containsExactlyInAnyOrder("etl", "adhoc");
        assertThat(selections.needsQuery()).isTrue();
        assertThat(selections.select(ImmutableMap.of(), () -> null).reason()).isEqualTo("fake");
        AtomicInteger changes = new AtomicInteger();
        selections.addListener(() -> {
            throw new IllegalStateException("on purpose: it must not keep others from hearing");
        });
        selections.addListener(changes::incrementAndGet);
        factory.context.rulesChanged();
        assertThat(changes).hasValue(1);
        selections.stop();
        assertThat(factory.stopped).isTrue();
    }

    @Test
    public void testFactsOfRequest()
            throws IOException
    {
        write("cluster-selection.configuration-manager=fake\n");
        ClusterSelections selections = create();
        selections.addFactory(factory);
        selections.load();
        SelectionRequest request = new SelectionRequest("SELECT 1", "alice", Optional.empty(), "/v1/statement", Optional.empty(), ImmutableMap.of());
        factory.facts = ImmutableMap.of("a", "b");
        assertThat(selections.inspect(request)).isEqualTo(ImmutableMap.of("a", "b"));
        factory.facts = ImmutableMap.of("a", "x".repeat(ClusterSelectionPolicy.MAX_REQUEST_FACTS_LENGTH - 1));
        assertThat(selections.inspect(request)).hasSize(1);
        factory.facts = ImmutableMap.of("a", "x".repeat(ClusterSelectionPolicy.MAX_REQUEST_FACTS_LENGTH));
        assertThatThrownBy(() -> selections.inspect(request))
                .isInstanceOf(ClusterSelectionException.class)
                .hasMessage("What the rules for clusters need of the request's headers is 8193 characters long, more than the maximum of 8192");
        assertThat(selections.getRefusedQueries()).isEqualTo(1);
        assertThat(metrics.getInspections()).isEqualTo(3);
        assertThat(metrics.getSelections()).isZero();
        selections.select(ImmutableMap.of(), () -> null);
        assertThat(metrics.getSelections()).isEqualTo(1);
        assertThat(metrics.getFailedCalls()).isZero();
    }

    @Test
    public void testWrongFiles()
            throws IOException
    {
        assertProblem("", "cluster-selection.properties cluster-selection.configuration-manager: the property is missing. Set it to one of: fake");
        assertProblem("\ncluster-selection.configuration-manager=fakes\n", "cluster-selection.properties, line 2, cluster-selection.configuration-manager: there is no 'fakes'. Set it to one of: fake");
        assertProblem(
                "cluster-selection.configuration-manager=fake\na=1\na=2\n",
                "cluster-selection.properties, line 2, a: the property is in the file twice. Remove one of the two");
        factory.failure = Optional.of(new InvalidClusterSelectionException(ImmutableList.of("fake.group must not be 7")));
        assertProblem(
                "cluster-selection.configuration-manager=fake\nfake.group=7\n",
                "cluster-selection.properties, line 2, fake.group: fake.group must not be 7");
    }

    @Test
    public void testPropertyThatIsMissing()
            throws IOException
    {
        // the policy does not know of this file
        factory.failure = Optional.of(new InvalidPolicyPropertiesException(ImmutableList.of("fake.group is missing")));
        assertProblem("cluster-selection.configuration-manager=fake\n", "cluster-selection.properties: fake.group is missing");
        // the problem is in another file
        factory.failure = Optional.of(new InvalidClusterSelectionException(ImmutableList.of("rules.json line 3: there is no group 'etl'")));
        write("cluster-selection.configuration-manager=fake\n");
        ClusterSelections selections = create();
        selections.addFactory(factory);
        assertThatThrownBy(selections::load).hasMessage("rules.json line 3: there is no group 'etl'");
    }

    private void assertProblem(String file, String problem)
            throws IOException
    {
        write(file);
        ClusterSelections selections = create();
        selections.addFactory(factory);
        assertThatThrownBy(selections::load)
                .isInstanceOf(InvalidClusterSelectionException.class)
                .hasMessage(directory + "/" + problem);
    }

    @Test
    public void testTwoPoliciesOfOneName()
    {
        ClusterSelections selections = create();
        selections.addFactory(factory);
        assertThatThrownBy(() -> selections.addFactory(new FakePolicyFactory())).hasMessage("There are two policies for the selection of clusters with the name 'fake'");
    }

    private ClusterSelections create()
    {
        return new ClusterSelections(
                () -> ImmutableMap.of(
                        new ClusterName("a"), new ClusterLabels(ImmutableSet.of("etl"), ImmutableSet.of(), 1),
                        new ClusterName("b"), new ClusterLabels(ImmutableSet.of("etl", "adhoc"), ImmutableSet.of(), 1)),
                ImmutableSet.of(),
                directory.resolve("cluster-selection.properties"),
                metrics);
    }

    private void write(String content)
            throws IOException
    {
        Files.writeString(directory.resolve("cluster-selection.properties"), content);
    }

    private static class FakePolicyFactory
            implements ClusterSelectionPolicyFactory
    {
        private Map<String, String> config;
        private Map<String, String> facts = ImmutableMap.of();
        private Optional<InvalidClusterSelectionException> failure = Optional.empty();
        private ClusterSelectionContext context;
        private boolean stopped;

        @Override
        public String getName()
        {
            return "fake";
        }

        @Override
        public ClusterSelectionPolicy create(Map<String, String> config, ClusterSelectionContext context)
        {
            failure.ifPresent(problem -> {
                throw problem;
            });
            this.config = config;
            this.context = context;
            return new ClusterSelectionPolicy()
            {
                @Override
                public Map<String, String> inspect(SelectionRequest request)
                {
                    return facts;
                }

                @Override
                public ClusterSelection select(SelectionQuery query)
                {
                    return ClusterSelection.waitFor("fake", new ClusterTarget.AnyCluster());
                }

                @Override
                public void shutdown()
                {
                    stopped = true;
                }
            };
        }
    }
}
