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
package io.prestosql.selection.rules;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.airlift.units.Duration;
import io.prestosql.selection.TestingSelectionContext;
import io.prestosql.spi.selection.ClusterTarget;
import io.prestosql.spi.selection.ClusterTarget.RoutingGroup;
import io.prestosql.spi.selection.InvalidClusterSelectionException;
import io.prestosql.spi.selection.SelectionQuery;
import io.prestosql.spi.selection.SelectionQuery.StatementFacts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

public class TestRulesPolicy
{
    private final TestingSelectionContext context = new TestingSelectionContext().withRoutingGroups("etl", "adhoc");
    private Optional<RulesPolicy> policy = Optional.empty();

    @TempDir
    private Path directory;

    @AfterEach
    public void tearDown()
    {
        policy.ifPresent(RulesPolicy::shutdown);
    }

    @Test
    public void testChangedFile()
            throws IOException
    {
        write("etl");
        RulesPolicy policy = create(new Duration(10, MILLISECONDS));
        assertThat(target(policy)).isEqualTo(new RoutingGroup("etl"));
        write("adhoc");
        await().untilAsserted(() -> assertThat(target(policy)).isEqualTo(new RoutingGroup("adhoc")));
        await().untilAsserted(() -> assertThat(context.changes()).as("queries that wait are selected again").isEqualTo(1));
        assertThat(policy.problems()).isEmpty();
    }

    @Test
    public void testWrongFileKeepsTheLastRules()
            throws IOException
    {
        write("etl");
        RulesPolicy policy = create(new Duration(1, HOURS));
        Files.writeString(path(), "{\"rules\": [{\"routingGroup\": \"adhoc\", \"user\": \"(\"}]}");
        policy.refresh();
        assertThat(target(policy)).isEqualTo(new RoutingGroup("etl"));
        assertThat(policy.problems()).singleElement().asString().contains("rules.json, line 1: rule 1, \"user\"");
        Files.delete(path());
        policy.refresh();
        assertThat(target(policy)).isEqualTo(new RoutingGroup("etl"));
        assertThat(policy.problems()).singleElement().asString().contains("rules.json cannot be read");
        assertThat(context.changes()).isZero();
        write("adhoc");
        policy.refresh();
        assertThat(target(policy)).isEqualTo(new RoutingGroup("adhoc"));
        assertThat(policy.problems()).isEmpty();
        assertThat(context.changes()).isEqualTo(1);
    }

    /**
     * The clusters of a group may be defined a moment after the rules that name it.
     */
    @Test
    public void testGroupThatNoClusterHas()
            throws IOException
    {
        write("etl");
        RulesPolicy policy = create(new Duration(1, HOURS));
        write("reports");
        policy.refresh();
        assertThat(target(policy)).isEqualTo(new RoutingGroup("etl"));
        assertThat(policy.problems()).singleElement().asString().contains("rules.json, line 1) names routing group reports, and there is no such one.");
        context.withRoutingGroups("etl", "reports");
        policy.refresh();
        assertThat(target(policy)).isEqualTo(new RoutingGroup("reports"));
        assertThat(policy.problems()).isEmpty();
        // rules that are in use stay in use when their group is lost, and the problem shows
        context.withRoutingGroups("etl");
        policy.refresh();
        assertThat(target(policy)).isEqualTo(new RoutingGroup("reports"));
        assertThat(policy.problems()).singleElement().asString().contains("names routing group reports");
    }

    @Test
    public void testStart()
            throws IOException
    {
        assertThatThrownBy(() -> create(new Duration(1, HOURS)))
                .isInstanceOf(InvalidClusterSelectionException.class)
                .hasMessageContaining("rules.json cannot be read")
                .hasMessageContaining("Correct cluster-selection.config-file");
        Files.writeString(path(), "{}");
        assertThatThrownBy(() -> create(new Duration(1, HOURS)))
                .isInstanceOf(InvalidClusterSelectionException.class)
                .hasMessageContaining("rules.json, line 1: ");
        assertThatThrownBy(() -> new RulesPolicyFactory().create(ImmutableMap.of("cluster-selection.config-file", "x", "cluster-selection.refresh", "1s"), context))
                .isInstanceOf(InvalidClusterSelectionException.class)
                .hasMessageContaining("'cluster-selection.refresh' was not used");
        assertThatThrownBy(() -> new RulesPolicyFactory().create(ImmutableMap.of(), context))
                .isInstanceOf(InvalidClusterSelectionException.class)
                .hasMessageContaining("cluster-selection.config-file");
    }

    private RulesPolicy create(Duration refreshPeriod)
    {
        RulesPolicy created = new RulesPolicy(path(), refreshPeriod, context);
        policy = Optional.of(created);
        return created;
    }

    private static ClusterTarget target(RulesPolicy policy)
    {
        return policy.select(new SelectionQuery(
                "alice",
                "alice",
                Optional.empty(),
                ImmutableSet.of(),
                Optional.empty(),
                ImmutableSet.of(),
                Optional.empty(),
                ImmutableMap.of(),
                "global",
                StatementFacts.NONE,
                ImmutableMap.of())).targets().getFirst();
    }

    private void write(String routingGroup)
            throws IOException
    {
        Files.writeString(path(), "{\"rules\": [{\"routingGroup\": \"%s\"}]}".formatted(routingGroup));
    }

    private Path path()
    {
        return directory.resolve("rules.json");
    }
}
