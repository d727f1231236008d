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
package io.prestosql.catalog;

import com.google.common.collect.ImmutableSet;
import io.airlift.units.Duration;
import io.prestosql.catalog.CatalogPruning.Decision;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.connector.CatalogHandle;
import io.trino.spi.connector.CatalogHandle.CatalogVersion;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static io.trino.spi.connector.CatalogHandle.createRootCatalogHandle;
import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

public class TestCatalogPruning
{
    private static final URI SELF = URI.create("http://self");
    private static final URI FIRST = URI.create("http://first");
    private static final URI SECOND = URI.create("http://second");
    private static final CatalogHandle A = handle("a");
    private static final CatalogHandle B = handle("b");
    private static final CatalogHandle C = handle("c");

    private final CatalogPruning pruning = new CatalogPruning(new Duration(1, HOURS));

    @Test
    public void testAlone()
    {
        assertThat(pruning.begin(Set.of(), 0)).isEmpty();
        assertThat(pruning.decide(report("self", A)).keep()).contains(Set.of(A));
    }

    @Test
    public void testUnion()
    {
        assertThat(pruning.begin(Set.of(SELF, FIRST, SECOND), 0)).containsExactlyInAnyOrder(SELF, FIRST, SECOND);
        pruning.reported(SELF, report("self", A), 0);
        pruning.reported(FIRST, report("first", B), 0);
        pruning.reported(SECOND, report("second", A, C), 0);
        Decision decision = pruning.decide(report("self", A));
        assertThat(decision.keep()).contains(Set.of(A, B, C));
        assertThat(decision.silent()).isEmpty();
        assertThat(decision.reports()).containsOnlyKeys(SELF, FIRST, SECOND);
    }

    @Test
    public void testNothingIsPrunedWhileACoordinatorIsSilent()
    {
        pruning.begin(Set.of(FIRST, SECOND), 0);
        pruning.reported(FIRST, report("first", B), 0);
        pruning.silent(SECOND);
        Decision decision = pruning.decide(report("self", A));
        assertThat(decision.keep()).isEmpty();
        assertThat(decision.silent()).containsExactly(SECOND);
        assertThat(decision.reports()).containsOnlyKeys(FIRST);

        pruning.begin(Set.of(FIRST, SECOND), 1);
        pruning.reported(FIRST, report("first", B), 1);
        decision = pruning.decide(report("self", A));
        assertThat(decision.keep()).as("no word at all is silence, too").isEmpty();
        assertThat(decision.silent()).containsExactly(SECOND);

        pruning.begin(Set.of(FIRST, SECOND), 2);
        pruning.reported(FIRST, report("first", B), 2);
        pruning.reported(SECOND, report("second", C), 2);
        assertThat(pruning.decide(report("self", A)).keep()).contains(Set.of(A, B, C));
    }

    @Test
    public void testDeadCoordinatorDoesNotCount()
    {
        pruning.begin(Set.of(FIRST, SECOND), 0);
        pruning.reported(FIRST, report("first", B), 0);
        pruning.refused(SECOND);
        assertThat(pruning.decide(report("self", A)).keep()).contains(Set.of(A, B));
    }

    /**
     * The coordinator is paused, and its announcement has expired.
     */
    @Test
    public void testSilentCoordinatorThatIsNotAnnouncedIsStillAsked()
    {
        pruning.begin(Set.of(FIRST), 0);
        pruning.reported(FIRST, report("first", B), 0);
        pruning.decide(report("self", A));

        assertThat(pruning.begin(Set.of(), HOURS.toNanos(1))).containsExactly(FIRST);
        pruning.silent(FIRST);
        assertThat(pruning.decide(report("self", A)).keep()).isEmpty();

        assertThat(pruning.begin(Set.of(), HOURS.toNanos(1) + 1)).as("too long ago").isEmpty();
        assertThat(pruning.decide(report("self", A)).keep()).contains(Set.of(A));
    }

    @Test
    public void testSilentCoordinatorThatIsAnnouncedIsNeverGivenUp()
    {
        for (int hour = 0; hour < 100; hour++) {
            assertThat(pruning.begin(Set.of(FIRST), HOURS.toNanos(hour))).containsExactly(FIRST);
            pruning.silent(FIRST);
            assertThat(pruning.decide(report("self", A)).keep()).isEmpty();
        }
    }

    @Test
    public void testDeadCoordinatorThatIsNotAnnouncedIsForgotten()
    {
        pruning.begin(Set.of(FIRST), 0);
        pruning.refused(FIRST);
        pruning.decide(report("self", A));
        assertThat(pruning.begin(Set.of(), 1)).isEmpty();
    }

    /**
     * A decision covers one round, because reports of an earlier round may be outdated.
     */
    @Test
    public void testReportsOfAnEarlierRoundDoNotCount()
    {
        pruning.begin(Set.of(FIRST), 0);
        pruning.reported(FIRST, report("first", B), 0);
        pruning.decide(report("self", A));
        assertThatThrownBy(() -> pruning.decide(report("self", A))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pruning.reported(FIRST, report("first", B), 0)).isInstanceOf(IllegalStateException.class);

        pruning.begin(Set.of(FIRST), 1);
        assertThat(pruning.decide(report("self", A)).keep()).isEmpty();
    }

    @Test
    public void testReportOfCoordinatorThatWasNotAsked()
    {
        pruning.begin(Set.of(FIRST), 0);
        assertThatThrownBy(() -> pruning.reported(SECOND, report("second", B), 0)).isInstanceOf(IllegalArgumentException.class);
    }

    static CatalogHandle handle(String name)
    {
        return createRootCatalogHandle(new CatalogName(name), new CatalogVersion("1"));
    }

    private static CatalogReport report(String nodeId, CatalogHandle... inUse)
    {
        return new CatalogReport(nodeId, Optional.empty(), ImmutableSet.copyOf(inUse), List.of());
    }
}
